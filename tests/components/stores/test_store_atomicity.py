"""A change set is written whole or not at all, wherever it is interrupted."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from sre_agent.domain.evidence import Specialist
from sre_agent.domain.incident import Status
from sre_agent.domain.plan import StepState
from sre_agent.errors import SreAgentError
from sre_agent.ports.ledger import ChangeSet, IncidentUpdate
from tests.contracts.cabinet import Cabinet, on_disk
from tests.contracts.store_checks import assert_whole
from tests.contracts.store_examples import (
    FIRST,
    SECOND,
    alert,
    answer,
    approval,
    change,
    hypothesis,
    incident,
    into,
    job,
    plan,
    ruling,
    step_record,
    verification,
)


class Crashed(Exception):
    """Stands for anything that ends a transaction in the middle."""


class Fuse:
    """Lets so many statements and commits of the writer pass, then breaks."""

    def __init__(self, passes: int) -> None:
        self.left = passes

    def burn(self, *_: object) -> None:
        self.left -= 1
        if self.left < 0:
            raise Crashed


@contextmanager
def fused(passes: int) -> Iterator[Fuse]:
    fuse = Fuse(passes)
    event.listen(Engine, "before_cursor_execute", fuse.burn)
    event.listen(Engine, "commit", fuse.burn)
    try:
        yield fuse
    finally:
        event.remove(Engine, "before_cursor_execute", fuse.burn)
        event.remove(Engine, "commit", fuse.burn)


def dump(file: Path) -> list[str]:
    connection = sqlite3.connect(file)
    try:
        return list(connection.iterdump())
    finally:
        connection.close()


def everything() -> ChangeSet:
    one = plan()
    return change(
        "a",
        "b",
        update=IncidentUpdate(status=Status.REMEDIATING, cause="bad_deploy"),
        hypotheses=(hypothesis(1), hypothesis(2)),
        plan=one,
        ruling=ruling(one),
        approval=approval(one),
        steps=(step_record(one), step_record(one, StepState.DONE)),
        verification=verification(),
        jobs=(job(FIRST), job(SECOND)),
    )


async def prepare(cabinet: Cabinet) -> None:
    await cabinet.ledger.open(incident(), change("opened"))
    await cabinet.ledger.accept([alert("f0")], into())


WRITES: dict[str, Callable[[Cabinet], Awaitable[Any]]] = {
    "write": lambda cabinet: cabinet.ledger.write(everything()),
    "open": lambda cabinet: cabinet.ledger.open(
        incident(SECOND), change("opened", incident_id=SECOND, jobs=(job(SECOND),))
    ),
    "accept into a new incident": lambda cabinet: cabinet.ledger.accept(
        [alert("f1"), alert("f2")], into(SECOND)
    ),
    "accept into an open one": lambda cabinet: cabinet.ledger.accept([alert("f1")], into(FIRST)),
    "keep": lambda cabinet: cabinet.ledger.keep(FIRST, "q", Specialist.LOGS, answer()),
    "keep calls": lambda cabinet: cabinet.archive.keep_calls("shop", {"shop/a": ("shop/b",)}),
}


@pytest.mark.parametrize("name", WRITES)
async def test_a_write_that_breaks_at_any_statement_leaves_nothing_and_can_be_done_again(
    database: Path, name: str
) -> None:
    async with on_disk(database) as cabinet:
        await prepare(cabinet)
        before = dump(database)
        breaks = 0
        while True:
            with fused(breaks) as fuse:
                with suppress(Crashed):
                    await WRITES[name](cabinet)
                if fuse.left >= 0:
                    break
            assert dump(database) == before, f"{name} left something behind at statement {breaks}"
            breaks += 1
        assert breaks > 4
        assert dump(database) != before
        assert_whole(await cabinet.archive.journal(FIRST))
        after_all = await cabinet.ledger.accept([alert("f9")], into())
        assert after_all.accepted == 1


async def test_waiting_deliveries_share_transactions_and_each_gets_its_own_answer(database: Path) -> None:
    commits = []
    async with on_disk(database) as cabinet:

        def count(connection: object) -> None:
            commits.append(connection)

        event.listen(Engine, "commit", count)
        try:
            receipts = await asyncio.gather(
                *(cabinet.ledger.accept([alert(f"f{n}")], into()) for n in range(50))
            )
        finally:
            event.remove(Engine, "commit", count)
    assert [receipt.accepted for receipt in receipts] == [1] * 50
    assert len(commits) < 10


async def test_deliveries_of_a_transaction_that_fails_are_each_tried_alone(database: Path) -> None:
    """What the shared transaction could not write is nobody's loss but the guilty one's."""
    async with on_disk(database) as cabinet:
        with fused(8):
            results = await asyncio.gather(
                *(cabinet.ledger.accept([alert(f"f{n}")], into()) for n in range(5)), return_exceptions=True
            )
        assert any(isinstance(result, Crashed) for result in results)
        kept = 5 - sum(isinstance(result, BaseException) for result in results)
        again = await asyncio.gather(*(cabinet.ledger.accept([alert(f"f{n}")], into()) for n in range(5)))
        assert sum(receipt.accepted for receipt in again) == 5 - kept
        assert (await cabinet.archive.incident(FIRST)).alert_count == 5
        assert_whole(await cabinet.archive.journal(FIRST))


async def test_a_caller_who_goes_away_takes_no_other_delivery_along(database: Path) -> None:
    async with on_disk(database) as cabinet:
        tasks = [asyncio.create_task(cabinet.ledger.accept([alert(f"f{n}")], into())) for n in range(6)]
        await asyncio.sleep(0)
        tasks[0].cancel()
        tasks[3].cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        left = [result for result in results if not isinstance(result, BaseException)]
        assert len(left) == 4
        assert (await cabinet.ledger.accept([alert("f7")], into())).accepted == 1


async def test_what_a_placement_raises_reaches_its_caller_as_it_is(database: Path) -> None:
    async with on_disk(database) as cabinet:
        with pytest.raises(SreAgentError):
            await cabinet.ledger.write(change("a"))
