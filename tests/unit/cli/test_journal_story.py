"""The story names who was asked what through which server, and says nothing twice."""

from __future__ import annotations

from journal_examples import entry, step, verification

from sre_agent.cli.journal_story import Story
from sre_agent.domain.journal import JournalEntry, Kind


def told(*entries: JournalEntry) -> list[str]:
    story = Story()
    shown = [each for one in entries for each in story.tell(one)] + story.rest()
    return [
        f"{'  ' * line.indent}{line.sign.plain} {line.words.plain}" for each in shown for line in each.lines
    ]


RANKED = entry(Kind.HYPOTHESES_RANKED, "best", hypotheses=[])


def asked(specialist: str, why: str) -> JournalEntry:
    return entry(Kind.QUESTION_ASKED, f"{specialist}: {why}")


def called(specialist: str, tool: str) -> JournalEntry:
    return entry(Kind.TOOL_CALLED, tool, actor=specialist)


def found(specialist: str, sentence: str, evidence: str) -> JournalEntry:
    return entry(Kind.FINDING_MADE, sentence, actor=specialist, evidence=[evidence])


def test_each_specialist_is_told_once_with_its_question_its_server_and_what_it_found() -> None:
    shown = told(
        asked("logs", "who complains?"),
        asked("metrics", "since when?"),
        called("logs", "loki.query_logs"),
        called("logs", "loki.query_logs"),
        found("logs", "24 times: KeyError", "E3"),
        called("metrics", "prometheus.query_range"),
        found("metrics", "errors rose", "E4"),
        RANKED,
    )
    assert shown == [
        "✓ logs  who complains?  MCP server loki: 2 query_logs",
        "   24 times: KeyError  E3",
        "✓ metrics  since when?  MCP server prometheus: query_range",
        "   errors rose  E4",
        "─ ORIENT  best",
    ]


def test_nothing_is_shown_before_all_have_answered() -> None:
    assert Story().tell(found("logs", "x", "E1")) == []


def test_the_same_sentence_from_two_windows_is_said_once_and_many_are_counted() -> None:
    shown = told(*(found("logs", f"line {number}", "E1") for number in (1, 1, 2, 3, 4, 5)), RANKED)
    assert [line.strip() for line in shown[1:-1]] == [
        "line 1  E1", "line 2  E1", "line 3  E1", "… 2 more findings",
    ]  # fmt: skip


def test_what_could_not_be_seen_is_said() -> None:
    shown = told(entry(Kind.UNKNOWN_NOTED, "loki could not be seen: not set up", actor="logs"), RANKED)
    assert shown[0].startswith("… logs")
    assert "not seen: loki could not be seen: not set up" in shown[1]


def test_a_diff_that_was_previewed_is_not_shown_again_when_it_is_done() -> None:
    planned = entry(Kind.PLAN_MADE, "plan", steps=[step().model_dump(mode="json")])
    done = entry(Kind.STEP_DONE, "Done: it.", diff=step().diff.replace("@@ -1 +1 @@", "@@ -1 +1 @@ spec:"))
    other = entry(Kind.STEP_DONE, "Done: more.", diff="--- a\n+++ b\n@@ -1 +1 @@\n-one\n+two")
    shown = told(planned, done, other)
    assert sum("+image: checkout:good" in line for line in shown) == 1
    assert any("+two" in line for line in shown)


def test_an_ending_does_not_repeat_the_verdict() -> None:
    made = verification()
    ended = entry(Kind.INCIDENT_ENDED, f"{made.text} Left for a person: x", status="resolved")
    same = entry(Kind.INCIDENT_ENDED, made.text, status="resolved")
    assert told(made, ended)[-1] == "■ RESOLVED  Left for a person: x"
    assert told(made, same)[-1] == "■ RESOLVED  as proved above."


def test_going_on_after_an_answer_is_no_news_and_after_a_crash_it_is() -> None:
    answered = entry(Kind.APPROVAL_ANSWERED, "ana approved", answer="yes")
    resumed = entry(Kind.RUN_RESUMED, "goes on")
    assert [line[:1] for line in told(answered, resumed)] == ["◆"]
    assert len(told(resumed)) == 1
    merged = entry(Kind.INCIDENT_MERGED, "another joins")
    assert [line[:1] for line in told(answered, merged, resumed, resumed)] == ["◆", "◆", "↻"]


def test_grants_and_states_are_not_part_of_the_story() -> None:
    kinds = (Kind.GRANT_ISSUED, Kind.STATUS_CHANGED, Kind.RUN_STARTED)
    assert told(*(entry(kind, "x") for kind in kinds)) == []
