"""A runner that is killed is succeeded at once, and one that lives, whatever it is called, never is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from sre_agent.adapters.roll import on_the_roll
from sre_agent.errors import LeaseLost
from sre_agent.succession import succeed
from tests.components.races.runners import TERM
from tests.components.races.test_races_of_runners import scene
from tests.contracts.store_examples import FIRST, change

RUNNER = """
import sys, time
from pathlib import Path
from sre_agent.adapters.roll import on_the_roll
with on_the_roll(Path(sys.argv[1]), sys.argv[2]):
    print("listed", flush=True)
    time.sleep(600)
"""


def runner_process(folder: Path, name: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", RUNNER, str(folder), name], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "listed\n"
    return process


@pytest.mark.promise("ACT-8")
@pytest.mark.promise("KEEP-6")
async def test_who_is_killed_is_succeeded_without_waiting_and_who_lives_is_not(tmp_path: Path) -> None:
    """The clock stands still: nothing here waits for a lease to run out."""
    folder = tmp_path / "runners"
    async with scene(tmp_path) as here:
        old = await here.runner(here.cabinets[0], "one")
        leases, jobs = here.cabinets[1].leases, here.cabinets[1].jobs
        process = runner_process(folder, "one")
        try:
            with on_the_roll(folder, "early") as roll:
                assert roll.gone == ()
                await succeed(roll.gone, leases, jobs)
            assert await leases.acquire(FIRST, "early", term=TERM) is None
        finally:
            process.kill()
            process.communicate()
        with on_the_roll(folder, "two") as roll:
            assert roll.gone == ("one",)
            await succeed(roll.gone, leases, jobs)
            roll.strike_off()
            taken = await leases.acquire(FIRST, "two", term=TERM)
            assert taken is not None
            assert taken.fence == old.lease.fence + 1
            assert sorted(path.name for path in folder.iterdir()) == ["two"]
        with pytest.raises(LeaseLost):
            await old.run.ledger.write(change("from the grave", fence=old.lease.fence))


def test_one_of_another_machine_or_boot_is_never_taken_for_dead(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("another boot")
    (tmp_path / "coming").write_text("")
    with on_the_roll(tmp_path, "here") as roll:
        assert roll.gone == ()


def test_one_that_was_killed_before_it_had_succeeded_leaves_both_to_the_next(tmp_path: Path) -> None:
    for name in ("one", "two"):
        process = runner_process(tmp_path, name)
        process.kill()
        process.communicate()
    with on_the_roll(tmp_path, "three") as roll:
        assert roll.gone == ("one", "two")
