"""One incident from its alert to its end, in as many lives of the process as it takes."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable
from copy import copy
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from sre_agent.act.ticketing import ticket_plan
from sre_agent.api import answers
from sre_agent.domain.ids import IncidentId, StepKey
from sre_agent.domain.incident import Incident, Status
from sre_agent.domain.journal import GENESIS, JournalDraft, JournalEntry, Kind, chained
from sre_agent.domain.law import Actor, Answer, Role, Verdict
from sre_agent.domain.plan import Call, StepState
from sre_agent.domain.work import Lease
from sre_agent.errors import Conflict, GrantRefused
from sre_agent.graph_builder import Graph, build_graph
from sre_agent.graph_runner import GraphRunner
from sre_agent.intake.question import Asked, investigation_of
from sre_agent.intake.receive import receive
from sre_agent.intake.settings import IntakeSettings
from sre_agent.policy.reading import LawFile
from sre_agent.policy_engine import PolicyEngine
from sre_agent.ports.ledger import ChangeSet
from sre_agent.ports.run import Limits, Run
from sre_agent.ports.toolbox import Right
from sre_agent.testing.archive import MemoryArchive
from sre_agent.testing.bulletin import MemoryBulletin
from sre_agent.testing.grants import ReadableGrants
from sre_agent.testing.jobs import MemoryJobs
from sre_agent.testing.leases import MemoryLeases
from sre_agent.testing.ledger import MemoryLedger
from sre_agent.testing.model import ScriptedModel
from sre_agent.testing.store import MemoryStore
from sre_agent.tool_belt import ToolBelt
from tests.scenarios.lives import Death, Life, Shelf, Wired, WiredCheckpoints
from tests.scenarios.signals import URL
from tests.scenarios.town import Town
from tests.scenarios.virtual import LoopClock
from tests.worlds import ONSET, stamp

LAW = Path(__file__).parents[2] / "sre_agent" / "config" / "policies.yaml"
BELT = LAW.with_name("agent_config.yaml")
LIMITS = Limits(
    question_time=timedelta(seconds=20),
    tool_time=timedelta(seconds=4),
    baseline=timedelta(seconds=100),
    rate_window=timedelta(seconds=20),
    settle=timedelta(seconds=8),
    verify_time=timedelta(seconds=24),
    approval_time=timedelta(minutes=20),
)
LONGEST = timedelta(hours=2)
ANA = Actor(name="ana", role=Role.APPROVER)
TOLD_ALIKE = (
    Kind.INCIDENT_OPENED, Kind.ALERT_RECEIVED, Kind.ALERT_RESOLVED, Kind.DIAGNOSIS_MADE, Kind.PLAN_MADE,
    Kind.VERDICT_GIVEN, Kind.APPROVAL_ASKED, Kind.APPROVAL_ANSWERED, Kind.APPROVAL_STALE, Kind.STEP_DONE,
    Kind.STEP_UNDONE, Kind.VERIFICATION_MADE, Kind.ESCALATED, Kind.INCIDENT_ENDED,
)  # fmt: skip
"""Kinds of which a journal has as many entries as if nobody had died."""


@cache
def graph() -> Graph:
    """Compiled once; every life works on a copy with its own way to the checkpoints."""
    return build_graph()


@cache
def law() -> PolicyEngine:
    return PolicyEngine.read([LawFile(str(LAW), LAW.read_text(encoding="utf-8"))])


@cache
def belt() -> ToolBelt:
    return ToolBelt.read(BELT.read_text(encoding="utf-8"), BELT.name)


@dataclass
class Stage:
    """What outlives the process: stores, checkpoints, the town, and the people."""

    town: Town
    clock: LoopClock
    limits: Limits = LIMITS
    model: ScriptedModel | None = None
    under: PolicyEngine = field(default_factory=law)
    incident_id: IncidentId = field(default=IncidentId(""))
    violations: list[str] = field(default_factory=list)
    people: list[asyncio.Task[None]] = field(default_factory=list)
    lives: int = 0
    runs: list[Run] = field(default_factory=list)
    let_go: set[int] = field(default_factory=set)
    """Fences whose lease was given back before it ran out: what was on the wire may land until the next begins."""

    def __post_init__(self) -> None:
        self.store = MemoryStore(self.clock)
        self.archive, self.leases = MemoryArchive(self.store), MemoryLeases(self.store)
        self.ledger, self.jobs = MemoryLedger(self.store, MemoryBulletin()), MemoryJobs(self.store)
        self.grants, self.shelf = ReadableGrants(), Shelf()
        self.town.guard = self._guard

    # --- the process

    def runner(self, life: Life, owner: str) -> GraphRunner:
        def run_for(incident_id: IncidentId, lease: Callable[[], Lease]) -> Run:
            wired: dict[str, Any] = {
                name: Wired(port, life, name)
                for name, port in (
                    ("toolbox", self.town), ("ledger", self.ledger), ("archive", self.archive), ("leases", self.leases),
                )
            }  # fmt: skip
            if self.model is not None:
                wired["model"] = Wired(self.model, life, "model")
            run = Run(
                incident_id=incident_id, grants=self.grants, clock=self.clock, law=self.under, limits=self.limits,
                cluster="lab", lease=lease, belt=belt(), **wired,
            )  # fmt: skip
            self.runs.append(run)
            return run

        jobs: Any = Wired(self.jobs, life, "jobs")
        wired_graph = copy(graph())
        wired_graph.checkpointer = WiredCheckpoints(self.shelf, life)
        return GraphRunner(graph=wired_graph, jobs=jobs, run_for=run_for, owner=owner)

    async def live(self, life: Life) -> bool:
        """Run a process until nothing is left to do; False where it died before."""
        self.lives += 1
        runner, began = self.runner(life, f"runner-{self.lives}"), self.clock.now()
        try:
            while not self.is_over:
                if not (self._is_due() and await runner.work_on_next()):
                    await self.clock.sleep(timedelta(seconds=0.5))
                if self.clock.now() - began > LONGEST:
                    raise AssertionError(f"it never ends: {self.story}")
        except Death:
            await self._bury()
            return False
        return True

    async def _bury(self) -> None:
        """Whatever the dead process still had in hand is gone with it."""
        mine = asyncio.current_task()
        left = [task for task in asyncio.all_tasks() if task is not mine and task not in self.people]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    def _is_due(self) -> bool:
        """Whether a claim would find something: an idle process has no inputs and outputs worth cutting."""
        now = self.clock.now()
        held = [each.held_until for each in self.store.state.jobs.values() if each.held_until is not None]
        due = any(each.run_at <= now for each in self.store.state.jobs.values())
        return due and all(until <= now for until in held)

    @property
    def is_over(self) -> bool:
        return self.incident.status.is_final and not self.store.state.jobs

    # --- people and machines outside

    async def fire(
        self,
        name: str = "HighErrorRate",
        *,
        status: str = "firing",
        says: str = "",
        fingerprint: str = "97dfbc0fab1e0938",
        **labels: str,
    ) -> None:
        """Alertmanager posts one alert; the incident of the stage is the one it opened."""
        told = {"alertname": name, "namespace": "acme", "severity": "critical", **labels}
        alert = {
            "status": status, "labels": told, "annotations": {"summary": f"{name} in acme", "description": says},
            "startsAt": stamp(ONSET), "endsAt": stamp(self.clock.now()) if status == "resolved" else "0001-01-01T00:00:00Z",
            "generatorURL": URL, "fingerprint": fingerprint,
        }  # fmt: skip
        body = {
            "version": "4",
            "status": status,
            "receiver": "sre-agent",
            "groupKey": "{}",
            "truncatedAlerts": 0,
        }
        filed = await receive(
            json.dumps({**body, "alerts": [alert]}).encode(),
            ledger=self.ledger, settings=IntakeSettings(), redact=lambda text: text,
        )  # fmt: skip
        if filed.receipt.opened:
            self.incident_id = filed.receipt.opened[0]

    async def ask(self, question: str, service: str) -> None:
        asked = Asked(question=question, namespace="acme", service=service)
        incident, change = investigation_of(asked, by=ANA, at=self.clock.now(), calls={})
        await self.ledger.open(incident, change)
        self.incident_id = incident.id

    async def answer(self, says: Answer, *, by: Actor = ANA, reason: str = "") -> None:
        """Answer the newest plan, as the API does it."""
        plans = await self.archive.plans(self.incident_id)
        word = answers.Word(by, self.clock.now(), reason)
        say = answers.yes if says is Answer.YES else answers.no
        given = say(self.incident, plans, plans[0].plan.digest, word)
        if given.change is not None:
            await self.ledger.write(given.change)

    async def cancel(self) -> None:
        plans = await self.archive.plans(self.incident_id)
        word = answers.Word(ANA, self.clock.now(), "we are on it ourselves")
        try:
            await self.ledger.write(answers.cancelled(self.incident, plans, word))
        except Conflict:
            return

    async def note(self, **parts: Any) -> None:
        """File something about the incident from outside."""
        await self.ledger.write(ChangeSet(incident_id=self.incident_id, at=self.clock.now(), **parts))

    async def retry(self) -> None:
        word = answers.Word(ANA, self.clock.now())
        await self.ledger.write(answers.tried_again(self.incident, word))

    def employ(self, *work: Awaitable[None]) -> None:
        """People who do their part beside the process, however often it dies."""
        self.people += [asyncio.ensure_future(each) for each in work]

    async def go_home(self) -> None:
        for person in self.people:
            person.cancel()
        await asyncio.gather(*self.people, return_exceptions=True)

    async def until(self, status: Status) -> None:
        while self.incident.status is not status:
            await self.clock.sleep(timedelta(seconds=1))

    # --- what can be seen

    @property
    def incident(self) -> Incident:
        return self.store.state.incidents[self.incident_id]

    @property
    def journal(self) -> list[JournalEntry]:
        return self.store.state.journal_of(self.incident_id)

    def entries(self, *kinds: Kind) -> list[JournalEntry]:
        return [entry for entry in self.journal if entry.kind in kinds]

    @property
    def story(self) -> str:
        return "\n".join(f"{each.at:%H:%M:%S} {each.kind}: {each.text[:200]}" for each in self.journal)

    @property
    def deeds(self) -> list[str]:
        """The tools that wrote, in order."""
        return [effect.tool for effect in self.town.effects]

    @property
    def ending(self) -> dict[str, object]:
        """What must be the same whoever died on the way."""
        incident = self.incident
        told = Counter(entry.kind for entry in self.journal if entry.kind in TOLD_ALIKE)
        return {
            "end": (incident.status, incident.outcome, incident.cause, str(incident.cause_entity)),
            "effects": [(effect.tool, effect.key) for effect in self.town.effects],
            "steps": sorted((key[2], step.state) for key, step in self.store.state.steps.items()),
            "journal": dict(told),
        }

    # --- what must hold whenever somebody writes, and at the end

    def _guard(self, call: Call, right: Right) -> None:
        """The tool server's own checks; and whether this very step may be done now, by what is on file."""
        order = self.grants.orders[int(right.grant.split(":")[0].removeprefix("grant-")) - 1]
        if order.expires_at <= self.clock.now():
            raise GrantRefused("the grant has expired")
        if (order.call, order.key) != (call, right.key):
            raise GrantRefused("the grant is for another call")
        lease = self.store.state.leases[self.incident_id]
        if order.fence != lease.fence and not (order.fence in self.let_go and self._waits(lease.fence)):
            self.violations.append(
                f"{call.tool}: written under fence {order.fence}, the holder has {lease.fence}"
            )
        if not any(
            entry.kind is Kind.STEP_INTENDED and entry.body["key"] == right.key for entry in self.journal
        ):
            self.violations.append(f"{call.tool}: no intent was on file")
        if not right.key.endswith("-undo") and not self._permitted(right.key):
            self.violations.append(f"{call.tool}: neither the law nor a person allowed {right.key}")

    def _waits(self, fence: int) -> bool:
        """Whether the holder of this fence has not begun to write."""
        return all(step.fence != fence for step in self.store.state.steps.values())

    def _permitted(self, key: str) -> bool:
        state = self.store.state
        for (_, digest), plan in state.plans.items():
            if any(step.key == key for step in plan.steps):
                ruling = state.rulings.get((self.incident_id, digest))
                said = [each.answer for each in state.approvals if each.plan_digest == digest]
                asked = ruling is not None and ruling.verdict is Verdict.NEEDS_APPROVAL
                if (ruling is not None and ruling.verdict is Verdict.ALLOWED) or (
                    asked and said == [Answer.YES]
                ):
                    return True
        return any(key == f"{box}-ticket" and self._may_ticket(box) for box in state.mitigations)

    def _may_ticket(self, box: StepKey) -> bool:
        state = self.store.state
        found = state.mitigations[box]
        plan = ticket_plan(state.plans[self.incident_id, found.plan_digest], found)
        return any(
            entry.kind is Kind.APPROVAL_NOT_NEEDED and entry.body["plan_digest"] == plan.digest
            for entry in self.journal
        )

    def check(self) -> None:
        """The promises that hold at every end."""
        assert not self.violations, self.violations
        keys = [effect.key for effect in self.town.effects]
        assert len(keys) == len(set(keys)), f"done twice: {keys}"
        done = {
            step.key if step.state is not StepState.UNDONE else f"{step.key}-undo"
            for step in self.store.state.steps.values()
            if step.state in (StepState.DONE, StepState.UNDONE)
        }
        assert done <= set(keys), f"on file as done, never arrived: {done - set(keys)}"
        self._check_chain()

    def _check_chain(self) -> None:
        names = [entry.key for entry in self.journal]
        assert len(names) == len(set(names)), "an entry stands in the journal twice"
        previous = GENESIS
        for seq, entry in enumerate(self.journal, start=1):
            draft = JournalDraft.model_validate(
                {name: getattr(entry, name) for name in JournalDraft.model_fields}
            )
            assert (entry.seq, entry.previous) == (seq, previous)
            assert entry.hash == chained(entry.incident_id, seq, draft, previous)
            previous = entry.hash
