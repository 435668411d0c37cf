"""Every fault on real Prometheus: its alert fires, obvious wrong remedies do not help, the right one does, no wire tells."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from lab_lanes import FIRES_WITHIN, Lane, Report, Trial, dealt
from lab_wires import CODES, telling
from trials import selected

from infrastructure.lab.faults.model import fault_names
from infrastructure.lab.telemetry.packages import default_cache, fetch_programs

pytestmark = [
    pytest.mark.integration,
    pytest.mark.timeout(900),
    pytest.mark.asyncio(loop_scope="module"),
]
LANES = int(os.environ.get("LAB_LANES", "3"))
"""Labs at a time; each takes a fifth of a core, more while it is broken."""
NAMED = [Trial(name) for name in fault_names()]
ELSEWHERE = [
    Trial("bad-deploy", "payments", wholly=False),
    Trial("slow-dependency", "inventory", wholly=False),
    Trial("traffic-surge", "frontend", wholly=False),
    Trial("certificate-expired", "payments", wholly=False),
    Trial("db-connections-exhausted", "checkout", wholly=False),
]
PROMISED_SECONDS = 15.0


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def reports(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[dict[Trial, asyncio.Future[Report]]]:
    cache = default_cache(os.environ)
    await asyncio.to_thread(fetch_programs, cache, lambda _: None)
    asked_for = selected(request.session)
    hands = dealt([trial for trial in [*NAMED, *ELSEWHERE] if trial in asked_for], LANES)
    lanes = [Lane(tmp_path_factory.mktemp(f"lab{number}"), cache, hand) for number, hand in enumerate(hands)]
    tasks = [lane.open() for lane in lanes]
    yield {trial: future for lane in lanes for trial, future in lane.reports.items()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@pytest.mark.parametrize("trial", NAMED, ids=lambda trial: trial.name)
async def test_a_fault_fires_resists_the_wrong_remedies_and_yields_to_the_right_one(
    reports: dict[Trial, asyncio.Future[Report]], trial: Trial
) -> None:
    report = await reports[trial]
    assert fired_in_time(report), report.fired_after
    assert set(report.alerts) <= set(report.fired_after)
    assert report.cured_by_useless == []
    if report.has_cure:
        assert report.quiet_after is not None, report.still_firing
    assert report.tales == []


@pytest.mark.parametrize("trial", ELSEWHERE, ids=lambda trial: f"{trial.name}@{trial.service}")
async def test_a_fault_fires_in_another_service_too(
    reports: dict[Trial, asyncio.Future[Report]], trial: Trial
) -> None:
    report = await reports[trial]
    assert fired_in_time(report), report.fired_after
    assert report.tales == []


def fired_in_time(report: Report) -> bool:
    """One of its alerts within the promised time. The others may need more than another service's traffic gives."""
    own = [seconds for name, seconds in report.fired_after.items() if name in report.alerts]
    return min(own, default=FIRES_WITHIN) <= PROMISED_SECONDS


async def test_the_wires_would_be_found_telling() -> None:
    assert len(CODES.read_text().split()) > 100
    for text in (
        "fault: bad-deploy",
        "traffic_surge",
        '"why": "oom_killed"',
        "Slow Dependency in cart",
        "deadlock",
    ):
        assert telling(text), text
    for text in (
        "OOMKilled",
        "sorry, too many clients already",
        "CrashLoopBackOff",
        "pg_stat_database_deadlocks",
    ):
        assert not telling(text), text
