"""Defaults of pods and of the pod templates inside workloads."""

from __future__ import annotations

from infrastructure.lab.kube.objects.tree import Obj

_SOURCES_WITH_MODE = ("configMap", "secret", "projected", "downwardAPI")
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")


def pod(obj: Obj) -> None:
    """A pod of its own also takes requests from limits, which a template does not."""
    spec = obj.setdefault("spec", {})
    pod_spec(spec)
    spec.setdefault("enableServiceLinks", True)
    for container in _containers(spec):
        resources = container.get("resources", {})
        missing = {
            name: value
            for name, value in resources.get("limits", {}).items()
            if name not in resources.get("requests", {})
        }
        if missing:
            resources["requests"] = {**resources.get("requests", {}), **missing}


def template(obj: Obj) -> None:
    obj.setdefault("metadata", {})
    pod_spec(obj.setdefault("spec", {}))


def pod_spec(spec: Obj) -> None:
    spec.setdefault("restartPolicy", "Always")
    spec.setdefault("terminationGracePeriodSeconds", 30)
    spec.setdefault("dnsPolicy", "ClusterFirst")
    spec.setdefault("securityContext", {})
    spec.setdefault("schedulerName", "default-scheduler")
    if "serviceAccountName" in spec:
        spec["serviceAccount"] = spec["serviceAccountName"]
    elif "serviceAccount" in spec:
        spec["serviceAccountName"] = spec["serviceAccount"]
    for volume in spec.get("volumes", ()):
        _volume(volume)
    for container in _containers(spec):
        _container(container)


def _containers(spec: Obj) -> list[Obj]:
    return [*spec.get("initContainers", ()), *spec.get("containers", ())]


def _container(container: Obj) -> None:
    container.setdefault("imagePullPolicy", _pull_policy(container.get("image", "")))
    container.setdefault("resources", {})
    container.setdefault("terminationMessagePath", "/dev/termination-log")
    container.setdefault("terminationMessagePolicy", "File")
    for port in container.get("ports", ()):
        port.setdefault("protocol", "TCP")
    for variable in container.get("env", ()):
        field = variable.get("valueFrom", {}).get("fieldRef")
        if field is not None:
            field.setdefault("apiVersion", "v1")
    for name in _PROBES:
        if name in container:
            _probe(container[name])


def _pull_policy(image: str) -> str:
    tag = image.rpartition("/")[2].partition("@")[0].partition(":")[2]
    pinned = "@" in image or (tag and tag != "latest")
    return "IfNotPresent" if pinned else "Always"


def _probe(probe: Obj) -> None:
    for name, value in (
        ("timeoutSeconds", 1),
        ("periodSeconds", 10),
        ("successThreshold", 1),
        ("failureThreshold", 3),
    ):
        probe.setdefault(name, value)
    if "httpGet" in probe:
        probe["httpGet"].setdefault("path", "/")
        probe["httpGet"].setdefault("scheme", "HTTP")


def _volume(volume: Obj) -> None:
    if set(volume) <= {"name"}:
        volume["emptyDir"] = {}
    for source in _SOURCES_WITH_MODE:
        if source in volume:
            volume[source].setdefault("defaultMode", 420)
    for source in volume.get("projected", {}).get("sources", ()):
        if "serviceAccountToken" in source:
            source["serviceAccountToken"].setdefault("expirationSeconds", 3600)
