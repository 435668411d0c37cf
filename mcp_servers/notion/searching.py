"""What to look a runbook up with, from one Alertmanager payload, and which of the hits to believe. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

from mcp_servers.notion.index import Hit, Wanted
from mcp_servers.notion.words import words_of

LEAST_BY_NAME: Final = 0.6
"""Of an alert's name the page must bear so much: siblings (`…ClientCertificate…`, `…ServerCertificate…`) share up to 0.57."""
LEAST_BY_PROSE: Final = 0.64
"""Of what a nameless alert says, of its gist, and of what the page calls itself; most siblings share less."""
_PROSE: Final = ("summary", "title", "description", "message")
_IN_BRACES: Final = re.compile(r"\{[^{}]*\}|\[[^\]]*\]|\"[^\"]*\"")
_METRIC: Final = re.compile(r"[a-z][a-z0-9]+(?:[_:][a-z0-9]+)+", re.I)
_ENDINGS: Final = frozenset({"total", "seconds", "bytes", "sum", "count", "bucket", "rate", "info", "ratio"})


class BadPayload(ValueError):
    """It is no Alertmanager webhook payload; the message says what is missing."""


def wanted_of(payload: Any) -> Wanted:
    """The first alert's name, prose, labels, and the words of the metrics that its rule reads. Raises BadPayload."""
    alert = _first_alert(payload)
    labels = {str(name): str(value) for name, value in _mapping(alert, "labels").items()}
    notes = _mapping(alert, "annotations")
    prose = [str(notes[name]) for name in _PROSE if notes.get(name)]
    return Wanted(
        query=" ".join(prose),
        gist=prose[0] if prose else "",
        alertname=labels.get("alertname", ""),
        labels=labels,
        measured=" ".join(_measured(str(alert.get("generatorURL") or ""))),
    )


def _first_alert(payload: Any) -> Mapping[str, Any]:
    alerts = payload.get("alerts") if isinstance(payload, Mapping) else None
    if not isinstance(alerts, list) or not alerts or not isinstance(alerts[0], Mapping):
        raise BadPayload("an object with a list `alerts` was expected, as Alertmanager posts it to a webhook")
    found: Mapping[str, Any] = next(
        (one for one in alerts if isinstance(one, Mapping) and one.get("status") == "firing"), alerts[0]
    )
    return found


def _mapping(alert: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = alert.get(name)
    return value if isinstance(value, Mapping) else {}


def _measured(address: str) -> list[str]:
    """Words of the metrics' names; the units and aggregations that all metrics end with say nothing."""
    try:
        query = parse_qs(urlsplit(address).query).get("g0.expr", [""])[0]
    except ValueError:
        return []
    bare = _IN_BRACES.sub(" ", unquote(query))
    words = [word for name in _METRIC.findall(bare) for word in words_of(re.sub(r"[_:]", " ", name))]
    return [word for word in dict.fromkeys(words) if word not in _ENDINGS]


def believed(hits: Sequence[Hit], wanted: Wanted) -> list[Hit]:
    """The hits, where the first is about enough of what was asked; else none: a wrong page misleads.

    Without a name, pages that are about something else altogether are passed over first.
    """
    least = LEAST_BY_NAME if wanted.alertname else LEAST_BY_PROSE
    standing = [hit for hit in hits if wanted.alertname or hit.about > 0]
    return standing if standing and standing[0].about >= least else []
