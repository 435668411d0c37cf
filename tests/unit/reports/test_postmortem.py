"""The draft tells what is on file and nothing else, and text from outside stays text."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from sre_agent.domain.diagnosis import Change
from sre_agent.domain.ids import Digest
from sre_agent.domain.incident import Incident, Outcome, Status
from sre_agent.domain.journal import GENESIS, JournalDraft, JournalEntry, Kind
from sre_agent.domain.plan import Plan, StepState
from sre_agent.reports.markdown import as_markdown, escaped
from sre_agent.reports.postmortem import Case, ReportedPlan, postmortem
from tests.contracts.store_examples import (
    CART,
    FIRST,
    NOW,
    alert,
    approval,
    entry,
    filed,
    hypothesis,
    incident,
    plan,
    ruling,
    step_record,
    verification,
)

HOSTILE = "<script>alert(1)</script> [click](http://evil) | # heading\n- [x] done `rm`"


def journalled(seq: int, kind: Kind, text: str, *, after: int = 0) -> JournalEntry:
    draft: JournalDraft = entry(f"k{seq}", at=NOW + timedelta(seconds=after), text=text)
    known = draft.model_dump() | {"kind": kind}
    return JournalEntry(
        **known, incident_id=FIRST, seq=seq, position=seq, previous=GENESIS, hash=Digest("b" * 64)
    )


def resolved(**fields: object) -> Incident:
    known = {
        "status": Status.RESOLVED,
        "outcome": Outcome.RECOVERED,
        "cause": "bad_deploy",
        "cause_entity": CART,
        "confidence": 0.9,
        "summary": "Revision 4 of cart throws. Recovered.",
        "closed_at": NOW + timedelta(minutes=3),
        **fields,
    }
    return incident(**known)


def case(about: Incident | None = None, of: Plan | None = None, **parts: object) -> Case:
    made = of or plan()
    record = ReportedPlan(
        plan=made,
        ruling=ruling(made),
        approvals=(approval(made),),
        steps=(step_record(made, StepState.DONE),),
        verifications=(verification(),),
    )
    journal = (
        journalled(1, Kind.ALERT_RECEIVED, "KubePodCrashLooping fires."),
        journalled(2, Kind.TOOL_CALLED, "k8s.list_events"),
        journalled(3, Kind.DIAGNOSIS_MADE, "Revision 4 of cart throws.", after=2),
        journalled(4, Kind.STEP_DONE, "Rolled back.", after=60),
    )
    known = {
        "incident": about or resolved(),
        "alerts": (filed(alert()),),
        "journal": journal,
        "hypotheses": (hypothesis(),),
        "plans": (record,),
        **parts,
    }
    return Case(**known)  # type: ignore[arg-type]


def test_it_names_cause_evidence_and_who_allowed_what() -> None:
    draft = postmortem(case())
    assert (draft.cause, draft.statement) == ("bad_deploy", "Revision 4 of cart throws.")
    assert [(one.evidence, one.words) for one in draft.quotes] == [("E1", "CrashLoopBackOff")]
    assert [(one.state, one.rule, one.allowed_by) for one in draft.actions] == [("done", "high-risk", "ada")]
    assert draft.proof[0] == "Back to normal."


def test_the_timeline_leaves_tool_calls_to_the_journal_and_names_the_entry() -> None:
    draft = postmortem(case())
    assert [(one.seq, one.text) for one in draft.timeline] == [
        (1, "KubePodCrashLooping fires."),
        (3, "Revision 4 of cart throws."),
        (4, "Rolled back."),
    ]


def test_times_count_from_the_first_alert() -> None:
    moments = postmortem(case()).moments
    assert moments.began == NOW
    assert moments.acted == NOW + timedelta(seconds=60)
    assert moments.ended == NOW + timedelta(minutes=3)
    assert "first action after 1 min 0 s" in as_markdown(postmortem(case()))


def test_an_incident_under_way_has_no_end_and_one_without_a_cause_claims_none() -> None:
    about = resolved(status=Status.INVESTIGATING, cause="", cause_entity=None, confidence=None, summary="")
    draft = postmortem(case(about, hypotheses=(), plans=()))
    assert draft.moments.ended is None
    assert draft.statement == "No root cause was found."
    assert "## Root cause\n\nNo root cause was found." in as_markdown(draft)
    assert "## Actions" not in as_markdown(draft)


def test_a_step_that_was_never_done_is_not_called_done() -> None:
    made = plan()
    record = ReportedPlan(plan=made, ruling=None, approvals=(), steps=(), verifications=())
    (action,) = postmortem(case(plans=(record,))).actions
    assert (action.state, action.rule) == ("not done", "")


def test_what_a_person_must_do_and_what_was_not_seen_are_follow_ups() -> None:
    made = plan()
    manual = made.steps[0].model_copy(update={"call": None, "statement": "Renew the certificate."})
    by_hand = made.model_copy(update={"steps": (manual,)})
    record = ReportedPlan(plan=by_hand, ruling=None, approvals=(), steps=(), verifications=())
    unseen = journalled(5, Kind.UNKNOWN_NOTED, "loki: not set up")
    draft = postmortem(case(plans=(record,), journal=(unseen,)))
    assert "For a person: Renew the certificate." in draft.follow_ups
    assert "Could not be seen: loki: not set up" in draft.follow_ups
    assert any("runbook" in one for one in draft.follow_ups)


@pytest.mark.promise("HELP-3")
def test_what_a_model_suggested_is_told_as_what_it_is() -> None:
    entity = {"kind": "Deployment", "namespace": "shop", "name": "cart"}
    stands = "suggested by the model, not shown by evidence"
    told = {"cause": "memory_leak", "entity": entity, "evidence": ["E1"], "why": "it grows", "stands": stands}
    made = journalled(5, Kind.DIAGNOSIS_MADE, "insufficient evidence")
    made = made.model_copy(update={"body": {"suggested": [told, "nonsense", {"entity": 4}]}})
    draft = postmortem(case(journal=(made,)))
    asks = f"For a person to look into: memory_leak of Deployment shop/cart, {stands} (it grows)"
    assert [one for one in draft.follow_ups if "look into" in one] == [asks]
    assert "memory_leak" not in f"{draft.statement} {draft.cause} {draft.ruled_out} {draft.summary}"


def test_a_guilty_release_is_named_for_review() -> None:
    change = Change(at=NOW, kind="deploy", revision="abc1234", title="Round totals")
    found = hypothesis().model_copy(update={"change": change})
    assert any("Round totals" in one for one in postmortem(case(hypotheses=(found,))).follow_ups)


@pytest.mark.promise("SEE-7")
def test_text_from_outside_cannot_become_markup() -> None:
    entries = (journalled(1, Kind.ALERT_RECEIVED, HOSTILE),)
    text = as_markdown(postmortem(case(resolved(title=HOSTILE, summary=HOSTILE), journal=entries)))
    assert "<script>" not in text
    assert re.search(r"(?<!\\)\]\(http", text) is None
    assert "\n- [x]" not in text
    assert all(line.count("# heading") == 0 or "\\# heading" in line for line in text.splitlines())


def test_one_line_stays_one_line() -> None:
    assert escaped("a\n\n# b\x1b[31m") == "a \\# b\\[31m"
