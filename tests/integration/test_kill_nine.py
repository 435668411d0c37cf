"""The real agent is killed (SIGKILL) again and again in the middle of real incidents; they end as if nothing had been."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import httpx
import pytest
import pytest_asyncio
from killing import count, journal_of, strike, until
from kubernetes import client, config
from platforms import Ended, PlatformAtWork, a_platform

pytestmark = [
    pytest.mark.integration,
    pytest.mark.timeout(600),
    pytest.mark.asyncio(loop_scope="module"),
]
SOON = 0.5
"""Seconds into something that goes on for a while: an investigation, a wait for a person, a watch over recovery."""


@dataclass(frozen=True)
class Moment:
    """When to strike: so many seconds after the first entry of this kind."""

    kind: str
    later: float = 0.0


@dataclass
class Killer:
    """Reads the journal where it is kept, since the API dies with the agent, and strikes at each moment once.

    A moment of any incident counts that the fault brought about: two of them become one where both blame the same.
    """

    moments: tuple[Moment, ...]
    killed: list[str] = field(default_factory=list)
    resumed: Callable[[], int] = lambda: 0
    """How often one of these incidents was taken up again."""

    async def __call__(self, platform: PlatformAtWork, known: set[str]) -> None:
        seen = partial(count, journal_of(platform), known)
        self.resumed = partial(seen, "run.resumed")
        for moment in self.moments:
            await until(lambda kind=moment.kind: seen(kind) > 0, f"a {moment.kind}")  # type: ignore[misc]
            await asyncio.sleep(moment.later)
            self.killed.append(moment.kind)
            await strike(platform)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def platform(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[PlatformAtWork]:
    async with a_platform(tmp_path_factory.mktemp("killed")) as started:
        yield started


def _lab(platform: PlatformAtWork) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((platform.home / "lab" / "lab.json").read_text())
    return told


def _generation(platform: PlatformAtWork, deployment: str) -> int:
    """How often the cluster saw its specification change: by its own count, which no client can write."""
    lab = _lab(platform)
    with config.new_client_from_config(config_file=lab["kubeconfig"]) as api:
        found = client.AppsV1Api(api).read_namespaced_deployment(deployment, lab["namespace"]).to_dict()
    return int(found["metadata"]["generation"])


async def _reverts(platform: PlatformAtWork) -> list[bool]:
    """Of each pull request at the forge that reverts another: whether it was merged."""
    lab = _lab(platform)
    headers = {"Authorization": f"Bearer {lab['github_token']}"}
    async with httpx.AsyncClient(headers=headers, trust_env=False) as forge:
        path = f"{lab['github_api_url']}/repos/{lab['github_repository']}/pulls"
        answer = await forge.get(path, params={"state": "all", "per_page": 100})
        answer.raise_for_status()
    return [bool(one["merged_at"]) for one in answer.json() if one["title"].startswith("Revert")]


def _assert_that_no_step_was_done_twice(ended: Ended, killer: Killer) -> None:
    story = "\n".join(f"{each['at']} {each['kind']}: {each['text'][:200]}" for each in ended.journal)
    assert killer.killed == [moment.kind for moment in killer.moments], story
    assert (ended.incident["status"], ended.incident["outcome"]) == ("resolved", "recovered"), story
    done = [entry["body"]["key"] for entry in ended.entries("step.done")]
    assert len(done) == len(set(done)), story
    assert len(ended.plans) == 1, story
    assert len(done) == len(ended.plans[0]["plan"]["steps"]), story
    assert len(ended.entries("approval.answered")) <= 1, story
    assert killer.resumed() >= len(killer.killed) - 1, story


@pytest.mark.promise("ACT-7")
@pytest.mark.promise("KEEP-2")
@pytest.mark.promise("KEEP-6")
async def test_an_agent_that_is_killed_around_its_step_scales_once_by_the_clusters_own_count(
    platform: PlatformAtWork,
) -> None:
    killer = Killer(
        (
            Moment("finding.made"),
            Moment("step.intended"),
            Moment("step.done"),
            Moment("verification.started", SOON),
        )
    )
    before = _generation(platform, "recommendations")
    try:
        ended = await platform.see_through("scaled-to-zero", disturb=killer)
        _assert_that_no_step_was_done_twice(ended, killer)
        assert ended.incident["cause"] == "deployment_zero_replicas"
        the_fault, the_cure = 1, 1
        assert _generation(platform, "recommendations") == before + the_fault + the_cure
    finally:
        await platform.heal()


@pytest.mark.promise("ACT-7")
@pytest.mark.promise("KEEP-2")
@pytest.mark.promise("KEEP-6")
async def test_an_agent_that_is_killed_around_a_persons_yes_reverts_once_by_the_forges_own_list(
    platform: PlatformAtWork,
) -> None:
    killer = Killer(
        (
            Moment("approval.asked"),
            Moment("step.intended"),
            Moment("step.done"),
        )
    )
    before = await _reverts(platform)
    try:
        ended = await platform.see_through("bad-deploy", disturb=killer)
        _assert_that_no_step_was_done_twice(ended, killer)
        assert ended.incident["cause"] == "bad_deployment"
        assert len(ended.entries("approval.answered")) == 1
        assert sorted(await _reverts(platform)) == sorted([*before, True])
    finally:
        await platform.heal()
