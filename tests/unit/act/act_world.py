"""A world that counts every effect, a stage with all ports, and a wire that can cut any of them."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sre_agent.act.executor import executor
from sre_agent.act.rollback import rollback
from sre_agent.agent_state import Notebook
from sre_agent.domain.alert import Alert, FiledAlert, Severity
from sre_agent.domain.diagnosis import Hypothesis, Layer
from sre_agent.domain.entity import EntityRef
from sre_agent.domain.frozen import JsonObject
from sre_agent.domain.ids import Digest, IncidentId, JournalKey, StepKey
from sre_agent.domain.incident import Incident, Origin, Status
from sre_agent.domain.journal import JournalDraft, Kind
from sre_agent.domain.law import Actor, Answer, Approval, Judgement, PlanFacts, Role, Ruling, Verdict
from sre_agent.domain.plan import Call, Ground, Plan, Risk, Step, StepRecord, Undo
from sre_agent.domain.work import Lease
from sre_agent.graph_routes import after_executor, after_rollback
from sre_agent.ports.ledger import ChangeSet
from sre_agent.ports.run import Limits, Run
from sre_agent.ports.toolbox import Right, ServerState, ToolAnswer, ToolInfo
from sre_agent.testing.archive import MemoryArchive
from sre_agent.testing.bulletin import MemoryBulletin
from sre_agent.testing.clock import HandClock
from sre_agent.testing.grants import ReadableGrants
from sre_agent.testing.leases import MemoryLeases
from sre_agent.testing.ledger import MemoryLedger
from sre_agent.testing.store import MemoryStore

INCIDENT = IncidentId("inc_0000000000000001")
TARGET = EntityRef(kind="Deployment", name="checkout", namespace="shop")
TERM = timedelta(minutes=10)
NEVER = Digest("0" * 64)
WORKERS = {"executor": executor, "rollback": rollback}


class Crash(BaseException):
    """The process is gone; nothing after this line ran."""


@dataclass
class Wire:
    """Counts every input and output, before and after it happens, and cuts at the chosen ones."""

    cuts: frozenset[int] = frozenset()
    count: int = 0
    meets: dict[int, Callable[[], None]] = field(default_factory=dict)
    """What somebody else does at which input or output."""

    def arm(self, *cuts: int) -> None:
        """Count from here, and cut there."""
        self.count, self.cuts = 0, frozenset(cuts)

    def pulse(self) -> None:
        self.count += 1
        if meeting := self.meets.pop(self.count, None):
            meeting()
        if self.count in self.cuts:
            raise Crash


class Wired:
    """A port behind the wire."""

    def __init__(self, port: Any, wire: Wire) -> None:
        self._port, self._wire = port, wire

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)
        if not inspect.iscoroutinefunction(method):
            return method

        async def wired(*args: Any, **kwargs: Any) -> Any:
            self._wire.pulse()
            answer = await method(*args, **kwargs)
            self._wire.pulse()
            return answer

        return wired


@dataclass
class World:
    """The hands' side: every write that arrives is an effect, also the second one under the same key."""

    effects: list[tuple[str, str]] = field(default_factory=list)
    """(tool, key) in the order of arrival."""
    state: JsonObject = field(default_factory=dict)
    refuses: dict[str, Exception] = field(default_factory=dict)
    """Tool → what it answers instead of writing."""
    swallows: dict[str, list[Exception]] = field(default_factory=dict)
    """Tool → what is heard although the write arrived, once each."""
    drops: dict[str, list[Exception]] = field(default_factory=dict)
    """Tool → what is heard while the write did not arrive, once each."""
    open_questions: int = 0
    """How often `step_state` cannot tell yet."""
    grounds: dict[str, JsonObject] = field(default_factory=dict)
    previews_fail: Exception | None = None
    labels: JsonObject = field(default_factory=dict)
    object: JsonObject = field(default_factory=dict)
    """What `get_object` tells besides the labels."""
    reads: dict[str, JsonObject | Exception] = field(default_factory=dict)
    """Other read tool → what it answers or raises; nothing where it is not here."""
    rights: list[Right] = field(default_factory=list)
    clock: HandClock = field(default_factory=HandClock)

    async def call(self, call: Call, *, limit: timedelta, right: Right | None = None) -> ToolAnswer:
        if right is not None:
            content = self._write(call, right)
        elif call.tool == "step_state":
            content = self._step_state(str(call.arguments["key"]))
        elif call.tool.startswith("preview_"):
            if self.previews_fail is not None:
                raise self.previews_fail
            content = {"ground": self.grounds.get(call.tool, {})}
        elif call.tool == "get_object":
            content = {"object": {"metadata": {"labels": dict(self.labels)}, **self.object}}
        else:
            content = self._read(call.tool)
        return ToolAnswer(content=content, taken_at=self.clock.now(), took=timedelta())

    def _read(self, tool: str) -> JsonObject:
        told = self.reads.get(tool, {})
        if isinstance(told, Exception):
            raise told
        return told

    def _write(self, call: Call, right: Right) -> JsonObject:
        if call.tool in self.refuses:
            raise self.refuses[call.tool]
        if self.drops.get(call.tool):
            raise self.drops[call.tool].pop(0)
        self.rights.append(right)
        self.effects.append((call.tool, right.key))
        if self.swallows.get(call.tool):
            raise self.swallows[call.tool].pop(0)
        return self._result(right.key)

    def _step_state(self, key: str) -> JsonObject:
        if self.open_questions:
            self.open_questions -= 1
            return {"state": "unknown", "why": "it may be under way", "result": None}
        if any(key == done for _, done in self.effects):
            return {"state": "done", "why": "its key is there", "result": self._result(key)}
        return {"state": "not_done", "why": "its key is nowhere", "result": None}

    def _result(self, key: str) -> JsonObject:
        undo: JsonObject = {"tool": f"undo_{key}", "arguments": {"of": key}, "statement": f"undo {key}"}
        return {"changed": True, "diff": f"+ {key}", "undo": undo, "key": key, "already_done": False}

    async def tools(self) -> tuple[ToolInfo, ...]:
        return ()

    def servers(self) -> tuple[ServerState, ...]:
        return ()

    @property
    def keys(self) -> list[str]:
        return [key for _, key in self.effects]


