"""For every write tool of the Kubernetes server: its undo, told before it runs, brings back the world before."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from mcp_servers.k8s.rollouts import DEPLOYMENT_REVISION
from mcp_servers.k8s.shape import EARLIER_STEPS, STEP
from tests.unit.k8s.writes_table import ROWS, Shop

OURS = (STEP, EARLIER_STEPS)
COUNTED = ("resourceVersion", "generation", DEPLOYMENT_REVISION)
DECLARED = {tool.name: tool.trace.undone_by for tool in Shop().tools.tools.values()}
UNDONE = sorted(row for row, (tool, _) in ROWS.items() if DECLARED[tool])


def as_people_see_it(value: Any) -> Any:
    """Without what Kubernetes counts, without our marks; an empty map or list is to it the same as none."""
    if isinstance(value, list):
        return [as_people_see_it(each) for each in value]
    if not isinstance(value, dict):
        return value
    kept = {name: as_people_see_it(each) for name, each in value.items() if name not in (*OURS, *COUNTED)}
    return {name: each for name, each in kept.items() if each not in ({}, [])}


def world(shop: Shop) -> Any:
    """Every object that people wrote; a ReplicaSet is its controller's."""
    objects = {path: item for path, item in shop.api.objects.items() if "/replicasets/" not in path}
    return as_people_see_it(copy.deepcopy(objects))


@pytest.mark.parametrize("row", UNDONE)
@pytest.mark.promise("ACT-6")
async def test_the_undo_told_before_the_write_restores_the_world_before(row: str) -> None:
    tool, arguments = ROWS[row]
    shop = Shop()
    before, grounded = world(shop), await shop.grounded(tool, arguments)
    foreseen = (await shop.run(f"preview_{tool}", grounded))["undo"]
    undo = (await shop.write(tool, "step-0001", grounded))["undo"]
    shop.roll_out()
    assert undo["tool"] in DECLARED[tool]
    assert (undo["tool"], undo["statement"]) == (foreseen["tool"], foreseen["statement"])
    assert world(shop) != before
    await shop.write(undo["tool"], "step-0002", undo["arguments"])
    assert world(shop) == before


@pytest.mark.parametrize("row", UNDONE)
@pytest.mark.promise("ACT-6")
async def test_the_undo_of_a_write_found_done_after_its_roll_out_restores_the_world_before(row: str) -> None:
    """The runner died before it heard the answer; the controller has numbered the new template by then."""
    tool, arguments = ROWS[row]
    shop = Shop()
    before, grounded = world(shop), await shop.grounded(tool, arguments)
    await shop.write(tool, "step-0001", grounded)
    shop.roll_out()
    undo = (await shop.found(tool, "step-0001", grounded))["result"]["undo"]
    await shop.write(undo["tool"], "step-0002", undo["arguments"])
    assert world(shop) == before


@pytest.mark.parametrize("row", sorted(set(ROWS) - set(UNDONE)))
@pytest.mark.promise("ACT-6")
async def test_what_has_no_way_back_says_so_before_and_after(row: str) -> None:
    tool, arguments = ROWS[row]
    shop = Shop()
    grounded = await shop.grounded(tool, arguments)
    foreseen = (await shop.run(f"preview_{tool}", grounded))["undo"]
    undo = (await shop.write(tool, "step-0001", grounded))["undo"]
    assert (foreseen["tool"], undo["tool"]) == (None, None)
    assert foreseen["statement"] == undo["statement"] != ""
