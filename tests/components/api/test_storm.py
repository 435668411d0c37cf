"""Alerts pour in faster than they can be filed: none is lost, none is filed twice, few incidents, gravest first."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from sre_agent.api.app import build, shielded
from sre_agent.domain.incident import Incident
from sre_agent.ports.archive import IncidentFilter, Page
from tests.components.api.test_on_sqlite import House, house
from tests.unit.api.api_stage import WEBHOOK

WORKLOADS, ALERTS_OF_EACH, ROOM = 20, 6, 12
SENDERS = 30


def delivery(number: int) -> dict[str, object]:
    workload = number % WORKLOADS
    labels = {
        "alertname": f"Condition{number // WORKLOADS}",
        "namespace": f"team-{workload // 5}",
        "deployment": f"workload-{workload}",
        "severity": "critical" if workload % 3 == 0 else "warning",
    }
    alert = {"status": "firing", "labels": labels, "startsAt": "2026-03-03T09:29:00Z"}
    return {"version": "4", "status": "firing", "receiver": "r", "alerts": [alert]}


async def sent_until_filed(client: httpx.AsyncClient, number: int, line: asyncio.Semaphore) -> list[int]:
    """As Alertmanager does: again after 429. Every status it was answered with."""
    statuses: list[int] = []
    async with line:
        while not statuses or statuses[-1] == 429:
            answer = await client.post("/webhook/alert", json=delivery(number))
            statuses.append(answer.status_code)
            if answer.status_code == 429:
                assert answer.headers["Retry-After"] == "1"
                assert answer.json()["type"] == "urn:sre-agent:problem:intake-full"
                await asyncio.sleep(0.05)
    return statuses


async def incidents_of(place: House) -> list[Incident]:
    found = await place.parts.archive.incidents(IncidentFilter(), Page(size=200))
    return list(found.items)


@pytest.mark.promise("HEAR-6")
async def test_a_storm_is_filed_whole_in_few_incidents_and_worked_on_gravest_first(tmp_path: Path) -> None:
    async with house(tmp_path / "agent.db") as place:
        narrow = replace(place.parts, room=ROOM)
        transport = httpx.ASGITransport(shielded(build(narrow), narrow))
        headers = {"Authorization": f"Bearer {WEBHOOK}"}
        async with httpx.AsyncClient(transport=transport, base_url="http://api", headers=headers) as client:
            line, numbers = asyncio.Semaphore(SENDERS), range(WORKLOADS * ALERTS_OF_EACH)
            answers = await asyncio.gather(*(sent_until_filed(client, each, line) for each in numbers))
        statuses = Counter(status for told in answers for status in told)
        assert statuses.keys() == {200, 429}
        assert statuses[200] == len(numbers)
        incidents = await incidents_of(place)
        assert [one.alert_count for one in incidents] == [ALERTS_OF_EACH] * WORKLOADS
        of = {one.id: one for one in incidents}
        order = [
            job.incident_id
            for _ in incidents
            if (job := await place.jobs.claim("r", hold=timedelta(minutes=1)))
        ]
        severities = [of[each].severity.rank for each in order if each]
        assert len(severities) == WORKLOADS
        assert severities == sorted(severities)
