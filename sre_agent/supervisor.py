"""The dispatcher: from an incident's alerts to the specialists it wakes and their first questions; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from sre_agent.domain.alert import Alert
from sre_agent.domain.entity import EntityRef
from sre_agent.domain.evidence import Question, Specialist
from sre_agent.domain.frozen import Frozen, JsonObject
from sre_agent.signals.leads import About, about, beside, metrics_read, rule_query, selector

Asked = tuple[Specialist, str, JsonObject, str]

_PROGRAMS: Final = frozenset(
    {"Pod", "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob", "Workload", "Service"}
)
"""What runs a program: it writes logs, and people release it."""
_RELEASED: Final = _PROGRAMS | {"Ingress", "HorizontalPodAutoscaler", "PodDisruptionBudget", "Namespace"}
_LOGGED: Final = _PROGRAMS | {"Namespace", "Ingress"}
_OF_THE_CLUSTER: Final = (
    "kube",
    "apiserver",
    "etcd",
    "container_",
    "coredns",
    "scheduler_",
    "workqueue_",
    "cluster",
    "namespace",
    "node_namespace",
    "certmanager",
    "aggregator_",
    "rest_client_",
)
"""First words of metrics that the parts of Kubernetes itself write."""
_JOBS_OF_THE_CLUSTER: Final = ("kube-", "kubelet", "apiserver", "etcd", "coredns")


class Lead(Frozen):
    """One first query for one specialist: PromQL, LogQL, an object selector, or words to search for."""

    specialist: Specialist
    query: str


def leads(alert: Alert, entity: EntityRef | None) -> tuple[Lead, ...]:
    """What an engineer would look at first for this alert, whatever rule it comes from."""
    told = _about(alert, entity)
    asked = [
        *((Specialist.METRICS, query) for query in (rule_query(told), *beside(told))),
        *((Specialist.KUBERNETES, query) for query in _objects(told)),
        *((Specialist.LOGS, query) for query in _logs(told)),
        (Specialist.RUNBOOKS, f"{alert.name} {alert.annotations.get('summary', '')}".strip()),
        *((Specialist.GITHUB, query) for query in _releases(told)),
    ]
    return tuple(Lead(specialist=who, query=query) for who, query in asked if query)


def _about(alert: Alert, entity: EntityRef | None) -> About:
    named = entity or EntityRef(kind="", name="")
    namespace = named.name if named.kind == "Namespace" else named.namespace
    return about(alert.labels, alert.generator_url, kind=named.kind, name=named.name, namespace=namespace)


def _objects(told: About) -> Iterator[str]:
    """The object itself and what is said of it; the nodes where a part of the cluster is ill."""
    place = f" -n {told.namespace}" if told.namespace else ""
    if told.kind == "Node":
        yield f"nodes/{told.name}"
        yield f"pods -A --field-selector spec.nodeName={told.name}"
    elif told.kind == "Namespace":
        yield f"pods{place}"
        yield f"events{place} --field-selector type=Warning"
    elif told.kind == "Workload":
        yield f"deployments,statefulsets,daemonsets/{told.name}{place}"
    elif told.kind not in ("", "Host"):
        yield f"{told.kind.lower()}/{told.name}{place}"
        yield f"events{place} --field-selector involvedObject.name={told.name}"
    elif _is_of_the_cluster(told):
        yield "nodes"
        yield "pods -A --field-selector status.phase!=Running"


def _is_of_the_cluster(told: About) -> bool:
    """Its metrics are written by a part of Kubernetes, or such a part is what does not answer."""
    job = told.labels.get("job", "").startswith(_JOBS_OF_THE_CLUSTER)
    return job or any(metric.startswith(_OF_THE_CLUSTER) for metric in metrics_read(told))


def _logs(told: About) -> Iterator[str]:
    if told.kind in _LOGGED and (streams := selector(told)):
        yield streams


def _releases(told: About) -> Iterator[str]:
    if told.kind in _RELEASED:
        yield f"merges and deploys of {told.name} before it began"


def first_questions(
    alerts: Sequence[Alert], entities: Sequence[EntityRef], namespace: str
) -> tuple[Question, ...]:
    """Whom to wake and with what: metrics and runbooks for every alert, the rest where there is an object to look at."""
    asked = [*_about_alerts(alerts, entities), *_about_place(entities, namespace)]
    return tuple(_question(specialist, ask, arguments, why) for specialist, ask, arguments, why in asked)


def _question(specialist: Specialist, ask: str, arguments: JsonObject, why: str) -> Question:
    name = " ".join([specialist.value, ask, *(f"{key}={arguments[key]}" for key in sorted(arguments))])
    return Question(id=name, specialist=specialist, ask=ask, arguments=arguments, why=why)


def _about_alerts(alerts: Sequence[Alert], entities: Sequence[EntityRef]) -> Iterator[Asked]:
    for name in dict.fromkeys(alert.name for alert in alerts if alert.name):
        yield Specialist.METRICS, "alert", {"alertname": name}, f"what does {name} measure, and since when?"
        yield Specialist.RUNBOOKS, "search", {"alertname": name}, f"what do people do about {name}?"
    for alert in _one_of_each_name(alerts):
        queries = [each.query for each in leads(alert, _named_by(alert, entities)) if _is_promql(each)]
        if queries:
            arguments: JsonObject = {"queries": list(queries)}
            yield Specialist.METRICS, "leads", arguments, f"how is what {alert.name} is about, by its own series?"


def _is_promql(lead: Lead) -> bool:
    return lead.specialist is Specialist.METRICS


def _one_of_each_name(alerts: Iterable[Alert]) -> Iterable[Alert]:
    return {alert.name: alert for alert in reversed(list(alerts)) if alert.name}.values()


def _named_by(alert: Alert, entities: Sequence[EntityRef]) -> EntityRef | None:
    """The entity that this alert's labels name; an incident of several objects knows them all."""
    values = set(alert.labels.values())
    named = (
        each
        for each in entities
        if any(value == each.name or value.startswith(f"{each.name}-") for value in values)
    )
    return next(named, None)


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


def specialists_of(questions: Iterable[Question | Lead]) -> tuple[Specialist, ...]:
    """Who is woken by these questions, each once, in a steady order."""
    woken = {question.specialist for question in questions}
    return tuple(specialist for specialist in Specialist if specialist in woken)
