"""The real agent is killed (SIGKILL) at random moments over the lab's faults: nothing is lost, nothing done twice.

`KILLS=100 make test-integration ARGS="-k random_moments -s"` for a long run; `KILLS_SEED` repeats one.
"""

from __future__ import annotations

import os
import random
import secrets
from collections.abc import AsyncIterator
from itertools import cycle

import pytest
import pytest_asyncio
import yaml
from killing import RandomKiller, Strike
from platforms import FAULTS, Ended, PlatformAtWork, a_platform

KILLS = int(os.environ.get("KILLS", "4"))
SEED = int(os.environ.get("KILLS_SEED", secrets.randbelow(10_000)))
MOST_IN_ONE = 4
"""Kills while one incident is worked on; more would be a machine that nobody lets work."""
WITHIN = 10.0
"""Seconds from the restart to work that goes on, on a machine of one's own; on one that others crowd, so many times that."""
OVER = ("scaled-to-zero", "bad-deploy", "wrong-image-tag", "service-selector-mismatch", "crash-loop-config")

pytestmark = [
    pytest.mark.integration,
    pytest.mark.timeout(300 * (KILLS + 2)),
    pytest.mark.asyncio(loop_scope="module"),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def platform(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[PlatformAtWork]:
    async with a_platform(tmp_path_factory.mktemp("random-kills")) as started:
        yield started


@pytest.mark.promise("ACT-7")
@pytest.mark.promise("KEEP-2")
@pytest.mark.promise("KEEP-6")
async def test_killed_at_random_moments_every_incident_ends_as_if_nothing_had_been(
    platform: PlatformAtWork,
) -> None:
    dice, strikes, wrong = (
        random.Random(SEED),  # noqa: S311 - moments, not secrets
        list[Strike](),
        list[str](),
    )
    for fault in cycle(OVER):
        if len(strikes) >= KILLS:
            break
        killer = RandomKiller(dice, min(MOST_IN_ONE, KILLS - len(strikes)))
        try:
            wrong += faults_of(fault, await platform.see_through(fault, disturb=killer))
        except AssertionError as lost:
            wrong.append(f"{fault}: lost: {lost}")
        finally:
            await platform.heal()
        strikes += killer.strikes
        print(f"{fault}: {len(killer.strikes)} kills, {len(strikes)} of {KILLS}; wrong: {wrong}")
    print(told(strikes))
    assert wrong == [], f"KILLS_SEED={SEED}"
    assert slow(strikes) == [], f"work must go on within {WITHIN:.0f} s of the restart; KILLS_SEED={SEED}"


def slow(strikes: list[Strike]) -> list[Strike]:
    """Those after which work went on too late."""
    return [each for each in strikes if (each.goes_on_after or 0.0) > WITHIN * each.crowding]


def faults_of(fault: str, ended: Ended) -> list[str]:
    """What is not as it would be in a run that nobody disturbed."""
    wanted = yaml.safe_load((FAULTS / f"{fault}.yaml").read_text())["expect"]
    found = []
    if (ended.incident["outcome"], ended.incident["cause"]) != (wanted["outcome"], wanted["cause"]):
        found.append(f"ended {ended.incident['outcome']}, cause {ended.incident['cause']}")
    keys = [entry["body"]["key"] for entry in ended.entries("step.done")]
    if len(keys) != len(set(keys)):
        found.append(f"done twice: {keys}")
    if not keys:
        found.append("nothing was done")
    allowed = {entry["body"].get("key") for entry in ended.entries("step.intended")}
    if not set(keys) <= allowed:
        found.append(f"done without an intent: {set(keys) - allowed}")
    return [f"{fault} {ended.incident['id']}: {each}" for each in found]


def told(strikes: list[Strike]) -> str:
    answers = [each.answers_after for each in strikes]
    went_on = [each.goes_on_after for each in strikes if each.goes_on_after is not None]
    print("seconds from each restart to work that goes on:", [round(each, 1) for each in went_on])
    print("times slower than alone, just after each:", [round(each.crowding, 1) for each in strikes])
    return (
        f"{len(strikes)} kills, seed {SEED}: the API answered after {max(answers, default=0):.1f} s at most; "
        f"work went on {max(went_on, default=0):.1f} s after the restart at most"
    )
