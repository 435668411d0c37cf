"""Every fault of the lab, from its firing alert to its end, on real Prometheus and Alertmanager and real processes."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
import yaml
from platforms import FAULTS, Ended, PlatformAtWork
from trials import selected

from sre_agent.cli.native.ports import free_ports

pytestmark = [
    pytest.mark.integration,
    pytest.mark.timeout(1500),
    pytest.mark.asyncio(loop_scope="module"),
]
LANES = int(os.environ.get("LOOP_LANES", "2"))
"""Platforms at a time, each with a lab of its own; together they take under half a core each."""
NAMES = sorted(path.stem for path in FAULTS.glob("*.yaml"))
ELSEWHERE = {"service-selector-mismatch": "inventory", "oom-low-limit": "cart"}
"""Also told of a service that the fault's file does not name."""
ENDINGS = {
    "recovered": ("resolved", "recovered"),
    "no_safe_action": ("escalated", "no_safe_action"),
    "insufficient_evidence": ("escalated", "insufficient_evidence"),
    "flapping": ("closed", "flapping"),
    "healthy": ("closed", "healthy"),
}


@dataclass(frozen=True)
class Trial:
    fault: str
    service: str = ""

    def __str__(self) -> str:
        return f"{self.fault} in {self.service}" if self.service else self.fault


TRIALS = [*(Trial(name) for name in NAMES), *(Trial(name, where) for name, where in ELSEWHERE.items())]
Futures = dict[Trial, asyncio.Future[Ended]]


async def _lane(home: Path, trials: list[Trial], ports: tuple[int, int], futures: Futures) -> None:
    """One platform that takes one fault after the other."""
    platform = PlatformAtWork(home)
    try:
        await platform.start(ports)
        for trial in trials:
            try:
                futures[trial].set_result(await platform.see_through(trial.fault, trial.service))
            except AssertionError as failed:
                futures[trial].set_exception(failed)
            await platform.heal()
    except Exception as error:  # noqa: BLE001 - bulkhead: whoever waits for a trial must learn why
        for trial in trials:
            if not futures[trial].done():
                futures[trial].set_exception(error)
    finally:
        await platform.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ends(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Futures]:
    loop = asyncio.get_running_loop()
    wanted = os.environ.get("FAULTS", "").split()
    asked_for = selected(request.session)
    trials = [trial for trial in TRIALS if trial in asked_for and (not wanted or trial.fault in wanted)]
    futures: Futures = {trial: loop.create_future() for trial in trials}
    ports = free_ports(2 * LANES)
    lanes = [
        asyncio.create_task(
            _lane(
                tmp_path_factory.mktemp(f"lane{n}"),
                trials[n::LANES],
                (ports[2 * n], ports[2 * n + 1]),
                futures,
            )
        )
        for n in range(LANES)
        if trials[n::LANES]
    ]
    yield futures
    for lane in lanes:
        lane.cancel()
    await asyncio.gather(*lanes, return_exceptions=True)


@pytest.mark.parametrize("trial", TRIALS, ids=str)
async def test_a_fault_ends_as_it_must_and_the_journal_tells_how(ends: Futures, trial: Trial) -> None:
    if trial not in ends:
        pytest.skip("not among the faults asked for")
    ended = await ends[trial]
    fault = yaml.safe_load((FAULTS / f"{trial.fault}.yaml").read_text())
    expected, service = fault["expect"], trial.service or fault["defaults"]["service"]
    story = "\n".join(
        f"{entry['kind']}: {entry['text'][:300]}" for entry in ended.journal if entry["kind"] != "tool.called"
    )
    incident = ended.incident
    assert (incident["status"], incident["outcome"]) == ENDINGS[expected["outcome"]], story
    if expected["cause"]:
        assert incident["cause"] == expected["cause"], story
        name = expected["entity"]["name"].replace("<service>", service)
        assert "<" in name or incident["cause_entity"]["name"] == name, story
    assert [row for row in ended.others if row["status"] != "closed"] == [], "opened twice for one fault"
    assert set(ended.tools_used) <= set(expected["tools"]) | {"evict_pod", "rollout_restart"}, story
    if expected["outcome"] == "recovered":
        _assert_that_everything_is_on_file(ended, story)
    else:
        assert ended.tools_used == [], story


def _assert_that_everything_is_on_file(ended: Ended, story: str) -> None:
    assert ended.tools_used, story
    for kind in (
        "diagnosis.made",
        "plan.made",
        "verdict.given",
        "grant.issued",
        "step.intended",
        "step.done",
    ):
        assert ended.entries(kind), (kind, story)
    assert ended.entries("approval.answered") or ended.entries("approval.not_needed"), story
    assert ended.entries("verification.made")[-1]["body"]["recovery"] == "recovered", story
    root = ended.entries("diagnosis.made")[-1]["body"]["root"]
    assert root["evidence"], story
    assert all(step["undo"]["statement"] for step in ended.plans[0]["plan"]["steps"]), story
