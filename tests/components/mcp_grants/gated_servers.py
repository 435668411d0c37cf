"""The servers whose write tools the grant test walks. A server joins by one more entry in `SERVERS`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from mcp_servers.k8s.server import toolset as k8s_toolset
from mcp_servers.kit.toolset import Toolset
from tests.unit.k8s.fake_api import FakeApi, FakeClusters, shop
from tests.unit.k8s.patch_scene import ASKS


@dataclass
class Watched:
    """A toolset over a system that tells how often it was changed."""

    toolset: Toolset
    changes: Callable[[], int]
    """Requests that would change something, rehearsals not counted."""


@dataclass(frozen=True)
class GatedServer:
    """`arguments`: for every write tool, arguments that mean something in the watched system."""

    name: str
    watched: Callable[[], Watched]
    arguments: dict[str, dict[str, Any]] = field(default_factory=dict)


def _k8s() -> Watched:
    api: FakeApi = shop()
    return Watched(k8s_toolset(FakeClusters(api)), lambda: len(api.changes))


_EXPECT = {
    "scale": "uid-cart",
    "cordon": "uid-node-1",
    "uncordon": "uid-node-1",
    "delete_pod": "uid-cart-0",
    "evict_pod": "uid-cart-0",
    "create_job": "uid-tidy",
}
_POD = {"namespace": "shop", "pod": "cart-0"}
_K8S: dict[str, dict[str, Any]] = {
    **ASKS,
    "uncordon": {"node": "node-1"},
    "delete_pod": _POD,
    "evict_pod": _POD,
    "create_job": {"namespace": "shop", "name": "tidy-now", "from_cronjob": "tidy"},
}

SERVERS = [
    GatedServer(
        "k8s",
        _k8s,
        {tool: {**ask, "expect": {"uid": _EXPECT.get(tool, "uid-cart")}} for tool, ask in _K8S.items()},
    ),
]
