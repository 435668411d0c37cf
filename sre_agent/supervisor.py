"""The dispatcher: from an incident's alerts to the specialists it wakes and their first questions; pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sre_agent.domain.alert import Alert
from sre_agent.domain.entity import EntityRef
from sre_agent.domain.evidence import Question, Specialist
from sre_agent.domain.frozen import JsonObject

Asked = tuple[Specialist, str, JsonObject, str]


def first_questions(
    alerts: Sequence[Alert], entities: Sequence[EntityRef], namespace: str
) -> tuple[Question, ...]:
    """Whom to wake and with what: metrics and runbooks for every alert, the rest where there is an object to look at."""
    asked = [*_about_alerts(alerts), *_about_place(entities, namespace)]
    return tuple(_question(specialist, ask, arguments, why) for specialist, ask, arguments, why in asked)


def _question(specialist: Specialist, ask: str, arguments: JsonObject, why: str) -> Question:
    name = " ".join([specialist.value, ask, *(f"{key}={arguments[key]}" for key in sorted(arguments))])
    return Question(id=name, specialist=specialist, ask=ask, arguments=arguments, why=why)


def _about_alerts(alerts: Sequence[Alert]) -> Iterator[Asked]:
    for name in dict.fromkeys(alert.name for alert in alerts if alert.name):
        yield Specialist.METRICS, "alert", {"alertname": name}, f"what does {name} measure, and since when?"
        yield Specialist.RUNBOOKS, "search", {"alertname": name}, f"what do people do about {name}?"


def _about_place(entities: Sequence[EntityRef], namespace: str) -> Iterator[Asked]:
    yield Specialist.KUBERNETES, "nodes", {}, "are the nodes well?"
    if not namespace:
        yield Specialist.METRICS, "nodes", {}, "do the services of each node run?"
        return
    place: JsonObject = {"namespace": namespace}
    yield Specialist.KUBERNETES, "namespace", place, f"what runs in {namespace}, and how is it?"
    yield Specialist.METRICS, "services", place, "which services changed when it began?"
    yield Specialist.METRICS, "resources", place, "is anything throttled, full or killed?"
    yield Specialist.METRICS, "stores", place, "have databases room for their clients?"
    yield Specialist.METRICS, "front_doors", place, "do the ways in answer, with valid certificates?"
    yield Specialist.METRICS, "nodes", {}, "do the services of each node run?"
    yield Specialist.LOGS, "errors", place, "who complains, and since when?"
    yield Specialist.GITHUB, "changes", {}, "what did people change before it began?"


def specialists_of(questions: Sequence[Question]) -> tuple[Specialist, ...]:
    """Who is woken by these questions, each once, in a steady order."""
    woken = {question.specialist for question in questions}
    return tuple(specialist for specialist in Specialist if specialist in woken)
