"""The details under a journal entry's first line: confidence bars, diffs, verdicts and the numbers of a verification."""

from __future__ import annotations

from typing import Final, TypeVar

from pydantic import BaseModel, JsonValue, ValidationError
from rich.text import Text

from sre_agent.cli.reach_lines import input_lines, reach_lines
from sre_agent.cli.verification_table import table
from sre_agent.domain.diagnosis import Diagnosis, DiagnosisOutcome, Hypothesis
from sre_agent.domain.journal import JournalEntry
from sre_agent.domain.law import Judgement, Verdict
from sre_agent.domain.plan import Risk, Step
from sre_agent.domain.shown import one_line, visible
from sre_agent.domain.verification import Recovery, Verification

M = TypeVar("M", bound=BaseModel)

_MOST_HYPOTHESES: Final = 5
_MOST_QUOTES: Final = 3
_MOST_DIFF_LINES: Final = 40
_LONGEST_QUOTE: Final = 160
_BAR: Final = 12
_LONGEST_IN_BRIEF: Final = 140

_RISK_STYLE: Final = {Risk.LOW: "green", Risk.MEDIUM: "yellow", Risk.HIGH: "red"}
_VERDICT_STYLE: Final = {Verdict.ALLOWED: "green", Verdict.NEEDS_APPROVAL: "yellow", Verdict.DENIED: "red"}
_RECOVERY_STYLE: Final = {
    Recovery.RECOVERED: "bold green",
    Recovery.BETTER: "green",
    Recovery.WORSE: "bold red",
}


def of_alert(entry: JournalEntry) -> list[Text]:
    grouped = entry.body.get("grouped_by")
    return [Text(one_line(f"grouped by {grouped}"), style="dim")] if grouped else []


def of_finding(entry: JournalEntry) -> list[Text]:
    ids = entry.body.get("evidence")
    return (
        [Text(f"evidence {one_line(', '.join(map(str, ids)))}", style="dim")]
        if isinstance(ids, list) and ids
        else []
    )


def of_unknown(entry: JournalEntry) -> list[Text]:
    told = entry.body.get("would_have_told")
    return [Text(f"it would have told: {one_line(str(told))}", style="dim")] if told else []


def of_hypotheses(entry: JournalEntry) -> list[Text]:
    """The likeliest, each with a bar as long as its confidence."""
    ranked = [each for raw in _list(entry.body.get("hypotheses")) if (each := _read(Hypothesis, raw))]
    return [_hypothesis(each) for each in ranked[:_MOST_HYPOTHESES]]


def of_hypotheses_in_brief(entry: JournalEntry) -> list[Text]:
    """The same with shorter sentences: the root cause is told in full right after."""
    return [_cut(each) for each in of_hypotheses(entry)]


def _cut(line: Text, most: int = _LONGEST_IN_BRIEF) -> Text:
    """A line that is too long, with a mark where it was cut."""
    short = line.copy()
    short.truncate(most, overflow="ellipsis")
    return short


def _hypothesis(each: Hypothesis) -> Text:
    ruled_out = f" (ruled out: {one_line(each.ruled_out_by, _LONGEST_QUOTE)})" if each.ruled_out_by else ""
    style = "dim" if each.ruled_out_by else ""
    return Text.assemble(
        (bar(each.confidence), "magenta"),
        f" {each.confidence:4.0%}  ",
        (one_line(f"{each.cause} of {each.entity}"), f"bold {style}".strip()),
        ("  " + one_line(f"{each.statement}{ruled_out}"), style),
    )


def bar(share: float, width: int = _BAR) -> str:
    """`████▌       ` for 0.38: eighths of a character."""
    eighths = round(min(max(share, 0.0), 1.0) * width * 8)
    full, rest = divmod(eighths, 8)
    return ("█" * full + (" ▏▎▍▌▋▊▉"[rest] if rest else "")).ljust(width)


def of_diagnosis(entry: JournalEntry) -> list[Text]:
    """The root cause with the words it rests on, from what people saw down to what to change; and what was not seen."""
    body = dict(entry.body)
    root = _read(Hypothesis, body.get("root"))
    diagnosis = _read(Diagnosis, body)
    shown: list[Text] = []
    if root is not None:
        shown.append(
            Text.assemble(
                (bar(root.confidence), "magenta"),
                f" {root.confidence:.0%}  ",
                one_line(f"{root.cause} of {root.entity}"),
            )
        )
        quotes = [each for each in root.evidence if each.supports][:_MOST_QUOTES]
        shown += [_quote(each.id, each.excerpt) for each in quotes]
    if diagnosis is None:
        return shown
    shown += [Text(one_line(f"{link.role}: {link.text}")) for link in diagnosis.chain]
    if diagnosis.outcome is not DiagnosisOutcome.ROOT_CAUSE and diagnosis.reason:
        shown.append(Text(one_line(f"because {diagnosis.reason}"), style="dim"))
    shown += [
        Text(one_line(f"not seen: {each.what} ({each.why})", 300), style="yellow")
        for each in diagnosis.unknowns
    ]
    return shown


def of_diagnosis_in_brief(entry: JournalEntry) -> list[Text]:
    """Without what the first line says already."""
    said = one_line(entry.text)
    root = _read(Hypothesis, entry.body.get("root"))
    shown = of_diagnosis(entry)[1 if root else 0 :]
    return [_cut(each, 170) for each in shown if not each.plain.endswith(said)]