@dataclass
class Stage:
    """One incident, one plan, and everything a node holds in its hands."""

    plan: Plan
    world: World = field(default_factory=World)
    wire: Wire = field(default_factory=Wire)
    undos: Verdict = Verdict.ALLOWED
    limits: Limits = field(default_factory=Limits)
    clock: HandClock = field(init=False)
    store: MemoryStore = field(init=False)
    archive: MemoryArchive = field(init=False)
    ledger: MemoryLedger = field(init=False)
    leases: MemoryLeases = field(init=False)
    grants: ReadableGrants = field(default_factory=ReadableGrants)
    facts: list[PlanFacts] = field(default_factory=list)
    verdict: Verdict = Verdict.NEEDS_APPROVAL
    approval_hours: float = 10
    people: int = 1
    """How many different people the law asks for."""

    def __post_init__(self) -> None:
        self.clock = self.world.clock
        self.store = MemoryStore(self.clock)
        self.archive, self.leases = MemoryArchive(self.store), MemoryLeases(self.store)
        self.ledger = MemoryLedger(self.store, MemoryBulletin())

    async def set(self, *, approved: bool = True, ruling: bool = True, alerts: tuple[Alert, ...] = ()) -> Run:
        """File the incident, its plan, the ruling and the approval; take the lease."""
        now = self.clock.now()
        await self.ledger.open(_incident(now), ChangeSet(incident_id=INCIDENT, at=now))
        for alert in alerts:
            filed = FiledAlert(
                alert=alert, severity=Severity.CRITICAL, entity=TARGET, incident_id=INCIDENT,
                grouped_by="first", received_at=now,
            )  # fmt: skip
            self.store.state.alerts[alert.fingerprint, alert.starts_at] = filed
        hypothesis = Hypothesis(
            rank=1, cause="bad_config", layer=Layer.RUNTIME, entity=TARGET, confidence=0.9, statement="s"
        )
        await self.write(plan=self.plan, hypotheses=(hypothesis,))
        if ruling:
            await self.write(ruling=self.judge(self.plan, facts_now(self.clock)))
        if approved:
            await self.answer(hours=self.approval_hours)
        return await self.take_over("runner-1")

    async def write(self, **parts: Any) -> None:
        await self.ledger.write(ChangeSet(incident_id=INCIDENT, at=self.clock.now(), **parts))

    async def answer(self, says: Answer = Answer.YES, *, by: str = "ana", hours: float = 10) -> None:
        now = self.clock.now()
        await self.write(
            approval=Approval(
                incident_id=INCIDENT, plan_digest=self.plan.digest, answer=says,
                by=Actor(name=by, role=Role.APPROVER), reason=f"{by} says so", at=now,
                expires_at=now + timedelta(hours=hours),
            ),
            entries=(JournalDraft(key=JournalKey(f"answer {by} {now}"), kind=Kind.APPROVAL_ANSWERED,
                                  actor=by, text=says.value, at=now),),
        )  # fmt: skip

    def judge(self, plan: Plan, facts: PlanFacts) -> Ruling:
        """A law that asks about steps and says of undos what the stage is set to."""
        self.facts.append(facts)
        verdict = self.undos if facts.asked_by == "rollback" else self.verdict
        judgements = tuple(
            Judgement(
                step=step.index,
                verdict=verdict,
                rule="r",
                sentence="s.",
                roles=("approver",),
                people=self.people,
            )
            for step in plan.steps
            if step.call is not None
        )
        return Ruling(
            plan_digest=plan.digest, law_digest=NEVER, verdict=verdict, judgements=judgements,
            approval_expires_after_seconds=1000 * 3600,
        )  # fmt: skip

    async def take_over(self, owner: str) -> Run:
        """The lease of whoever crashed runs out, and a new runner takes the incident."""
        held = self.store.state.leases.get(INCIDENT)
        if held is not None and held.expires_at > self.clock.now():
            self.clock.advance(held.expires_at - self.clock.now())
        lease = await self.leases.acquire(INCIDENT, owner, term=TERM)
        assert lease is not None
        return self.run(lease)

    def run(self, lease: Lease) -> Run:
        ports = [Wired(each, self.wire) for each in (self.world, self.ledger, self.archive, self.leases)]
        toolbox, ledger, archive, leases = ports
        return Run(
            incident_id=INCIDENT, toolbox=toolbox, ledger=ledger, archive=archive, leases=leases,
            grants=self.grants, clock=self.clock, law=self, limits=self.limits, cluster="lab",
            lease=lambda: lease,
        )  # fmt: skip

    @property
    def records(self) -> dict[int, StepRecord]:
        found = self.store.state.steps.items()
        return {index: record for (_, digest, index), record in found if digest == self.plan.digest}

    @property
    def states(self) -> dict[int, str]:
        return {index: record.state.value for index, record in self.records.items()}

    def entries(self, *kinds: Kind) -> list[str]:
        return [entry.key for entry in self.store.state.journal if not kinds or entry.kind in kinds]

    def texts(self, kind: Kind) -> list[str]:
        return [entry.text for entry in self.store.state.journal if entry.kind is kind]

    @property
    def status(self) -> Status:
        return self.store.state.incidents[INCIDENT].status


