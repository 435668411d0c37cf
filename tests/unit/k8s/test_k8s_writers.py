"""Who wrote an object is told as the API server notes it; our own writes are marked."""

from __future__ import annotations

import pytest

from mcp_servers.k8s.asks import GetObject
from mcp_servers.k8s.writers import WriterReading, writers_in
from mcp_servers.kit.errors import ToolError
from tests.unit.k8s.fake_api import CART, FakeClusters, shop

ENTRIES = [
    {"manager": "kubectl-edit", "operation": "Update", "time": "2026-03-03T09:00:00Z"},
    {"manager": "sre-agent", "operation": "Update", "time": "2026-03-03T09:30:00Z"},
    {"manager": "kube-controller-manager", "time": "2026-03-03T09:10:00Z", "subresource": "status"},
    {"manager": "before-times-were-kept", "operation": "Apply"},
]


def test_writers_come_newest_first_and_whoever_has_no_time_is_left_out() -> None:
    told = [(each.manager, each.subresource, each.ours) for each in writers_in(ENTRIES)]
    assert told == [
        ("sre-agent", "", True),
        ("kube-controller-manager", "status", False),
        ("kubectl-edit", "", False),
    ]


async def test_the_tool_reads_them_from_the_object_itself() -> None:
    api = shop()
    api.objects[CART]["metadata"]["managedFields"] = ENTRIES
    reading = WriterReading(FakeClusters(api))
    told = await reading.object_writers(GetObject(kind="Deployment", name="cart", namespace="shop"))
    assert (told.uid, len(told.writers)) == (api.objects[CART]["metadata"]["uid"], 3)
    with pytest.raises(ToolError, match="lives in a namespace"):
        await reading.object_writers(GetObject(kind="Deployment", name="cart"))
