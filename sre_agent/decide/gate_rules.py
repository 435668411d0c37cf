"""What the policy gate and the approval decide and say; pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from pydantic import JsonValue

from sre_agent.agent_state import JsonMap
from sre_agent.decide.looking import StepLook
from sre_agent.domain.frozen import JsonObject, digest_of
from sre_agent.domain.ids import Digest, JournalKey
from sre_agent.domain.incident import Outcome, Status
from sre_agent.domain.journal import JournalDraft, JournalEntry, Kind
from sre_agent.domain.law import Autonomy, Ruling, Verdict
from sre_agent.domain.plan import Plan, Step
from sre_agent.domain.work import JobDraft, JobKind
from sre_agent.policy.consent import Consent, Standing, requirement

_SHORT: Final = 16


def key_of(plan_digest: Digest, *parts: object) -> JournalKey:
    """The key of an entry about one plan."""
    return JournalKey("/".join(str(part) for part in (plan_digest[:_SHORT], *parts)))


def verdict_entries(plan: Plan, ruling: Ruling, now: datetime) -> tuple[JournalDraft, ...]:
    """One entry for each judged step, and where nobody need be asked, one that names the rules."""
    law = ruling.law_digest[:8]
    given = tuple(
        _draft(
            key_of(plan.digest, "verdict", law, each.verdict.value, each.step),
            Kind.VERDICT_GIVEN,
            f"{_spoken(each.verdict)}: {_step(plan, each.step).statement} {each.sentence}",
            {**each.model_dump(mode="json"), "plan_digest": plan.digest, "law_digest": ruling.law_digest},
            now,
        )
        for each in ruling.judgements
    )
    if ruling.verdict is not Verdict.ALLOWED:
        return given
    rules = ", ".join(dict.fromkeys(each.rule for each in ruling.judgements))
    body: JsonObject = {"plan_digest": plan.digest, "rules": rules}
    text = f"Nobody has to be asked: the law allows every step ({rules})."
    return (*given, _draft(key_of(plan.digest, "not-needed", law), Kind.APPROVAL_NOT_NEEDED, text, body, now))


def _spoken(verdict: Verdict) -> str:
    return verdict.value.replace("_", " ").capitalize()


def denied_ending(plan: Plan, ruling: Ruling) -> JsonMap:
    """How a plan ends that the law forbids, with what a person can still do."""
    if ruling.held_back:
        return _held_back_ending(plan, ruling)
    denied = [each for each in ruling.judgements if each.verdict is Verdict.DENIED]
    why = " ".join(f"{each.sentence} (rule {each.rule})" for each in denied)
    by_hand = "; ".join(_step(plan, each.step).statement for each in denied)
    return ending(
        Outcome.DENIED_BY_POLICY,
        f"The law denies the remediation of {plan.cause} on {plan.entity}. {why} "
        f"A person with the right to do so can carry it out by hand: {by_hand}",
    )


def _held_back_ending(plan: Plan, ruling: Ruling) -> JsonMap:
    """How a plan ends that the level of autonomy alone holds back: it is shown, or only kept for the record."""
    is_shown = ruling.autonomy is Autonomy.SUGGEST
    first = next(each for each in ruling.judgements if each.verdict is Verdict.DENIED)
    steps = " ".join(f"{number}. {step.statement}" for number, step in enumerate(plan.steps, start=1))
    said = "Suggested" if is_shown else "It would have been done"
    return ending(
        Outcome.SUGGESTED if is_shown else Outcome.OBSERVED,
        f"{first.sentence} ({first.rule}) {said} for {plan.cause} on {plan.entity}: {steps}",
    )


def by_hand_ending(plan: Plan) -> JsonMap:
    """How a plan ends that holds no tool call, only words for a person."""
    steps = " ".join(f"{number}. {step.statement}" for number, step in enumerate(plan.steps, start=1))
    return ending(
        Outcome.NO_SAFE_ACTION, f"No safe action for {plan.cause} on {plan.entity}. By hand: {steps}"
    )


def ending(outcome: Outcome, summary: str) -> JsonMap:
    return {"status": Status.ESCALATED.value, "outcome": outcome.value, "summary": summary}


def unanswered_ending(plan: Plan, standing: Consent) -> JsonMap:
    """How a plan ends that nobody with the right role answered in time, or that no ruling permits."""
    if standing.standing is Standing.EXPIRED:
        said = f" ({', '.join(standing.by)} said yes)" if standing.by else ""
        return ending(
            Outcome.APPROVAL_EXPIRED,
            f"The question ran out with {standing.missing} answer(s) missing{said}. "
            "Nothing was done; retry the incident to be asked about a fresh plan.",
        )
    return ending(
        Outcome.DENIED_BY_POLICY, "No standing ruling lets this plan be carried out. Nothing was done."
    )


def demand(ruling: Ruling) -> str:
    """What the law wants before this plan may go on, in words; equal words are equal demands."""
    if ruling.verdict is not Verdict.NEEDS_APPROVAL:
        return ruling.verdict.value
    wanted = requirement(ruling)
    people = "one" if wanted.people == 1 else f"{wanted.people} different"
    others = f", but not {', '.join(wanted.not_by)}" if wanted.not_by else ""
    return f"the yes of {people} {wanted.role}{others}"


def demand_changed(plan: Plan, before: Ruling, after: Ruling, now: datetime) -> tuple[JournalDraft, ...]:
    """A plan that waits was judged anew, and the law wants something else of it: that, why, and the new question."""
    rules = ", ".join(dict.fromkeys(each.rule for each in after.judgements))
    text = f"The law wanted {demand(before)} and now says {demand(after)} ({rules}): the question changes."
    body: JsonObject = {
        "plan_digest": plan.digest,
        "changes": [text],
        "by": [],
        "wanted": demand(before),
        "wants": demand(after),
        "law_digest": after.law_digest,
    }
    mark = digest_of({"wants": demand(after), "at": now.isoformat()})[:8]
    told = _draft(key_of(plan.digest, "judged-anew", mark), Kind.APPROVAL_STALE, text, body, now)
    if after.verdict is not Verdict.NEEDS_APPROVAL:
        return (told, *verdict_entries(plan, after, now))
    question = asked_entry(plan, after, now)
    again = question.model_copy(update={"key": key_of(plan.digest, "asked", mark)})
    return (told, *verdict_entries(plan, after, now), again)


def asked_entry(plan: Plan, ruling: Ruling, now: datetime) -> JournalDraft:
    """The question, as it is put to people."""
    wanted = requirement(ruling)
    until = now + timedelta(seconds=ruling.approval_expires_after_seconds)
    rules = [each.rule for each in ruling.judgements if each.verdict is Verdict.NEEDS_APPROVAL]
    people = "one" if wanted.people == 1 else f"{wanted.people} different"
    return _draft(
        asked_key(plan.digest),
        Kind.APPROVAL_ASKED,
        f"Approval asked: {people} {wanted.role} by {until:%H:%M:%S} UTC. " + _list_of_steps(plan),
        {
            "plan_digest": plan.digest,
            "role": wanted.role.value,
            "people": wanted.people,
            "expires_at": until.isoformat(),
            "rules": list(dict.fromkeys(rules)),
        },
        now,
    )


def asked_key(plan_digest: Digest) -> JournalKey:
    return key_of(plan_digest, "asked")


def asked_at(journal: tuple[JournalEntry, ...], plan_digest: Digest) -> datetime | None:
    """When people were first asked about this plan."""
    return next((entry.at for entry in journal if entry.key == asked_key(plan_digest)), None)


def wake_up(plan: Plan, at: datetime) -> JobDraft:
    """Look again when the question runs out, so that silence ends the incident and not only an answer."""
    return JobDraft(kind=JobKind.INVESTIGATE, lock=plan.incident_id, incident_id=plan.incident_id, run_at=at)


def status_entry(plan: Plan, status: Status, now: datetime) -> JournalDraft:
    words = status.value.replace("_", " ")
    key = key_of(plan.digest, "status", status.value)
    return _draft(key, Kind.STATUS_CHANGED, f"The incident is {words}.", {"status": status.value}, now)


def stale_entry(plan: Plan, looks: Sequence[StepLook], by: tuple[str, ...], now: datetime) -> JournalDraft:
    """What moved under a plan; `by`: who had said yes, nobody where the question still stood."""
    changes = [change for look in looks for change in look.changes]
    drift: list[JsonValue] = [one.model_dump(mode="json") for look in looks for one in look.drift]
    voided = f"The yes of {', '.join(by)} no longer holds" if by else "The question is withdrawn"
    return _draft(
        key_of(plan.digest, "stale"),
        Kind.APPROVAL_STALE,
        f"{voided}, because the ground moved: {'; '.join(changes)}. A new plan is made from what is there now.",
        {"plan_digest": plan.digest, "changes": [*changes], "drift": drift, "by": list(by)},
        now,
    )


def _draft(key: JournalKey, kind: Kind, text: str, body: JsonObject, now: datetime) -> JournalDraft:
    actor = "policy_gate" if kind in (Kind.VERDICT_GIVEN, Kind.APPROVAL_NOT_NEEDED) else "approval"
    return JournalDraft(key=key, kind=kind, actor=actor, text=text, body=body, at=now)


def _step(plan: Plan, index: int) -> Step:
    return next(step for step in plan.steps if step.index == index)


def _list_of_steps(plan: Plan) -> str:
    return " ".join(f"{number}. {step.statement}" for number, step in enumerate(plan.steps, start=1))
