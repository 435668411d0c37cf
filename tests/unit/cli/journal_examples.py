"""Entries of an incident's journal as the rooms write them, for the tests of what people see."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sre_agent.domain.diagnosis import ChainLink, Diagnosis, DiagnosisOutcome, Hypothesis, Layer
from sre_agent.domain.entity import EntityRef
from sre_agent.domain.evidence import Citation, Unknown
from sre_agent.domain.ids import Digest, IncidentId, JournalKey, StepKey
from sre_agent.domain.journal import GENESIS, JournalEntry, Kind
from sre_agent.domain.law import Judgement, Verdict
from sre_agent.domain.plan import BlastRadius, Call, Risk, Step, Undo
from sre_agent.domain.verification import Check, Recovery, Verification

START = datetime(2026, 3, 3, 9, 30, tzinfo=UTC)
INCIDENT = IncidentId("inc_1kjsggve02b9yzpx")
TARGET = EntityRef(kind="Deployment", name="checkout", namespace="shop")


def entry(
    kind: Kind, text: str = "", *, seq: int = 1, after: float = 0.0, actor: str = "test", **body: object
) -> JournalEntry:
    return JournalEntry.model_validate(
        {
            "incident_id": INCIDENT,
            "seq": seq,
            "position": seq,
            "key": JournalKey(f"k{seq}"),
            "kind": kind,
            "actor": actor,
            "text": text,
            "body": body,
            "at": START + timedelta(seconds=after),
            "previous": GENESIS,
            "hash": Digest("1" * 64),
        }
    )


def hypothesis(confidence: float, **more: object) -> Hypothesis:
    return Hypothesis.model_validate(
        {
            "rank": 1,
            "cause": "bad_deploy",
            "layer": Layer.BUSINESS_LOGIC,
            "entity": TARGET,
            "confidence": confidence,
            "statement": "The new release throws.",
            "evidence": (Citation(id="E3", source="k8s", excerpt="NullPointerException at Cart.java:7"),),
            **more,
        }
    )


def step(**more: object) -> Step:
    return Step.model_validate(
        {
            "index": 0,
            "action": "rollout_undo",
            "call": Call(server="k8s", tool="rollout_undo", arguments={}),
            "target": TARGET,
            "statement": "Roll Deployment shop/checkout back to revision 4.",
            "risk": Risk.HIGH,
            "undo": Undo(call=None, statement="roll forward to revision 5"),
            "blast_radius": BlastRadius(pods=3),
            "diff": "--- now\n+++ then\n@@ -1 +1 @@\n-image: checkout:bad\n+image: checkout:good",
            "key": StepKey("k"),
            **more,
        }
    )


def diagnosis() -> JournalEntry:
    made = Diagnosis(
        outcome=DiagnosisOutcome.ROOT_CAUSE,
        chain=(
            ChainLink(role="symptom", text="checkout answers 500"),
            ChainLink(role="cause", text="release 5 throws"),
        ),
        unknowns=(Unknown(what="loki", why="LOKI_URL is not set", would_have_told="the stack traces"),),
    )
    body = made.model_dump(mode="json", exclude={"hypotheses", "next_questions"})
    body["root"] = hypothesis(0.93).model_dump(mode="json")
    return entry(Kind.DIAGNOSIS_MADE, "The new release throws.", **body)


def verdict() -> JournalEntry:
    judgement = Judgement(
        step=0, verdict=Verdict.NEEDS_APPROVAL, rule="high-risk", sentence="High risk asks first."
    )
    body = {**judgement.model_dump(mode="json"), "plan_digest": "0" * 64, "law_digest": "1" * 64}
    return entry(Kind.VERDICT_GIVEN, "Needs approval: …", **body)


def verification() -> JournalEntry:
    made = Verification(
        recovery=Recovery.RECOVERED,
        checks=(
            Check(name="alert", passed=True, sentence="The alert is quiet.", numbers={"for_seconds": 62.5}),
            Check(
                name="errors of checkout",
                passed=False,
                sentence="Errors are high.",
                numbers={
                    "before": 0.001,
                    "after": 0.123456,
                    "lower": 0.1,
                    "upper": 0.14,
                    "margin": 0.01,
                    "unit": "share",
                },
            ),
            Check(name="logs", passed=None, sentence="Nobody could look."),
        ),
        at=START,
        summary="It recovered.",
    )
    return entry(Kind.VERIFICATION_MADE, "It recovered.", **made.model_dump(mode="json"))
