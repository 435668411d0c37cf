"""What was taken of a language model's answer: suggestions and questions, and what was refused of it."""

from __future__ import annotations

from sre_agent.domain.entity import EntityRef
from sre_agent.domain.evidence import Question
from sre_agent.domain.frozen import Frozen


class Suggestion(Frozen):
    """A cause that a model thinks of: a code of the catalogue, an object that was seen, evidence that exists."""

    cause: str
    entity: EntityRef
    evidence: tuple[str, ...]
    why: str

    def __str__(self) -> str:
        return f"{self.cause} of {self.entity}"


class Advice(Frozen):
    """`questions` are the engine's own; `refused` says of each part that was not taken why."""

    suggestions: tuple[Suggestion, ...] = ()
    questions: tuple[Question, ...] = ()
    refused: tuple[str, ...] = ()
