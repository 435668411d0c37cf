"""How each connection is tried: one small read through its tool server, and the sentence its answer makes; pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pydantic import JsonValue

from sre_agent.domain.frozen import Frozen, JsonObject
from sre_agent.domain.plan import Call
from sre_agent.errors import ToolNotAllowed, ToolNotConfigured, ToolTimeout, ToolUnavailable

WORKER: Final = "connection_test"
"""Its pouch on the tool belt holds reads alone."""
LIMIT: Final = timedelta(seconds=10)
_A_DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class Probe:
    """One connection: what it is for, which call tries it, and what its answer says."""

    name: str
    title: str
    server: str
    gives: str
    call: Callable[[datetime], Call]
    says: Callable[[JsonObject], str]


class Tried(Frozen):
    """How a try went."""

    ok: bool
    sentence: str
    try_next: str = ""


def _call(server: str, tool: str, **arguments: JsonValue) -> Callable[[datetime], Call]:
    return lambda _: Call(server=server, tool=tool, arguments=arguments)


def _merges(now: datetime) -> Call:
    window: JsonObject = {"since": (now - _A_DAY).isoformat(), "until": now.isoformat(), "limit": 20}
    return Call(server="github", tool="list_merges", arguments=window)


def _many(answer: JsonObject, field: str, one: str, more: str) -> str:
    found = answer.get(field)
    count = len(found) if isinstance(found, list) else 0
    words = f"1 {one}" if count == 1 else f"{count} {more}"
    return f"at least {words}" if answer.get("truncated") else words


def _cluster(answer: JsonObject) -> str:
    who, version = answer.get("identity") or "a nameless identity", answer.get("version") or "unknown version"
    seen = _many(answer, "namespaces", "namespace", "namespaces")
    return f"Cluster {answer.get('cluster') or 'default'} ({version}) answers; {seen} can be seen, as {who}."


def _prometheus(answer: JsonObject) -> str:
    targets = answer.get("targets")
    health = (
        [one.get("health") for one in targets if isinstance(one, dict)] if isinstance(targets, list) else []
    )
    well = sum(state == "up" for state in health)
    return f"Prometheus answers; {well} of {len(health)} targets can be scraped."


def _alertmanager(answer: JsonObject) -> str:
    return f"Alertmanager answers; it holds {_many(answer, 'silences', 'silence', 'silences')}."


def _loki(answer: JsonObject) -> str:
    return f"Loki answers; its streams carry {_many(answer, 'labels', 'label', 'labels')}."


def _github(answer: JsonObject) -> str:
    return f"GitHub answers; {_many(answer, 'merges', 'merge', 'merges')} in the last day."


def _runbooks(answer: JsonObject) -> str:
    return f"The runbooks answer; {_many(answer, 'pages', 'page', 'pages')} can be read."


_ALL: Final = (
    Probe(
        "cluster",
        "Kubernetes cluster",
        "k8s",
        "objects, events, nodes and pod logs; every write to the cluster",
        _call("k8s", "cluster_info"),
        _cluster,
    ),
    Probe(
        "prometheus",
        "Prometheus",
        "prometheus",
        "metrics, alert rules and the proof of recovery",
        _call("prometheus", "targets"),
        _prometheus,
    ),
    Probe(
        "alertmanager",
        "Alertmanager",
        "prometheus",
        "silences, through the server of Prometheus; its alerts come in by the webhook",
        _call("prometheus", "silences"),
        _alertmanager,
    ),
    Probe("loki", "Loki", "loki", "log lines and their signatures", _call("loki", "labels"), _loki),
    Probe(
        "github", "GitHub", "github", "merges, deploys and diffs; reverts as pull requests", _merges, _github
    ),
    Probe(
        "runbooks",
        "Runbooks",
        "notion",
        "what people wrote about an alert",
        _call("notion", "list_runbooks", limit=100),
        _runbooks,
    ),
)
PROBES: Final[Mapping[str, Probe]] = {probe.name: probe for probe in _ALL}


def failed(probe: Probe, wrong: Exception) -> Tried:
    """What a failure means to whoever set the connection up, and where to look next."""
    return Tried(ok=False, sentence=str(wrong).rstrip(".") + ".", try_next=_next(probe, wrong))


def _next(probe: Probe, wrong: Exception) -> str:
    setting = f"MCP_{probe.server.upper()}_URL"
    if isinstance(wrong, ToolNotConfigured):
        return f"Set {setting} (and its token) and start again, or set up {probe.title} at its tool server."
    if isinstance(wrong, ToolNotAllowed):
        return f"Give the worker {WORKER} this tool in agent_config.yaml."
    if isinstance(wrong, ToolTimeout):
        return f"Look whether {probe.title} itself is slow, and at the log of the {probe.server} tool server."
    if isinstance(wrong, ToolUnavailable):
        return f"Look whether the {probe.server} tool server runs, at {setting}, and whether it reaches {probe.title}."
    return f"Look at the log of the {probe.server} tool server: its credentials may not be good."
