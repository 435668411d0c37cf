"""Small true-to-life values for the suites of the stores."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sre_agent.domain.alert import Alert, AlertStatus, FiledAlert, Severity
from sre_agent.domain.diagnosis import Hypothesis, Layer
from sre_agent.domain.entity import EntityRef
from sre_agent.domain.evidence import Citation, Window
from sre_agent.domain.frozen import JsonObject
from sre_agent.domain.ids import Digest, IncidentId, JournalKey, StepKey
from sre_agent.domain.incident import Incident, Origin, Status
from sre_agent.domain.journal import JournalDraft, Kind
from sre_agent.domain.law import Actor, Answer, Approval, Judgement, Role, Ruling, Verdict
from sre_agent.domain.plan import Call, Ground, Plan, Risk, Step, StepRecord, StepState, Undo
from sre_agent.domain.verification import Check, Recovery, Verification
from sre_agent.domain.work import JobDraft, JobKind
from sre_agent.ports.ledger import ChangeSet, Desk, KeptAnswer, Placement
from sre_agent.testing.clock import A_TUESDAY_MORNING

NOW = A_TUESDAY_MORNING
CART = EntityRef(kind="Deployment", name="cart", namespace="shop", cluster="lab")
FIRST = IncidentId("inc_0000000000000001")
SECOND = IncidentId("inc_0000000000000002")

Place = Callable[[Desk, Sequence[Alert]], Placement]


def alert(name: str = "f1", *, status: AlertStatus = AlertStatus.FIRING, at: datetime = NOW) -> Alert:
    return Alert(
        fingerprint=name,
        status=status,
        labels={"alertname": "KubePodCrashLooping", "namespace": "shop", "pod": f"cart-{name}"},
        annotations={"summary": "cart crashes"},
        starts_at=at,
        ends_at=at + timedelta(minutes=5) if status is AlertStatus.RESOLVED else None,
        generator_url="http://prometheus/graph?g0.expr=up",
    )


def filed(
    one: Alert, incident_id: IncidentId | None = FIRST, *, at: datetime = NOW, because: str = ""
) -> FiledAlert:
    return FiledAlert(
        alert=one,
        severity=Severity.CRITICAL,
        entity=CART,
        incident_id=incident_id,
        grouped_by="same-object" if incident_id else "",
        not_investigated_because=because,
        received_at=at,
    )


def incident(incident_id: IncidentId = FIRST, *, at: datetime = NOW, **fields: object) -> Incident:
    return Incident.model_validate(
        {
            "id": incident_id,
            "title": "KubePodCrashLooping on Deployment shop/cart",
            "status": Status.OPEN,
            "origin": Origin.ALERT,
            "severity": Severity.CRITICAL,
            "entity": CART,
            "namespace": "shop",
            "cluster": "lab",
            "group_key": "lab|shop/cart",
            "opened_at": at,
            "updated_at": at,
            **fields,
        }
    )


def entry(key: str, *, at: datetime = NOW, text: str = "something happened", **body: object) -> JournalDraft:
    return JournalDraft.model_validate(
        {
            "key": JournalKey(key),
            "kind": Kind.NOTE_ADDED,
            "actor": "sre-agent",
            "text": text,
            "body": body,
            "at": at,
        }
    )


def change(*keys: str, incident_id: IncidentId = FIRST, at: datetime = NOW, **parts: object) -> ChangeSet:
    entries = tuple(entry(key, at=at) for key in keys)
    return ChangeSet.model_validate({"incident_id": incident_id, "at": at, "entries": entries, **parts})


def job(
    lock: str = FIRST,
    *,
    at: datetime = NOW,
    priority: int = 100,
    kind: JobKind = JobKind.INVESTIGATE,
) -> JobDraft:
    return JobDraft(kind=kind, lock=lock, incident_id=IncidentId(lock), run_at=at, priority=priority)


def plan(attempt: int = 1, *, incident_id: IncidentId = FIRST) -> Plan:
    call = Call(server="k8s", tool="rollout_undo", arguments={"name": "cart", "namespace": "shop"})
    step = Step(
        index=0,
        action="rollback",
        call=call,
        target=CART,
        statement="Roll cart back to revision 3.",
        risk=Risk.HIGH,
        undo=Undo(call=call, statement="Roll cart forward again."),
        ground=Ground(uid="u-1", generation=4, fields={"/spec/replicas": 2, "/x": [1.5, None]}),
        verified_by=("the alert is quiet",),
        key=StepKey(f"step-{attempt}"),
    )
    return Plan(
        incident_id=incident_id, attempt=attempt, cause="bad_deploy", entity=CART, steps=(step,), made_at=NOW
    )


def ruling(about: Plan, verdict: Verdict = Verdict.NEEDS_APPROVAL) -> Ruling:
    judgement = Judgement(step=0, verdict=verdict, rule="high-risk", sentence="A person must agree.")
    return Ruling(
        plan_digest=about.digest, law_digest=Digest("a" * 64), verdict=verdict, judgements=(judgement,)
    )


def approval(about: Plan, *, at: datetime = NOW, by: str = "ada") -> Approval:
    return Approval(
        incident_id=about.incident_id,
        plan_digest=about.digest,
        answer=Answer.YES,
        by=Actor(name=by, role=Role.APPROVER),
        reason="looks right",
        at=at,
        expires_at=at + timedelta(hours=1),
    )


def step_record(about: Plan, state: StepState = StepState.INTENDED, *, fence: int = 1) -> StepRecord:
    return StepRecord(
        incident_id=about.incident_id,
        plan_digest=about.digest,
        index=0,
        key=about.steps[0].key,
        state=state,
        fence=fence,
        at=NOW,
        result={"changed": True, "after": {"/spec/replicas": 3}} if state is StepState.DONE else {},
    )


def verification(recovery: Recovery = Recovery.RECOVERED, *, at: datetime = NOW) -> Verification:
    check = Check(name="alert", passed=True, sentence="It is quiet.", query="up", numbers={"n": 3, "p": 0.5})
    return Verification(recovery=recovery, checks=(check,), at=at, summary="Back to normal.")


def hypothesis(rank: int = 1, cause: str = "bad_deploy") -> Hypothesis:
    return Hypothesis(
        rank=rank,
        cause=cause,
        layer=Layer.RUNTIME,
        entity=CART,
        confidence=0.9 / rank,
        statement="Revision 4 of cart throws.",
        evidence=(Citation(id="E1", source="k8s", excerpt="CrashLoopBackOff"),),
    )


def answer(body: JsonObject | None = None, *, at: datetime = NOW) -> KeptAnswer:
    return KeptAnswer(
        server="k8s",
        tool="list_events",
        arguments={"namespace": "shop", "limit": 500},
        window=Window(start=at - timedelta(hours=1), end=at),
        excerpt="Back-off restarting failed container",
        body=body if body is not None else {"items": [{"reason": "BackOff", "count": 7}]},
        taken_at=at,
        turn=1,
    )


def into(incident_id: IncidentId = FIRST) -> Place:
    """A placement rule: everything new goes into this incident, which is opened where it is not open."""

    def place(desk: Desk, alerts: Sequence[Alert]) -> Placement:
        is_open = any(each.incident.id == incident_id for each in desk.open_incidents)
        names = {(each.alert.fingerprint, each.alert.starts_at, each.alert.status) for each in desk.known}
        news = [each for each in alerts if (each.fingerprint, each.starts_at, each.status) not in names]
        entries = tuple(entry(f"alert:{each.fingerprint}:{each.status}", at=desk.now) for each in news)
        jobs = () if is_open else (job(incident_id, at=desk.now),)
        change = ChangeSet(incident_id=incident_id, at=desk.now, entries=entries, jobs=jobs)
        return Placement(
            filed=tuple(filed(each, incident_id, at=desk.now) for each in news),
            opened=() if is_open or not news else (incident(incident_id, at=desk.now),),
            changes=(change,) if news else (),
        )

    return place


def left_alone(because: str) -> Place:
    return lambda desk, alerts: Placement(
        filed=tuple(filed(each, None, at=desk.now, because=because) for each in alerts)
    )
