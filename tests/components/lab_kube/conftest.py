"""One cluster for all tests of a worker: they keep out of each other's way by namespaces."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.components.lab_kube.lab_kube_thread import ClusterThread

for module in ("api", "reads", "writes", "patches", "refusals", "watches", "workloads", "tools", "kubectl"):
    pytest.register_assert_rewrite(f"tests.contracts.kubernetes_{module}")

from tests.contracts.kubernetes_api import Server  # noqa: E402 - only after its assertions are made to speak

IMAGE = "busybox:1.36"


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClusterThread]:
    thread = ClusterThread(tmp_path_factory.mktemp("kube"))
    yield thread
    thread.stop()


@pytest.fixture(scope="session")
def server(running: ClusterThread) -> Server:
    return Server(running.cluster.admin_kubeconfig, IMAGE)