@dataclass(frozen=True)
class End:
    """Where a drive came to, and with what notebook."""

    at: str
    state: Notebook

    @property
    def outcome(self) -> object:
        return (self.state.get("ending") or {}).get("outcome")

    @property
    def summary(self) -> str:
        return str((self.state.get("ending") or {}).get("summary", ""))


async def drive(stage: Stage, run: Run, state: Notebook | None = None, *, node: str = "executor") -> End:
    """Follow the graph's own signposts through executor and rollback; a crash loses the node's notes only."""
    notes: Notebook = {"plan_digest": stage.plan.digest, "approved": True, **(state or {})}  # type: ignore[typeddict-item]
    for _ in range(200):
        if node not in WORKERS:
            return End(node, notes)
        worker: Callable[[Notebook, Run], Awaitable[Notebook]] = WORKERS[node]
        try:
            notes = {**notes, **await worker(notes, run)}  # type: ignore[typeddict-item]
        except Crash:
            run = await stage.take_over(f"runner-{stage.wire.count}")
            continue
        node = after_executor(notes) if node == "executor" else after_rollback(notes)
    raise AssertionError("it never ends")


def facts_now(clock: HandClock) -> PlanFacts:
    return PlanFacts(now=clock.now(), confidence=0.9, severity="critical")


def _incident(now: Any) -> Incident:
    return Incident(
        id=INCIDENT, title="t", status=Status.INVESTIGATING, origin=Origin.ALERT, severity=Severity.CRITICAL,
        entity=TARGET, namespace="shop", opened_at=now, updated_at=now,
    )  # fmt: skip


def step(index: int, *, undo: bool = True, **more: Any) -> Step:
    key = StepKey(f"key-000{index}")
    call = Call(server="k8s", tool=f"tool_{index}", arguments={"n": index, "expect": {"uid": "u"}})
    back = Call(server="k8s", tool=f"planned_undo_{index}", arguments={}) if undo else None
    fields: dict[str, Any] = {
        "index": index, "action": f"action_{index}", "call": call, "target": TARGET,
        "statement": f"Step {index}.", "risk": Risk.LOW, "undo": Undo(call=back, statement="as before"),
        "key": key, "ground": Ground(uid="u", generation=1, fields={"/spec/n": index}),
    }  # fmt: skip
    return Step(**(fields | more))


def plan_of(*steps: Step, attempt: int = 1) -> Plan:
    return Plan(
        incident_id=INCIDENT, attempt=attempt, cause="bad_config", entity=TARGET, steps=steps,
        made_at=HandClock().now(),
    )  # fmt: skip
