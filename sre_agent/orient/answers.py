"""The bounded door for a language model's answer: what names something that exists is taken, the rest is refused; pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, TypeVar

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from sre_agent.catalogue.index import cause
from sre_agent.domain.advice import Advice, Suggestion
from sre_agent.domain.evidence import Question
from sre_agent.domain.shown import one_line
from sre_agent.orient.briefing import Briefing

MOST_ANSWER: Final = 16_000
MOST_HYPOTHESES: Final = 3
MOST_QUESTIONS: Final = 3
MOST_WHY: Final = 300
MOST_EVIDENCE: Final = 12
_SHOWN: Final = 80
_MOST_REFUSED: Final = 8
_FENCE: Final = "```"
Part = TypeVar("Part")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Hypothesis(_Strict):
    cause: str
    object: str
    evidence: list[str] = Field(min_length=1, max_length=MOST_EVIDENCE)
    why: str


class _Answer(_Strict):
    """Its parts are looked at one by one: a wrong one does not take the others with it."""

    hypotheses: list[JsonValue] = []
    questions: list[JsonValue] = []


def advice_in(text: str, briefing: Briefing) -> Advice:
    """What of an answer may be used. Never raises: an answer that is none is refused as a whole, and says why."""
    if len(text) > MOST_ANSWER:
        return _nothing(f"the answer is longer than {MOST_ANSWER:,} characters")
    try:
        answer = _Answer.model_validate_json(_unfenced(text))
    except ValidationError as wrong:
        return _nothing(f"the answer has not the form that was asked for ({_told(wrong)})")
    refused: list[str] = []
    suggestions = _taken((_suggestion(one, briefing) for one in answer.hypotheses), MOST_HYPOTHESES, refused)
    questions = _taken((_question(one, briefing) for one in answer.questions), MOST_QUESTIONS, refused)
    unique = {str(one): one for one in suggestions}
    return Advice(
        suggestions=tuple(unique.values()),
        questions=tuple({one.id: one for one in questions}.values()),
        refused=tuple(refused[:_MOST_REFUSED]),
    )


def _nothing(why: str) -> Advice:
    return Advice(refused=(why,))


def _unfenced(text: str) -> str:
    """Many a model puts its JSON between fences of Markdown; nothing else around it is taken away."""
    stripped = text.strip()
    if stripped.startswith(_FENCE) and stripped.endswith(_FENCE) and len(stripped) > 2 * len(_FENCE):
        return stripped.removeprefix(_FENCE).removesuffix(_FENCE).removeprefix("json")
    return stripped


def _taken(read: Iterator[Part | str], most: int, refused: list[str]) -> list[Part]:
    """The first few parts that hold; a part that does not is a sentence that says why."""
    taken: list[Part] = []
    for number, one in enumerate(read):
        if number >= most:
            refused.append(f"more than {most} of a kind")
            break
        if isinstance(one, str):
            refused.append(one)
        else:
            taken.append(one)
    return taken


def _suggestion(told: JsonValue, briefing: Briefing) -> Suggestion | str:
    try:
        one = _Hypothesis.model_validate(told)
    except ValidationError as wrong:
        return f"a hypothesis has not the form that was asked for ({_told(wrong)})"
    if one.cause not in briefing.causes:
        return f"{_shown(one.cause)} is no code of the catalogue"
    entity = briefing.objects.get(one.object)
    if entity is None:
        return f"{_shown(one.object)} is no object that was seen"
    if entity.kind not in (kinds := cause(one.cause).entity_kinds):
        return f"{one.cause} is a fault of {' or '.join(kinds)}, not of a {entity.kind}"
    if invented := [each for each in one.evidence if each not in briefing.evidence]:
        return f"evidence {_shown(invented[0])} does not exist"
    why = one_line(one.why, MOST_WHY)
    return Suggestion(cause=one.cause, entity=entity, evidence=tuple(dict.fromkeys(one.evidence)), why=why)


def _question(told: JsonValue, briefing: Briefing) -> Question | str:
    found = briefing.questions.get(told) if isinstance(told, str) else None
    return found or f"{_shown(str(told))} is no question of the engine's"


def _shown(text: str) -> str:
    return repr(one_line(text, _SHOWN))


def _told(wrong: ValidationError) -> str:
    first = wrong.errors(include_url=False, include_input=False)[0]
    place = ".".join(map(str, first["loc"])) or "the whole"
    return one_line(f"{place}: {first['msg']}", 2 * _SHOWN)
