"""The overview says of each cluster how it is, also where nothing is wrong and where the agent cannot look."""

from __future__ import annotations

from typing import Any

from api_stage import Stage

from sre_agent.domain.ids import IncidentId
from sre_agent.domain.incident import Status
from tests.contracts.store_examples import change, incident


async def clusters(stage: Stage) -> list[dict[str, Any]]:
    async with stage.client() as client:
        items: list[dict[str, Any]] = (await client.get("/api/v1/clusters")).json()["items"]
        return items


async def test_our_own_cluster_stands_first_even_where_nothing_is_unfinished() -> None:
    stage = Stage()
    [ours] = await clusters(stage)
    assert (ours["unfinished"], ours["waiting"], ours["worst"], ours["oldest"]) == (0, 0, None, None)
    assert ours["cluster"] == stage.parts.settings.cluster
    assert ours["reached"] in (True, False)
    assert "Kubernetes tool server" in ours["said"]


async def test_what_names_no_cluster_counts_in_our_own() -> None:
    stage = Stage()
    at, ours = stage.clock.now(), stage.parts.settings.cluster
    for number, name in enumerate(("", ours)):
        which = IncidentId(f"inc_{number:016}")
        row = incident(which, at=at, cluster=name)
        await stage.parts.ledger.open(row, change("opened", incident_id=which, at=at))
    [only] = await clusters(stage)
    assert (only["cluster"], only["unnamed"], only["unfinished"], only["worst"]) == (
        ours,
        True,
        2,
        "critical",
    )


async def test_of_anothers_cluster_it_is_said_that_only_its_alerts_come_here() -> None:
    stage = Stage()
    at = stage.clock.now()
    there = incident(at=at, cluster="far-away", status=Status.AWAITING_APPROVAL)
    await stage.parts.ledger.open(there, change("opened", at=at))
    other = (await clusters(stage))[1]
    assert (other["cluster"], other["unfinished"], other["waiting"]) == ("far-away", 1, 1)
    assert (other["worst"], other["reached"]) == ("critical", None)
    assert "Only its alerts" in other["said"]
