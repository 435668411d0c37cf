"""The lab's Kubernetes keeps the contract of the API, as the official client sees it."""

from __future__ import annotations

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


class TestReads(ReadsContract):
    pass


class TestWrites(WritesContract):
    pass


class TestDryRuns(DryRunContract):
    pass


class TestPatches(PatchesContract):
    pass


class TestApply(ApplyContract):
    pass


class TestRefusals(RefusalsContract):
    pass


class TestRights(RightsContract):
    pass


class TestWatches(WatchesContract):
    pass


class TestRollouts(RolloutsContract):
    pass


class TestPods(PodsContract):
    pass


class TestOwners(OwnersContract):
    pass


class TestLimits(LimitsContract):
    pass


class TestTools(ToolsContract):
    pass
