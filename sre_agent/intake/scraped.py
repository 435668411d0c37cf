"""Whose labels an alert carries: those of the thing that is ill, or of the exporter that was scraped about it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from sre_agent.domain.frozen import Frozen
from sre_agent.intake.expression import metrics_of
from sre_agent.intake.owner_names import owner_of_pod
from sre_agent.intake.spellings import spelled


class Messenger(StrEnum):
    """Who was scraped, where that is not the thing itself."""

    NONE = "none"
    KUBE_STATE_METRICS = "kube-state-metrics"
    NODE_EXPORTER = "node-exporter"
    KUBELET = "kubelet"
    BLACKBOX = "blackbox"
    EXPORTER = "exporter"

    @property
    def speaks_of_nodes(self) -> bool:
        return self in {Messenger.NODE_EXPORTER, Messenger.KUBELET}


class Told(Frozen):
    """The labels that speak of the object."""

    labels: dict[str, str]
    messenger: Messenger
    blind: bool = False
    """Whether the rule's metrics are unknown, so that labels alone decide."""

    def __getitem__(self, name: str) -> str:
        return self.labels.get(name, "")


# What service discovery puts on every series of a scraped target.
_TARGET: Final = frozenset({"pod", "container", "service", "node", "instance", "endpoint"})
_SELF: Final = frozenset({"up", "scrape", "process", "go", "python"})
"""First words of metrics in which a target speaks of itself."""
_EXPORTED: Final = "exported_"
_OF_MACHINES: Final = frozenset({"node", "nodes", "windows", "windows-exporter", "kubernetes-nodes"})
"""Jobs that by custom scrape machines."""
_OF_MACHINES_ONLY: Final = ({"node"}, {"windows"}, {"DCGM"})

_OWN_LABELS: Final[dict[Messenger, frozenset[str]]] = {
    Messenger.NONE: frozenset(),
    Messenger.KUBE_STATE_METRICS: frozenset({"container", "service", "endpoint", "instance"}),
    Messenger.NODE_EXPORTER: frozenset({"pod", "container", "service", "endpoint", "namespace"}),
    Messenger.KUBELET: frozenset({"pod", "container", "service", "endpoint", "namespace"}),
    Messenger.BLACKBOX: frozenset({"pod", "container", "endpoint", "node"}),
    Messenger.EXPORTER: _TARGET,
}


def told_by(labels: Mapping[str, str], expression: str) -> Told:
    """An alert's labels without those of a mere messenger."""
    is_exported = any(name.startswith(_EXPORTED) for name in labels)
    labels = spelled(_unexported(labels))
    metrics = metrics_of(expression)
    messenger = _messenger(labels, metrics)
    own = _OWN_LABELS[messenger]
    if messenger is Messenger.KUBE_STATE_METRICS:
        labels = _of_endpoints(labels, metrics)
        own = _own_of_kube_state_metrics(labels, metrics)
    elif messenger is Messenger.BLACKBOX and "blackbox" in labels.get("service", ""):
        own |= {"service"}
    elif is_exported:
        own |= {"job"}
    elif messenger is Messenger.EXPORTER and not labels.get("namespace"):
        own -= {"instance"}  # on machines an exporter stands beside what it speaks of
    return Told(
        labels={name: value for name, value in labels.items() if name not in own},
        messenger=messenger,
        blind=not metrics,
    )


def _unexported(labels: Mapping[str, str]) -> dict[str, str]:
    """`exported_pod` is the object's pod; beside any `exported_` label, the plain target labels are the exporter's."""
    exported = {
        name.removeprefix(_EXPORTED): value for name, value in labels.items() if name.startswith(_EXPORTED)
    }
    if not exported:
        return dict(labels)
    return {
        name: value
        for name, value in labels.items()
        if name not in _TARGET and not name.startswith(_EXPORTED)
    } | {name: value for name, value in exported.items() if name != "job"}


def _messenger(labels: Mapping[str, str], metrics: frozenset[str]) -> Messenger:
    families = {metric.split("_", 1)[0] for metric in metrics}
    job = labels.get("job", "").replace("_", "-")
    if "node-exporter" in job or job in _OF_MACHINES or families in _OF_MACHINES_ONLY:
        return Messenger.NODE_EXPORTER
    if "persistentvolumeclaim" not in labels and (
        families == {"kubelet"} or (job == "kubelet" and families <= _SELF | {"kubelet"})
    ):
        return Messenger.KUBELET
    if families and families <= _SELF:
        return Messenger.NONE
    if "probe" in families or "blackbox" in job:
        return Messenger.BLACKBOX
    if "kube" in families or "kube-state-metrics" in job:
        return Messenger.KUBE_STATE_METRICS
    return Messenger.EXPORTER if _is_exporter(labels, job) else Messenger.NONE


def _is_exporter(labels: Mapping[str, str], job: str) -> bool:
    names = (job.rsplit("/", 1)[-1], labels.get("service", ""), owner_of_pod(labels.get("pod", "")).name)
    return any(name.endswith("exporter") for name in names)


def _own_of_kube_state_metrics(labels: Mapping[str, str], metrics: frozenset[str]) -> frozenset[str]:
    """It puts an object's `pod` and `node` over its own where the object has them, and leaves its own where not."""
    own = _OWN_LABELS[Messenger.KUBE_STATE_METRICS]
    if any(metric.startswith(("kube_service_", "kube_endpoint_")) for metric in metrics):
        own -= {"service"}
    pod = owner_of_pod(labels.get("pod", "")).name
    if pod and "kube-state-metrics" not in pod and pod != labels.get("job"):
        return own - {"container"}
    of_nodes = any(metric.startswith(("kube_node_", "kube_pod_")) for metric in metrics)
    return own | {"pod"} | (frozenset() if of_nodes or not labels.get("pod") else {"node"})


def _of_endpoints(labels: Mapping[str, str], metrics: frozenset[str]) -> dict[str, str]:
    """Its metrics of Endpoints name them by `endpoint`, and Endpoints carry the name of their Service.

    Source: kube-state-metrics, docs/metrics/service/endpoint-metrics.md.
    """
    if labels.get("endpoint") and any(metric.startswith("kube_endpoint_") for metric in metrics):
        return {**labels, "service": labels["endpoint"]}
    return dict(labels)
