"""Who owns a pod or a job, told from its name alone, by the patterns Kubernetes names them with."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

# k8s.io/apimachinery/pkg/util/rand: the letters a generated suffix is made of (no vowels, no 0, 1, 3).
_SAFE: Final = "[bcdfghjklmnpqrstvwxz2456789]"
_JOB: Final = re.compile(r"(?P<name>.+)-\d{8,10}")
_CRONJOB_POD: Final = re.compile(rf"(?P<name>.+)-\d{{8,10}}-{_SAFE}{{5}}")
_DEPLOYMENT_POD: Final = re.compile(rf"(?P<name>.+)-{_SAFE}{{6,10}}-{_SAFE}{{5}}")
_STATEFULSET_POD: Final = re.compile(r"(?P<name>.+)-\d{1,4}")
_GENERATED_POD: Final = re.compile(rf"(?P<name>.+)-{_SAFE}{{5}}")
_MIRROR_POD: Final = re.compile(r"kube-(?:apiserver|controller-manager|scheduler)-.+")
"""The kubelet's own pods of the control plane end with their node's name, whose ending may look like an ordinal."""
_REPLICASET: Final = re.compile(rf"(?P<name>.+)-{_SAFE}{{6,10}}")


class Owner(NamedTuple):
    """`kind` is empty where the name leaves it open (a DaemonSet's and a bare ReplicaSet's pods look alike)."""

    kind: str
    name: str


def owner_of_pod(pod: str) -> Owner:
    """The workload a pod of this name belongs to; the pod itself where the name tells nothing."""
    if _MIRROR_POD.fullmatch(pod) and not _DEPLOYMENT_POD.fullmatch(pod):
        return Owner("Pod", pod)
    for pattern, kind in (
        (_CRONJOB_POD, "CronJob"),
        (_DEPLOYMENT_POD, "Deployment"),
        (_STATEFULSET_POD, "StatefulSet"),
        (_GENERATED_POD, ""),
    ):
        if match := pattern.fullmatch(pod):
            return Owner(kind, match["name"])
    return Owner("Pod", pod)


def owner_of_job(job: str) -> Owner:
    """A Job made by a CronJob ends in the minute it was scheduled for."""
    match = _JOB.fullmatch(job)
    return Owner("CronJob", match["name"]) if match else Owner("Job", job)


def owner_of_replicaset(replicaset: str) -> Owner:
    match = _REPLICASET.fullmatch(replicaset)
    return Owner("Deployment", match["name"]) if match else Owner("ReplicaSet", replicaset)
