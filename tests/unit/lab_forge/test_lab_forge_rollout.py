"""When a roll-out counts as done, as kubectl sees it."""

from __future__ import annotations

from typing import Any

import pytest

from infrastructure.lab.forge.delivery.rollout import rollout_progress


def deployment(generation: int = 2, wanted: int = 2, **status: Any) -> dict[str, Any]:
    return {
        "kind": "Deployment",
        "metadata": {"name": "cart", "generation": generation},
        "spec": {"replicas": wanted},
        "status": {"observedGeneration": 2, **status},
    }


READY = {"replicas": 2, "updatedReplicas": 2, "availableReplicas": 2}


@pytest.mark.parametrize(
    ("workload", "state"),
    [
        (deployment(**READY), "done"),
        (deployment(generation=3, **READY), "waiting"),
        (deployment(wanted=3, **READY), "waiting"),
        (deployment(**{**READY, "replicas": 3}), "waiting"),
        (deployment(**{**READY, "availableReplicas": 1}), "waiting"),
        (deployment(wanted=0), "done"),
        (
            deployment(conditions=[{"type": "Progressing", "reason": "ProgressDeadlineExceeded"}], **READY),
            "failed",
        ),
        ({"kind": "ConfigMap", "metadata": {"name": "x"}}, "done"),
        (
            {
                "kind": "StatefulSet",
                "metadata": {"name": "db", "generation": 1},
                "spec": {"replicas": 1},
                "status": {
                    "observedGeneration": 1,
                    "readyReplicas": 1,
                    "updateRevision": "b",
                    "currentRevision": "a",
                },
            },
            "waiting",
        ),
        (
            {
                "kind": "DaemonSet",
                "metadata": {"name": "agent", "generation": 1},
                "spec": {},
                "status": {
                    "observedGeneration": 1,
                    "desiredNumberScheduled": 2,
                    "updatedNumberScheduled": 2,
                    "numberAvailable": 2,
                },
            },
            "done",
        ),
    ],
)
def test_a_rollout_is_judged_by_its_status(workload: dict[str, Any], state: str) -> None:
    assert rollout_progress(workload).state == state
