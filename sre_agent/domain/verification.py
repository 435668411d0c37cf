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


def short_name(name: str) -> str:
    """A check's name without cluster and namespace: `errors of cart`, `readiness of Deployment cart`."""
    what, _, whose = name.partition(" of ")
    kind, _, place = whose.rpartition(" ")
    short = place.rpartition("/")[2]
    if not whose:
        return what
    return f"{what} of {kind} {short}" if kind and what == "readiness" else f"{what} of {short}"
