"""What differs between the diagnosis of then and the one of today, and between the engines that made them."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import ValidationError

from sre_agent.domain.diagnosis import Diagnosis, Engine
from sre_agent.domain.entity import EntityRef
from sre_agent.domain.frozen import Frozen
from sre_agent.domain.journal import JournalEntry
from sre_agent.picture.objects import mapping


class Blamed(Frozen):
    """What a diagnosis says; `cause` is empty where no root cause stands."""

    cause: str = ""
    entity: EntityRef | None = None
    confidence: float | None = None
    statement: str = "No root cause stood."


def engine_then(made: JournalEntry | None) -> Engine | None:
    """The engine that the journal names; none where the entry is older than the custom of naming it."""
    if made is None:
        return None
    try:
        return Engine.model_validate(mapping(made.body, "engine"))
    except ValidationError:
        return None


def engines_told(then: Engine | None, now: Engine) -> str:
    """Both engines in a sentence."""
    if then is None:
        return f"Which engine decided then was not written down; now it is {named(now)}."
    if (then.version, then.rules) == (now.version, now.rules):
        return f"The same engine decided then: {named(now)}."
    return f"Another engine decided then: {named(then)}; now it is {named(now)}."


def named(engine: Engine) -> str:
    return f"{engine.version} with rules {engine.rules}"


def differences(then: Blamed, now: Blamed, made: JournalEntry | None, today: Diagnosis) -> tuple[str, ...]:
    """Each part of the answer that is another one today, with both sides; empty where none is."""
    return (*_blamed(then, now), *_seen(made, today))


def _blamed(then: Blamed, now: Blamed) -> Iterator[str]:
    if then.cause != now.cause:
        yield f"cause: {then.cause or 'none'} then, {now.cause or 'none'} now"
    if then.entity != now.entity:
        yield f"place: {then.entity or 'none'} then, {now.entity or 'none'} now"
    if _rounded(then) != _rounded(now):
        yield f"how sure: {_rounded(then)} then, {_rounded(now)} now"


def _rounded(side: Blamed) -> str:
    return "not at all" if side.confidence is None else f"{side.confidence:.2f}"


def _seen(made: JournalEntry | None, today: Diagnosis) -> Iterator[str]:
    """Only what the journal kept of then can differ."""
    if made is None:
        return
    pattern = made.body.get("pattern")
    if isinstance(pattern, str) and pattern != today.pattern:
        yield f"way of looking: {pattern or 'none'} then, {today.pattern or 'none'} now"
    layers = {str(layer): str(state) for layer, state in mapping(made.body, "layers").items()}
    for layer, state in today.layers.items():
        before = layers.get(layer.value)
        if before is not None and before != state.value:
            yield f"{layer.value.replace('_', ' ')}: {before} then, {state.value} now"
