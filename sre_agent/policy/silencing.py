"""Whether Alertmanager holds an incident's alerts back: by a silence, by another alert, or by a mute time.

The rules are Alertmanager's own: a silence matches when all its matchers do, a regular expression must
match the whole value, a label that is absent counts as empty, and `isEqual: false` turns a matcher round.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from pydantic import JsonValue

from sre_agent.domain.alert import Alert
from sre_agent.domain.frozen import JsonObject
from sre_agent.domain.law import UNKNOWN, Input
from sre_agent.policy.restraints import SILENCE

HELD_BY: Final = {"silenced_by": "silenced", "inhibited_by": "inhibited", "muted_by": "muted"}
"""Where Alertmanager says who holds an alert back → what the law calls it; the first that holds is named."""


def held_back(alerts: Sequence[Alert], states: Iterable[JsonObject], silences: Iterable[JsonObject]) -> Input:
    """What holds back any of these alerts. `states` and `silences` are what Alertmanager holds now."""
    if not alerts:
        return Input(name=SILENCE, value="none", why="no alert of this incident fires")
    known, active = list(states), [each for each in silences if is_active(each)]
    for alert in alerts:
        found = _by_state(alert, known) or _by_silence(alert, active)
        if found is not None:
            return found
    names = ", ".join(sorted({alert.name for alert in alerts}))
    return Input(name=SILENCE, value="none", why=f"Alertmanager holds nothing back of {names}")


def _by_state(alert: Alert, states: Iterable[JsonObject]) -> Input | None:
    for state in states:
        if not is_of(state, alert):
            continue
        for field, value in HELD_BY.items():
            if holders := state.get(field):
                return Input(name=SILENCE, value=value, why=f"{alert.name} is {value} by {_listed(holders)}")
    return None


def _by_silence(alert: Alert, silences: Iterable[JsonObject]) -> Input | None:
    for silence in silences:
        matches = matched(alert.labels, silence.get("matchers"))
        if matches is None:
            why = f"nobody can tell whether silence {silence.get('id')} matches {alert.name}"
            return Input(name=SILENCE, value=UNKNOWN, why=why)
        if matches:
            return Input(name=SILENCE, value="silenced", why=f"{alert.name} is silenced by {_said(silence)}")
    return None


def matched(labels: Mapping[str, str], matchers: JsonValue) -> bool | None:
    """Whether all matchers hold; None where one of them cannot be read."""
    if not isinstance(matchers, list) or not matchers:
        return None
    held = [_holds(labels, each) for each in matchers]
    if any(each is False for each in held):
        return False
    return None if None in held else True


def _holds(labels: Mapping[str, str], matcher: JsonValue) -> bool | None:
    if not isinstance(matcher, dict) or not isinstance(matcher.get("name"), str):
        return None
    found, wanted = labels.get(str(matcher["name"]), ""), str(matcher.get("value", ""))
    try:
        equal = re.fullmatch(wanted, found) is not None if matcher.get("isRegex") else found == wanted
    except re.error:
        return None
    return equal is not (matcher.get("isEqual") is False)


def is_of(state: JsonObject, alert: Alert) -> bool:
    """Whether this is what Alertmanager holds of the alert."""
    return state.get("fingerprint") == alert.fingerprint or state.get("labels") == alert.labels


def is_active(silence: JsonObject) -> bool:
    """Whether it holds anything back now; others are to come, or are over."""
    status = silence.get("status")
    return isinstance(status, dict) and status.get("state") == "active"


def _said(silence: JsonObject) -> str:
    about = f" ({silence['comment']})" if silence.get("comment") else ""
    return f"{silence.get('createdBy') or 'somebody'} until {silence.get('endsAt')}{about}"


def _listed(holders: JsonValue) -> str:
    return ", ".join(map(str, holders)) if isinstance(holders, list) else str(holders)
