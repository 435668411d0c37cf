"""From single checks to one verdict, and from the verdict to what happens next; pure.

The rule in words, with its reasons, is docs/explanation/verification.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from sre_agent.act import words
from sre_agent.act.checks.findings import Finding
from sre_agent.act.rules import Records, standing
from sre_agent.agent_state import JsonMap
from sre_agent.domain.incident import Outcome, Status
from sre_agent.domain.plan import Plan
from sre_agent.domain.verification import Recovery, short_name

TAKEN_BACK = frozenset({Recovery.NOT_YET, Recovery.WORSE})
"""After these the plan is undone; after `better` it is not: what helps stays, and a person goes on."""
NAMED_AT_MOST: Final = 4


def verdict(findings: Sequence[Finding], *, time_is_up: bool) -> Recovery | None:
    """What the checks come to together; None: keep looking.

    Recovered needs a proof (an alert that is quiet or a signal that is back), no check that fails, and
    an answer to every required one: what nobody can tell is not proved.
    """
    if any(each.worse for each in findings):
        return Recovery.WORSE
    failing = fails(findings)
    undecided = any(each.required and each.check.passed is None for each in findings)
    proven = any(each.proves and each.check.passed is True for each in findings)
    if proven and not failing and not undecided:
        return Recovery.RECOVERED
    return _at_the_end(findings) if time_is_up else None


def fails(findings: Sequence[Finding]) -> bool:
    """Whether anything speaks against recovery. Where nothing does, who takes the watch up late looks for a settle time."""
    return any(each.check.passed is False for each in findings)


def _at_the_end(findings: Sequence[Finding]) -> Recovery:
    failing = [each for each in findings if each.check.passed is False]
    undecided = [each for each in findings if each.required and each.check.passed is None]
    missing = [*failing, *undecided]
    if missing and all(each.no_traffic for each in missing):
        return Recovery.NO_TRAFFIC
    if not failing:
        return Recovery.UNKNOWN
    if any(each.improved for each in findings) and not any(each.no_traffic for each in findings):
        return Recovery.BETTER
    return Recovery.NOT_YET


def came_before_the_step(findings: Sequence[Finding]) -> bool:
    """Whether every alert was quiet already before anything was done: then the plan did not cure it."""
    alerts = [each for each in findings if kind(each.check.name) == "alert" and each.check.passed is True]
    return bool(alerts) and all(each.before_step for each in alerts)


def summary(recovery: Recovery, findings: Sequence[Finding], *, by_itself: bool) -> str:
    """The verdict in a sentence or two: what was proved, or what stands against it. The numbers are in the checks."""
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
    if recovery is Recovery.RECOVERED:
        return f"{said} {_proof(findings)}"
    against = [each for each in findings if each.check.passed is False]
    open_ones = [each for each in findings if each.required and each.check.passed is None]
    told = [each.check.sentence for each in (*against, *open_ones)]
    more = len(told) - NAMED_AT_MOST
    return " ".join([said, *told[:NAMED_AT_MOST], *([f"And {more} more."] if more > 0 else [])])


def _proof(findings: Sequence[Finding]) -> str:
    """What is quiet now, how many checks hold, by kind, and which nobody could make."""
    quiet = [each.check.sentence for each in findings if kind(each.check.name) == "alert"][:1]
    held = [each.check.name for each in findings if each.check.passed is True]
    left = [short_name(each.check.name) for each in findings if each.check.passed is None]
    without = f" Not told: {listing(left)}." if left else ""
    kinds = listing(dict.fromkeys(kind(name) for name in held), most=10)
    return " ".join([*quiet, f"All {len(held)} checks hold ({kinds}).{without}"])


def kind(name: str) -> str:
    """`alert`, `readiness`, `error logs`, `traffic`, …: what a check is about, without whose."""
    return "alert" if name.startswith("alert ") else name.split(" of ")[0]


def progress(findings: Sequence[Finding]) -> str:
    """One short line while it is watched: what is still missing."""
    asked = [each for each in findings if each.required or each.check.passed is not None]
    held = sum(1 for each in asked if each.check.passed is True)
    missing = dict.fromkeys(short_name(each.check.name) for each in asked if each.check.passed is not True)
    waiting = f"; waiting for {listing(missing)}" if missing else ""
    return f"{held} of {len(asked)} checks hold{waiting}."


def listing(names: Iterable[str], most: int = NAMED_AT_MOST) -> str:
    """`a, b and 3 more`."""
    every = list(names)
    shown = ", ".join(every[:most])
    return shown if len(every) <= most else f"{shown} and {len(every) - most} more"


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
