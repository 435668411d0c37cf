"""An entry reads well live, shows what it rests on, and cannot do anything to the terminal it is shown on."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from journal_examples import diagnosis, entry, hypothesis, step, verdict, verification
from rich.console import Console

from sre_agent.cli.journal_details import bar
from sre_agent.cli.journal_printer import JournalPrinter
from sre_agent.cli.journal_view import clock_words, lines
from sre_agent.domain.journal import JournalEntry, Kind


def shown(each: JournalEntry, *, brief: bool = False) -> str:
    return "\n".join(
        f"{'  ' * line.indent}{line.sign.plain} {line.words.plain}" for line in lines(each, brief=brief)
    )


def test_every_kind_of_entry_has_a_line() -> None:
    told = {kind: shown(entry(kind, "something happened")) for kind in Kind}
    assert [kind for kind in Kind if "something happened" not in told[kind]] == []


@pytest.mark.parametrize(
    "body",
    [
        {
            "hypotheses": "none",
            "steps": 7,
            "checks": {},
            "root": [],
            "evidence": {},
            "verdict": "x",
            "diff": 3,
        },
        {
            "hypotheses": [1, None, {"rank": "x"}],
            "steps": [{}],
            "root": {"confidence": "high"},
            "plan_digest": 5,
        },
    ],
)
def test_a_body_that_is_not_as_expected_costs_its_details_only(body: dict[str, object]) -> None:
    told = {kind: shown(entry(kind, "what happened", **body)) for kind in Kind}
    assert [kind for kind in Kind if "what happened" not in told[kind]] == []


def test_no_entry_can_steer_the_terminal_or_turn_the_reading() -> None:
    nasty = "\x1b[2J\x07\u202e[bold red]gone[/] \r over"
    fields = dict.fromkeys(("actor", "grouped_by", "would_have_told", "diff"), nasty)
    told = {kind: shown(entry(kind, nasty, evidence=[nasty], **fields)) for kind in Kind}
    steering = [(kind, one) for kind in Kind for one in "\x1b\x07\u202e\r" if one in told[kind]]
    assert steering == []
    assert [kind for kind in Kind if "[bold red]gone[/]" not in told[kind]] == []


def test_a_printer_reads_no_markup_and_sends_no_control_characters() -> None:
    written = io.StringIO()
    screen = Console(file=written, force_terminal=True, width=100, color_system=None, markup=True)
    JournalPrinter(screen).print(entry(Kind.NOTE_ADDED, "[red]not markup[/red] \x1b[2J"))
    assert "[red]not markup[/red] \\x1b[2J" in written.getvalue()


def test_hypotheses_have_bars_as_long_as_their_confidence() -> None:
    ranked = [hypothesis(0.75), hypothesis(0.25, cause="oom", ruled_out_by="memory is flat")]
    each = entry(Kind.HYPOTHESES_RANKED, "best", hypotheses=[one.model_dump(mode="json") for one in ranked])
    text = shown(each)
    assert "█████████     75%  bad_deploy of Deployment shop/checkout" in text
    assert "███           25%  oom" in text
    assert "ruled out: memory is flat" in text


@pytest.mark.parametrize(
    ("share", "drawn"), [(0, "    "), (1, "████"), (0.5, "██  "), (0.53, "██▏ "), (7, "████"), (-1, "    ")]
)
def test_bars_are_drawn_in_eighths(share: float, drawn: str) -> None:
    assert bar(share, 4) == drawn


def test_a_root_cause_quotes_its_evidence_and_says_what_was_not_seen() -> None:
    text = shown(diagnosis())
    assert "93%  bad_deploy of Deployment shop/checkout" in text
    assert "E3 “NullPointerException at Cart.java:7”" in text
    assert "symptom: checkout answers 500" in text
    assert "not seen: loki (LOKI_URL is not set)" in text


def test_a_plan_shows_each_step_with_risk_diff_and_undo() -> None:
    text = shown(
        entry(
            Kind.PLAN_MADE,
            "roll back",
            steps=[step(warnings=("2 of 3 pods at once",)).model_dump(mode="json")],
        )
    )
    assert "1. Roll Deployment shop/checkout back to revision 4.  risk high, 3 pod(s)" in text
    assert "-image: checkout:bad" in text
    assert "warning: 2 of 3 pods at once" in text
    assert "undo: roll forward to revision 5" in text


def test_a_long_diff_is_cut_and_says_so() -> None:
    long = step(diff="\n".join(f"+line {n}" for n in range(100)))
    text = shown(entry(Kind.PLAN_MADE, "", steps=[long.model_dump(mode="json")]))
    assert "+line 39" in text
    assert "+line 40" not in text
    assert "… 60 more lines" in text


def test_a_step_for_a_persons_hands_is_called_so() -> None:
    assert "(by hand)" in shown(entry(Kind.PLAN_MADE, "", steps=[step(call=None).model_dump(mode="json")]))


def test_a_verdict_names_its_rule() -> None:
    assert "needs approval  rule high-risk" in shown(verdict())


def test_a_question_to_people_comes_with_the_command_that_answers_it() -> None:
    text = shown(entry(Kind.APPROVAL_ASKED, "Approval asked", plan_digest="5c827e5468f6" + "0" * 52))
    assert "sre-agent approve inc_1kjsggve02b9yzpx --plan 5c827e5468f6" in text


def test_a_verification_shows_every_check_with_its_numbers() -> None:
    text = shown(verification())
    assert "recovered" in text
    assert "✔ The alert is quiet." in text
    assert "✘ errors of checkout  0.10%   12.35%  ≤ 14.00 points more  1.00 points" in text
    assert "? Nobody could look." in text


@pytest.mark.parametrize(
    ("status", "label"),
    [("resolved", "RESOLVED"), ("closed", "CLOSED"), ("escalated", "ESCALATED"), (None, "ENDED")],
)
def test_an_ending_is_labelled_with_how_it_ended(status: str | None, label: str) -> None:
    assert label in shown(entry(Kind.INCIDENT_ENDED, "over", **({"status": status} if status else {})))


def test_brief_leaves_the_mechanics_out() -> None:
    assert shown(entry(Kind.TOOL_CALLED, "k8s.list_objects"), brief=True) == ""
    assert shown(entry(Kind.FINDING_MADE, "a pod crashes"), brief=True) != ""


def test_brief_shows_of_a_diff_what_changes() -> None:
    text = shown(entry(Kind.PLAN_MADE, "", steps=[step().model_dump(mode="json")]), brief=True)
    assert "-image: checkout:bad" in text
    assert "@@" not in text


def test_brief_says_a_verdict_and_its_rule_on_one_line() -> None:
    assert shown(verdict(), brief=True).endswith("Needs approval: …  rule high-risk")


def test_brief_says_the_root_cause_once() -> None:
    text = shown(diagnosis(), brief=True)
    assert text.count("The new release throws.") == 1


def live(*entries: JournalEntry, terminal: bool) -> str:
    written = io.StringIO()
    screen = Console(file=written, width=100, force_terminal=terminal, color_system=None)
    with JournalPrinter(screen, brief=True) as printer:
        for each in entries:
            printer.print(each)
    return written.getvalue()


PROGRESS = entry(Kind.NOTE_ADDED, "1 of 3 checks hold", actor="verifier", checks={"alert": None})


def test_progress_is_a_line_of_its_own_where_nobody_looks() -> None:
    assert "1 of 3 checks hold" in live(PROGRESS, terminal=False)


def test_progress_is_taken_away_again_on_a_terminal() -> None:
    written = live(PROGRESS, entry(Kind.NOTE_ADDED, "and then"), terminal=True)
    assert written.rstrip().endswith("· and then") or "and then" in written.rpartition("\x1b[2K")[2]


def test_what_was_held_back_is_printed_when_the_journal_ends() -> None:
    assert "a pod crashes" in live(entry(Kind.FINDING_MADE, "a pod crashes", actor="logs"), terminal=False)


def test_what_is_not_a_terminal_gets_whole_plain_lines_with_the_time_since_the_first() -> None:
    written = io.StringIO()
    printer = JournalPrinter(Console(file=written, width=40))
    printer.print(entry(Kind.NOTE_ADDED, "first"))
    printer.print(entry(Kind.NOTE_ADDED, "word " * 40, after=75))
    first, second = written.getvalue().splitlines()
    assert first == "   +0.0s · first"
    assert second.startswith("  +1m15s · word word")
    assert "\x1b" not in written.getvalue()


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "+0.0s"), (3.24, "+3.2s"), (61, "+1m01s"), (3725, "+1h02m"), (-5, "+0.0s")]
)
def test_durations_are_told_in_short(seconds: float, words: str) -> None:
    assert clock_words(timedelta(seconds=seconds)) == words
