"""The metrics specialist: what alerts measure, golden signals of all services, resources, stores, front doors, nodes."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import JsonValue

from sre_agent.domain.evidence import Question
from sre_agent.observe.repertoire import Ask, Claim
from sre_agent.observe.scene import NamedCall, Scene, stamp, text, tool
from sre_agent.picture.objects import items
from sre_agent.picture.reading import Kept
from sre_agent.signals import queries


def _range(name: str, promql: str, scene: Scene) -> NamedCall:
    arguments: dict[str, JsonValue] = {
        "promql": promql,
        "start": stamp(scene.window.start),
        "end": stamp(scene.window.end),
        "step_seconds": scene.step_seconds,
    }
    return tool(f"metrics/{name}", "prometheus.query_range", arguments, scene.window)


def _alert(question: Question, scene: Scene) -> tuple[NamedCall, ...]:
    name = text(question, "alertname")
    history: dict[str, JsonValue] = {
        "alertname": name,
        "start": stamp(scene.window.start),
        "end": stamp(scene.window.end),
    }
    return (
        tool("metrics/rule", "prometheus.alert_rule", {"alertname": name}),
        tool("metrics/history", "prometheus.alert_history", history, scene.window),
    )


def _several(named: dict[str, str], scene: Scene) -> tuple[NamedCall, ...]:
    return tuple(_range(name, promql, scene) for name, promql in named.items())


def _leads(question: Question, scene: Scene) -> tuple[NamedCall, ...]:
    """What the supervisor read from the alert: its own expression, and what stands beside it."""
    queries = question.arguments.get("queries")
    written = [each for each in queries if isinstance(each, str)] if isinstance(queries, list) else []
    return tuple(_range(f"lead-{place}", promql, scene) for place, promql in enumerate(written, 1))


def _services(question: Question, scene: Scene) -> tuple[NamedCall, ...]:
    return _several(queries.golden_signals(text(question, "namespace", scene.namespace), scene.rate), scene)


def _resources(question: Question, scene: Scene) -> tuple[NamedCall, ...]:
    return _several(queries.resources(text(question, "namespace", scene.namespace), scene.rate), scene)


def _stores(question: Question, scene: Scene) -> tuple[NamedCall, ...]:
    return _several(queries.stores(text(question, "namespace", scene.namespace)), scene)


def _front_doors(question: Question, scene: Scene) -> tuple[NamedCall, ...]:
    return _several(queries.front_doors(), scene)


def _nodes(question: Question, scene: Scene) -> tuple[NamedCall, ...]:
    return _several(queries.node_services(), scene)


def _claims(question: Question, kept: Sequence[Kept]) -> tuple[Claim, ...]:
    """What is there at all; judging it is the reflector's part."""
    claims = []
    for one in kept:
        capture = one.name.split("/", 1)[1]
        if rules := items(one.answer, "rules"):
            claims.append(Claim(f"{rules[0].get('name')} watches {rules[0].get('expr')}", (one.id,)))
        elif "firings" in one.answer:
            claims.append(
                Claim(f"it fired {len(items(one.answer, 'firings'))} times in the window", (one.id,))
            )
        elif found := items(one.answer, "series"):
            claims.append(Claim(f"{capture}: {len(found)} series", (one.id,)))
        else:
            claims.append(Claim(f"{capture}: Prometheus has no such series", (one.id,)))
    return tuple(claims)


REPERTOIRE = {
    "alert": Ask(_alert, _claims, "what the alert measures and how often it fired"),
    "leads": Ask(_leads, _claims, "the series of the alert itself and of what stands beside it"),
    "services": Ask(_services, _claims, "latency, traffic, errors and saturation of every service"),
    "resources": Ask(_resources, _claims, "CPU throttling, memory and restarts"),
    "stores": Ask(_stores, _claims, "connections in use and allowed on databases"),
    "front_doors": Ask(
        _front_doors, _claims, "whether the ways in answer, and how long their certificates last"
    ),
    "nodes": Ask(_nodes, _claims, "which services run on each node"),
}
