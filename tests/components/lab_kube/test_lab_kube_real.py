"""The contract held against a real API server: set CLUSTER_KUBECONFIG, and CLUSTER_IMAGE to a busybox it can pull."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.contracts import kubernetes_kubectl
from tests.contracts.kubernetes_api import Server
from tests.contracts.kubernetes_patches import ApplyContract, PatchesContract
from tests.contracts.kubernetes_reads import ReadsContract
from tests.contracts.kubernetes_refusals import RefusalsContract, RightsContract
from tests.contracts.kubernetes_tools import ToolsContract
from tests.contracts.kubernetes_watches import WatchesContract
from tests.contracts.kubernetes_workloads import (
    LimitsContract,
    OwnersContract,
    PodsContract,
    RolloutsContract,
)
from tests.contracts.kubernetes_writes import DryRunContract, WritesContract

KUBECONFIG = os.environ.get("CLUSTER_KUBECONFIG", "")
IMAGE = os.environ.get("CLUSTER_IMAGE", "registry.k8s.io/e2e-test-images/busybox:1.29-4")

if not KUBECONFIG:
    pytest.skip(
        "CLUSTER_KUBECONFIG names no real cluster: the contract is NOT compared with one",
        allow_module_level=True,
    )

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(300)]


@pytest.fixture(scope="session")
def server() -> Server:
    return Server(Path(KUBECONFIG), IMAGE)


class TestRealReads(ReadsContract):
    pass


class TestRealWrites(WritesContract):
    pass


class TestRealDryRuns(DryRunContract):
    pass


class TestRealPatches(PatchesContract):
    pass


class TestRealApply(ApplyContract):
    pass


class TestRealRefusals(RefusalsContract):
    pass


class TestRealRights(RightsContract):
    pass


class TestRealWatches(WatchesContract):
    pass


class TestRealRollouts(RolloutsContract):
    pass


class TestRealPods(PodsContract):
    pass


class TestRealOwners(OwnersContract):
    pass


class TestRealLimits(LimitsContract):
    pass


class TestRealTools(ToolsContract):
    pass


@kubernetes_kubectl.pytestmark
class TestRealKubectl(kubernetes_kubectl.KubectlContract):
    pass
