"""Signals after a step, judged against before the incident."""

from __future__ import annotations

from enum import StrEnum

from sre_agent.domain.frozen import Frozen, JsonObject, Moment


class Recovery(StrEnum):
    RECOVERED = "recovered"
    BETTER = "better"
    NOT_YET = "not_yet"
    WORSE = "worse"
    NO_TRAFFIC = "no_traffic"
    UNKNOWN = "unknown"


class Check(Frozen):
    """One question put to the world: `passed` is None where it could not be answered."""

    name: str
    passed: bool | None
    sentence: str
    query: str = ""
    numbers: JsonObject = {}


class Verification(Frozen):
    recovery: Recovery
    checks: tuple[Check, ...]
    at: Moment
    summary: str
