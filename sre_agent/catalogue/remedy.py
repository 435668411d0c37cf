"""What a remedy is: a pure way from a hypothesis to draft steps, or a reason why it does not fit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from sre_agent.domain.diagnosis import Hypothesis
from sre_agent.domain.entity import EntityRef
from sre_agent.domain.frozen import JsonObject
from sre_agent.domain.mitigation import TimeBox
from sre_agent.domain.plan import Risk

RISK_OF = {
    "rollout_restart": Risk.LOW,
    "scale": Risk.LOW,
    "set_label": Risk.LOW,
    "uncordon": Risk.LOW,
    "create_ticket": Risk.LOW,
    "cordon": Risk.MEDIUM,
    "evict_pod": Risk.MEDIUM,
    "rollout_undo": Risk.MEDIUM,
    "set_image": Risk.MEDIUM,
    "set_env": Risk.MEDIUM,
    "set_resources": Risk.MEDIUM,
    "set_probe": Risk.MEDIUM,
    "set_selector": Risk.MEDIUM,
    "set_service_port": Risk.MEDIUM,
    "set_config_key": Risk.MEDIUM,
    "create_job": Risk.MEDIUM,
    "delete_pod": Risk.HIGH,
    "create_revert_pull_request": Risk.HIGH,
    "merge_pull_request": Risk.HIGH,
}
"""How risky an action is by its kind; an action that is not here is high."""
STATEFUL_RISK = Risk.HIGH
"""Whatever interrupts a StatefulSet may interrupt a database."""


@dataclass(frozen=True)
class Draft:
    """A step before it was previewed. Arguments come from hints, that is from objects that were read.

    `follows`: the step acts on something that an earlier step of this plan will make, so that it
    cannot be previewed by itself.
    """

    action: str
    where: str
    arguments: JsonObject
    target: EntityRef
    statement: str
    follows: bool = False
    time_box: TimeBox | None = None

    @property
    def risk(self) -> Risk:
        interrupts = self.action in ("rollout_restart", "rollout_undo", "scale")
        if self.target.kind == "StatefulSet" and interrupts:
            return STATEFUL_RISK
        return RISK_OF.get(self.action, Risk.HIGH)


@dataclass(frozen=True)
class Unfit:
    """Why a remedy does not fit this hypothesis."""

    reason: str


@dataclass(frozen=True)
class Means:
    """What this installation can do: which tool servers answer, and how the plan is to be named."""

    servers: frozenset[str]
    plan_name: str


Drafts = tuple[Draft, ...]
Way = Callable[[Hypothesis, Means], Drafts | Unfit]


@dataclass(frozen=True)
class Remedy:
    name: str
    title: str
    way: Way


def manual(target: EntityRef, *words: str) -> Drafts:
    """Instructions for a person: steps without a call."""
    return tuple(
        Draft(action="manual", where="", arguments={}, target=target, statement=text) for text in words
    )


def hint(hypothesis: Hypothesis, key: str) -> JsonValue:
    return hypothesis.hints.get(key)


def texts(value: JsonValue) -> Mapping[str, JsonValue]:
    """The mapping a hint holds; empty where it holds none."""
    return value if isinstance(value, dict) else {}