def _quote(evidence: str, excerpt: str) -> Text:
    return Text.assemble(
        (f"{one_line(evidence)} ", "cyan"), (f"“{one_line(excerpt, _LONGEST_QUOTE)}”", "italic")
    )


def of_plan(entry: JournalEntry) -> list[Text]:
    """Each step as the person who answers sees it: what, at what risk, the diff, the undo."""
    steps = [each for raw in _list(entry.body.get("steps")) if (each := _read(Step, raw))]
    shown = [line for step in steps for line in step_lines(step)]
    nothing = entry.body.get("if_nothing_is_done")
    return [*shown, Text(one_line(f"if nothing is done: {nothing}"), style="dim")] if nothing else shown


def of_plan_in_brief(entry: JournalEntry) -> list[Text]:
    """The same, of each diff only what changes."""
    steps = [each for raw in _list(entry.body.get("steps")) if (each := _read(Step, raw))]
    shown = [line for step in steps for line in step_lines(step, brief=True)]
    nothing = entry.body.get("if_nothing_is_done")
    told = [_cut(Text(one_line(f"if nothing is done: {nothing}"), style="dim"))] if nothing else []
    return [*shown, *told]


def step_lines(step: Step, *, brief: bool = False) -> list[Text]:
    """One step of a plan, for the journal and for whoever is asked to approve it. `brief`: the changed lines only."""
    reach = f", {step.blast_radius.pods} pod(s)" if step.blast_radius.pods else ""
    by_hand = "" if step.call else "  (by hand)"
    head = Text.assemble(
        f"{step.index + 1}. ",
        (one_line(step.statement), "bold"),
        "  risk ",
        (step.risk, _RISK_STYLE[step.risk]),
        f"{reach}{by_hand}",
    )
    warnings = [Text("   " + one_line(f"warning: {each}"), style="yellow") for each in step.warnings]
    undo = Text("   " + one_line(f"undo: {step.undo.statement}"), style="dim")
    diff = "\n".join(changed_lines(step.diff, heads=True)) if brief else step.diff
    return [head, *diff_lines(diff), *warnings, *reach_lines(step), undo, *_time_box(step)]


def _time_box(step: Step) -> list[Text]:
    if step.time_box is None:
        return []
    hours = step.time_box.lasts_seconds / 3600
    told = f"for {hours:g} h, then restored as the undo says; permanent fix: {step.time_box.fix}"
    return [Text("   " + one_line(told), style="dim")]


def changed_lines(diff: str, *, heads: bool = False) -> tuple[str, ...]:
    """What a unified diff takes away and adds, with the files' names where wanted; without what stays."""
    told = visible(diff).splitlines()
    if not any(line.startswith("@@") for line in told):
        return tuple(told)
    changed = (line for line in told if line[:1] in ("+", "-") and line[1:].strip())
    kept = [line for line in changed if not line.startswith("--- ")]
    return tuple(line for line in kept if heads or not line.startswith("+++ "))


def diff_lines(diff: str) -> list[Text]:
    """A unified diff in its colours, cut where it is long."""
    told = visible(diff).splitlines()
    shown = [Text(f"   {line}", style=_diff_style(line)) for line in told[:_MOST_DIFF_LINES]]
    left = len(told) - _MOST_DIFF_LINES
    return [*shown, Text(f"   … {left} more lines", style="dim")] if left > 0 else shown


def _diff_style(line: str) -> str:
    if line.startswith(("+++", "---", "@@")):
        return "dim"
    return {"+": "green", "-": "red"}.get(line[:1], "")


def of_verdict(entry: JournalEntry) -> list[Text]:
    judgement = _read(Judgement, entry.body)
    if judgement is None:
        return []
    verdict = judgement.verdict.replace("_", " ")
    rule = one_line(f"rule {judgement.rule}")
    said = Text.assemble((verdict, _VERDICT_STYLE[judgement.verdict]), (f"  {rule}", "dim"))
    return [said, *input_lines(judgement.inputs)]


def of_verification_in_brief(entry: JournalEntry) -> list[Text]:
    """The table alone: the first line says the verdict."""
    return of_verification(entry)[1:]


def of_question_to_people(entry: JournalEntry) -> list[Text]:
    """The command that answers it, ready to be copied."""
    digest = entry.body.get("plan_digest")
    if not isinstance(digest, str):
        return []
    return [Text(one_line(f"sre-agent approve {entry.incident_id} --plan {digest[:12]}"), style="cyan")]


def of_step(entry: JournalEntry) -> list[Text]:
    diff = entry.body.get("diff")
    return diff_lines(diff) if isinstance(diff, str) else []


def of_verification(entry: JournalEntry) -> list[Text]:
    """The verdict, and every check in a table."""
    made = _read(Verification, entry.body)
    if made is None:
        return []
    verdict = Text(made.recovery.replace("_", " "), style=_RECOVERY_STYLE.get(made.recovery, "yellow"))
    return [verdict, *table(made.checks)]


def _list(value: JsonValue | None) -> list[JsonValue]:
    return value if isinstance(value, list) else []


def _read(model: type[M], value: JsonValue | None) -> M | None:
    """The value as this model, without what the model does not know; None where it is something else."""
    if not isinstance(value, dict):
        return None
    known = {name: each for name, each in value.items() if name in model.model_fields}
    try:
        return model.model_validate(known)
    except ValidationError:
        return None
