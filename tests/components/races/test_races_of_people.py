"""Two people, one plan, one moment: on the real store, through the API's one door for answers."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from sre_agent.act import sending as out
from sre_agent.adapters.leases import SqlLeases
from sre_agent.api.answers import Word
from sre_agent.api.plans import give_answer
from sre_agent.domain.ids import IncidentId
from sre_agent.domain.incident import Status
from sre_agent.domain.journal import Kind
from sre_agent.domain.law import Actor, Answer, PlanFacts, Role, Ruling
from sre_agent.domain.plan import Plan
from sre_agent.errors import Conflict, NotAllowed, NotFound, StoreBusy
from sre_agent.policy.consent import Standing, consent
from sre_agent.ports.archive import PlanRecord
from sre_agent.ports.ledger import AnswersSeen, ChangeSet, IncidentUpdate
from sre_agent.ports.run import Run
from tests.components.api.test_on_sqlite import House, delivery, house
from tests.components.races.runners import run_of
from tests.unit.api.api_stage import plan, ruling_on

ROUNDS = 12
"""How often each race is run; each time the database decides who comes first."""
ANA, BEN = Actor(name="ana", role=Role.APPROVER), Actor(name="ben", role=Role.APPROVER)


@dataclass
class Asked:
    """An incident whose plan waits for an answer."""

    place: House
    made: Plan

    async def says(self, who: Actor, answer: Answer, reason: str = "") -> str:
        """What came of it: `taken`, or the name of the refusal."""
        word = Word(who, self.place.parts.clock.now(), reason)
        try:
            await give_answer(
                self.place.parts, self.made.incident_id, answer, digest=self.made.digest, word=word
            )
        except (Conflict, NotAllowed) as refused:
            return type(refused).__name__
        return "taken"

    async def record(self) -> PlanRecord:
        return await self.place.parts.archive.plan(self.made.incident_id, self.made.digest)

    async def standing(self) -> Standing:
        record = await self.record()
        now = self.place.parts.clock.now()
        return consent(self.made.digest, record.ruling, record.approvals, now=now).standing

    async def answers_told(self) -> int:
        entries = await self.place.parts.archive.journal(self.made.incident_id)
        return sum(each.kind is Kind.APPROVAL_ANSWERED for each in entries)


@asynccontextmanager
async def asked(file: Path, number: int = 0, **law: Any) -> AsyncIterator[Asked]:
    async with house(file) as place:
        told = delivery(alertname=f"Down{number}", deployment=f"cart{number}")
        (opened,) = (await place.client.post("/webhook/alert", json=told)).json()["opened"]
        now = place.parts.clock.now()
        made = plan(IncidentId(opened), at=now)
        await place.parts.ledger.write(
            ChangeSet(
                incident_id=made.incident_id,
                at=now,
                plan=made,
                ruling=ruling(made, **law),
                update=IncidentUpdate(status=Status.AWAITING_APPROVAL),
            )
        )
        yield Asked(place, made)


def ruling(made: Plan, *, people: int = 1, requested_by: tuple[str, ...] = ()) -> Ruling:
    given = ruling_on(made, people=people)
    if not requested_by:
        return given
    strict = tuple(each.model_copy(update={"self_approval": False}) for each in given.judgements)
    facts = PlanFacts(now=made.made_at, confidence=0.9, severity="critical", requested_by=requested_by)
    return given.model_copy(update={"judgements": strict, "facts": facts})


@pytest.mark.promise("ACT-20")
async def test_one_person_who_says_yes_many_times_at_once_has_said_it_once(tmp_path: Path) -> None:
    async with asked(tmp_path / "db", people=2) as question:
        said = await asyncio.gather(*(question.says(ANA, Answer.YES) for _ in range(6)))
        assert set(said) == {"taken"}
        assert [each.by.name for each in (await question.record()).approvals] == ["ana"]
        assert await question.answers_told() == 1
        assert await question.standing() is Standing.WAITING


@pytest.mark.promise("ACT-20")
async def test_two_people_who_say_yes_at_once_are_two(tmp_path: Path) -> None:
    async with asked(tmp_path / "db", people=2) as question:
        said = await asyncio.gather(question.says(ANA, Answer.YES), question.says(BEN, Answer.YES))
        assert said == ["taken", "taken"]
        assert await question.standing() is Standing.GIVEN


@pytest.mark.promise("ACT-20")
async def test_of_a_yes_and_a_no_at_once_the_no_holds_whoever_came_first(tmp_path: Path) -> None:
    for number in range(ROUNDS):
        async with asked(tmp_path / "db", number) as question:
            yes, no = await asyncio.gather(
                question.says(ANA, Answer.YES), question.says(BEN, Answer.NO, "not now")
            )
            assert no == "taken"
            first = (await question.record()).approvals[0].answer
            assert yes == ("taken" if first is Answer.YES else "Conflict")
            assert await question.standing() is Standing.REFUSED


@pytest.mark.promise("ACT-4")
async def test_a_yes_given_in_the_moment_in_which_another_plan_is_made_is_no_yes_to_that(
    tmp_path: Path,
) -> None:
    """Taken or refused, it is an answer to what the person saw."""
    for number in range(ROUNDS):
        async with asked(tmp_path / "db", number) as question:
            parts, incident = question.place.parts, question.made.incident_id
            other = plan(incident, at=parts.clock.now(), attempt=2)
            change = ChangeSet(incident_id=incident, at=other.made_at, plan=other, ruling=ruling(other))
            await asyncio.gather(question.says(ANA, Answer.YES), parts.ledger.write(change))
            record = await parts.archive.plan(incident, other.digest)
            found = consent(other.digest, record.ruling, record.approvals, now=parts.clock.now())
            assert found.standing is Standing.WAITING
            assert record.approvals == ()


@pytest.mark.promise("ACT-20")
async def test_a_no_that_was_taken_stops_a_step_that_was_about_to_begin(tmp_path: Path) -> None:
    """The runner has read the yes, the no is filed, and only then is the intent written."""
    async with asked(tmp_path / "db") as question:
        await question.says(ANA, Answer.YES)
        seen = AnswersSeen(plan_digest=question.made.digest, count=len((await question.record()).approvals))
        assert await question.standing() is Standing.GIVEN
        assert await question.says(BEN, Answer.NO, "stop") == "taken"
        run = await running(question)
        with pytest.raises(StoreBusy):
            await out.enter(run, Status.REMEDIATING, answers=seen)
        assert (await question.place.parts.archive.incident(question.made.incident_id)).status is (
            Status.AWAITING_APPROVAL
        )


async def test_after_the_step_has_begun_no_answer_is_taken(tmp_path: Path) -> None:
    async with asked(tmp_path / "db") as question:
        await question.says(ANA, Answer.YES)
        seen = AnswersSeen(plan_digest=question.made.digest, count=1)
        await out.enter(await running(question), Status.REMEDIATING, answers=seen)
        assert await question.says(BEN, Answer.NO, "too late") == "Conflict"
        assert len((await question.record()).approvals) == 1


@pytest.mark.promise("ACT-20")
async def test_who_asked_for_a_plan_cannot_approve_it_however_often_they_try(tmp_path: Path) -> None:
    async with asked(tmp_path / "db", requested_by=("ana",)) as question:
        said = await asyncio.gather(*(question.says(ANA, Answer.YES) for _ in range(4)))
        assert set(said) == {"NotAllowed"}
        assert await question.standing() is Standing.WAITING
        assert await question.says(BEN, Answer.YES) == "taken"
        assert await question.standing() is Standing.GIVEN


@pytest.mark.promise("ACT-4")
async def test_a_plan_that_was_edited_on_file_is_not_the_approved_one(tmp_path: Path) -> None:
    """Whoever changes one argument of a step in the database has made another plan, which nobody approved."""
    async with asked(tmp_path / "db") as question:
        await question.says(ANA, Answer.YES)
        with sqlite3.connect(tmp_path / "db") as forger:
            (body,) = forger.execute("SELECT body FROM plans").fetchone()
            forger.execute("UPDATE plans SET body = ?", (str(body).replace("checkout", "orders"),))
        forger.close()
        with pytest.raises(NotFound):
            await question.record()
        (edited,) = await question.place.parts.archive.plans(question.made.incident_id)
        assert edited.plan.digest != question.made.digest
        now = question.place.parts.clock.now()
        given = consent(edited.plan.digest, edited.ruling, edited.approvals, now=now)
        assert given.standing is Standing.DENIED


@pytest.mark.promise("ACT-20")
async def test_a_yes_ends_at_the_very_moment_it_runs_out(tmp_path: Path) -> None:
    async with asked(tmp_path / "db") as question:
        await question.says(ANA, Answer.YES)
        record = await question.record()
        ends = record.approvals[0].expires_at
        at = {
            moment: consent(question.made.digest, record.ruling, record.approvals, now=moment).standing
            for moment in (ends - timedelta(microseconds=1), ends)
        }
        assert list(at.values()) == [Standing.GIVEN, Standing.WAITING]


async def running(question: Asked) -> Run:
    """A runner that has just been given the incident."""
    parts, leases = question.place.parts, SqlLeases(question.place.store)
    lease = await leases.acquire(question.made.incident_id, "runner", term=timedelta(seconds=60))
    assert lease is not None
    stores = SimpleNamespace(ledger=parts.ledger, archive=parts.archive, leases=leases, clock=parts.clock)
    return run_of(stores, question.made.incident_id, toolbox=None, lease=lambda: lease)
