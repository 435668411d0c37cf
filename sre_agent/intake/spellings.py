"""Labels as other sources spell them: OpenTelemetry's resource attributes, a mesh's destination, objectives made from templates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_SPELLINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "namespace": (
        "k8s_namespace_name",
        "kubernetes_namespace",
        "kubernetes_namespace_name",
        "destination_workload_namespace",
        "destination_service_namespace",
        "namespace_name",
        "kube_namespace",
    ),
    "pod": ("k8s_pod_name", "kubernetes_pod_name", "pod_name"),
    "container": ("k8s_container_name", "kubernetes_container_name", "container_name"),
    "deployment": ("k8s_deployment_name", "kube_deployment"),
    "statefulset": ("k8s_statefulset_name", "kube_stateful_set"),
    "daemonset": ("k8s_daemonset_name", "kube_daemon_set"),
    "cronjob": ("k8s_cronjob_name", "kube_cronjob"),
    "job_name": ("k8s_job_name", "kube_job"),
    "node": ("k8s_node_name", "kubernetes_node_name", "Hostname"),
    "workload": ("destination_workload",),
    "service": ("sloth_service", "kubernetes_name", "kube_service"),
}
"""Our name of a label → its other spellings, the usual first.

Sources: OpenTelemetry, semantic conventions of Kubernetes resources, as Prometheus receives them; Istio, standard metrics; Sloth, labels
of its rules; Datadog, Kubernetes tags; NVIDIA, DCGM exporter; Prometheus' own example of service discovery in Kubernetes.
"""


def spelled(labels: Mapping[str, str]) -> dict[str, str]:
    """The labels, and under our names what they say in another spelling; a label of our name stays what it was."""
    found = {
        name: next((labels[other] for other in others if labels.get(other)), "")
        for name, others in _SPELLINGS.items()
        if not labels.get(name)
    }
    return {**labels, **{name: value for name, value in found.items() if value}}
