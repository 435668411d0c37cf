"""The real kubectl works with the lab's Kubernetes; nodes are drained here, where they are nobody else's."""

from __future__ import annotations

from tests.contracts.kubernetes_api import Place
from tests.contracts.kubernetes_kubectl import Kubectl, KubectlContract, pytestmark

__all__ = ["pytestmark"]


class TestKubectl(KubectlContract):
    def test_a_node_is_cordoned_drained_and_given_back(
        self, place: Place, kubectl: Kubectl, web: str
    ) -> None:
        pods = kubectl.json("get", "pods", "-l", "app=web")["items"]
        node = pods[0]["spec"]["nodeName"]
        try:
            assert "cordoned" in kubectl("cordon", node)
            assert "SchedulingDisabled" in kubectl("get", "node", node)
            told = kubectl(
                "drain", node, "--ignore-daemonsets", "--force", "--delete-emptydir-data", "--timeout=60s"
            )
            assert f"pod/{pods[0]['metadata']['name']} evicted" in told
            kubectl("rollout", "status", web, "--timeout=60s")
            left = kubectl.json("get", "pods", "-l", "app=web", f"--field-selector=spec.nodeName={node}")[
                "items"
            ]
            assert left == []
        finally:
            assert "uncordoned" in kubectl("uncordon", node)
        assert place.namespace
