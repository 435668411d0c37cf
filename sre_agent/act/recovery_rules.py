"""From single checks to one verdict, and from the verdict to what happens next; pure."""

from __future__ import annotations

from collections.abc import Sequence

from sre_agent.act import words
from sre_agent.act.checks.findings import Finding
from sre_agent.act.rules import Records, standing
from sre_agent.agent_state import JsonMap
from sre_agent.domain.incident import Outcome, Status
from sre_agent.domain.plan import Plan
from sre_agent.domain.verification import Recovery

TAKEN_BACK = frozenset({Recovery.NOT_YET, Recovery.WORSE})
"""After these the plan is undone; after `better` it is not: what helps stays, and a person goes on."""


def verdict(findings: Sequence[Finding], *, time_is_up: bool) -> Recovery | None:
    """What the checks come to together; None: keep looking.

    Recovered needs a proof (an alert that is quiet or a signal that is back), no check that fails, and,
    until time is up, none that more time may still answer. A check nobody can answer does not block.
    """
    if any(each.worse for each in findings):
        return Recovery.WORSE
    failing = any(each.check.passed is False for each in findings)
    proven = any(each.proves and each.check.passed is True for each in findings)
    waiting = any(each.waiting for each in findings)
    if proven and not failing and (time_is_up or not waiting):
        return Recovery.RECOVERED
    return _at_the_end(findings) if time_is_up else None


def _at_the_end(findings: Sequence[Finding]) -> Recovery:
    failing = [each for each in findings if each.check.passed is False]
    if failing and all(each.no_traffic for each in failing):
        return Recovery.NO_TRAFFIC
    if not failing and not any(each.check.passed is True for each in findings):
        return Recovery.UNKNOWN
    if any(each.improved for each in findings) and not any(each.no_traffic for each in findings):
        return Recovery.BETTER
    return Recovery.NOT_YET if failing else Recovery.UNKNOWN


def came_before_the_step(findings: Sequence[Finding]) -> bool:
    """Whether every alert was quiet already before anything was done: then the plan did not cure it."""
    alerts = [each for each in findings if each.check.name.startswith("alert ") and each.check.passed is True]
    return bool(alerts) and all(each.before_step for each in alerts)


def summary(recovery: Recovery, findings: Sequence[Finding], *, by_itself: bool) -> str:
    """The verdict in words, with what failed first, then what was proved, then what nobody could see."""
    said = {
        Recovery.RECOVERED: "Recovered.",
        Recovery.BETTER: "Better, but not good.",
        Recovery.NOT_YET: "Not recovered in time.",
        Recovery.WORSE: "Worse than before the plan.",
        Recovery.NO_TRAFFIC: "There is no traffic to tell by; a service nobody reaches has not recovered.",
        Recovery.UNKNOWN: "Nobody can tell whether it recovered.",
    }[recovery]
    if recovery is Recovery.RECOVERED and by_itself:
        said = "Recovered, but it had before the first step was carried out: the plan is not what cured it."
    ordered = [each for passed in (False, True, None) for each in findings if each.check.passed is passed]
    return " ".join([said, *(each.check.sentence for each in ordered)])


def ending(recovery: Recovery, plan: Plan, records: Records, said: str, *, by_itself: bool) -> JsonMap | None:
    """How the incident ends with this verdict; None where the plan is to be taken back first."""
    if recovery in TAKEN_BACK:
        return None
    if recovery is Recovery.RECOVERED:
        outcome = Outcome.RECOVERED_BY_ITSELF if by_itself else Outcome.RECOVERED
        by_hand = [step.statement for step in plan.steps if step.call is None]
        left = f" Left for a person: {' '.join(by_hand)}" if by_hand else ""
        return words.ending(outcome, said + left, Status.RESOLVED)
    unseen = recovery in (Recovery.UNKNOWN, Recovery.NO_TRAFFIC)
    outcome = Outcome.INSUFFICIENT_EVIDENCE if unseen else Outcome.NOT_RECOVERED
    return words.ending(outcome, f"{said} {words.what_stands(standing(plan.steps, records))}")
