"""What a specialist can be asked: the calls behind a question, and what it claims from the answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sre_agent.domain.entity import EntityRef
from sre_agent.domain.evidence import Question
from sre_agent.observe.scene import NamedCall, Scene
from sre_agent.picture.reading import Kept


@dataclass(frozen=True)
class Claim:
    """One sentence a specialist stands for, and the evidence it rests on."""

    sentence: str
    evidence: tuple[str, ...]
    entity: EntityRef | None = None


Calls = Callable[[Question, Scene], tuple[NamedCall, ...]]
Claims = Callable[[Question, Sequence[Kept]], tuple[Claim, ...]]
FollowUp = Callable[[Question, Scene, Sequence[Kept]], tuple[NamedCall, ...]]


@dataclass(frozen=True)
class Ask:
    """One entry of a repertoire; all three functions are pure."""

    calls: Calls
    claims: Claims
    tells: str
    """What its answer would tell; said of it where it cannot be had."""
    follow_up: FollowUp | None = None
