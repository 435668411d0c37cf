"""A template's history is undone step by step, and contradictions are refused by name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from infrastructure.lab.forge import TemplateWrong
from infrastructure.lab.forge.past import PastWriter
from infrastructure.lab.forge.template import build_template, parse_ago

TODAY = {"a.txt": b"three\n", "b.txt": b"new\n"}
FIRST = {"author": "mira", "ago": "9d", "title": "First"}


def history(*changes: dict[str, Any], **about: Any) -> dict[str, Any]:
    commit = {"author": "jon", "ago": "1d", "title": "Second", "changes": list(changes), **about}
    return {"commits": [FIRST, commit]}


def test_each_commit_holds_the_files_as_they_were_then() -> None:
    template = build_template(
        TODAY,
        history(
            {"path": "a.txt", "before": "two", "after": "three"},
            {"path": "b.txt", "added": True},
            {"path": "c.txt", "removed": "old\n"},
        ),
    )
    first, second = template.commits
    assert first.files == {"a.txt": b"two\n", "c.txt": b"old\n"}
    assert second.files == TODAY


def test_without_history_everything_is_one_commit() -> None:
    (only,) = build_template(TODAY, {}).commits
    assert only.files == TODAY


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (history({"path": "a.txt", "before": "x", "after": "absent"}), "stands 0 times in a.txt"),
        (history({"path": "b.txt", "before": "x", "after": "n"}, {"path": "z", "added": True}), "adds z"),
        (history({"path": "a.txt", "removed": "x"}), "still there"),
        (history({"path": "none.txt", "before": "a", "after": "b"}), "needs an existing path"),
        (history(merge="octopus"), "merge is 'octopus'"),
        (history(ago="yesterday"), "expected something like 12d6h"),
        ({"commits": [{"title": "No author"}]}, "lacks author, ago"),
        ({"commits": [{**FIRST, "changes": [{"path": "a.txt", "added": True}]}]}, "has no changes"),
    ],
)
def test_a_contradiction_is_refused_by_name(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(TemplateWrong, match=said):
        build_template(TODAY, wrong)


def test_ages_are_read_in_days_hours_minutes_and_seconds() -> None:
    assert parse_ago("1d2h3m4s") == timedelta(days=1, hours=2, minutes=3, seconds=4)


def test_past_pull_requests_are_opened_after_the_commit_they_stand_on_and_before_their_merge() -> None:
    now = datetime(2026, 11, 21, tzinfo=UTC)
    quick = {"author": "jon", "ago": "8d23h59m", "title": "Quick", "merge": "squash"}
    template = build_template({"a.txt": b"x"}, {"first_number": 7, "commits": [FIRST, quick]})
    stream, changes = PastWriter(template, owner="shop", now=now).write()
    assert changes[0].at <= changes[1].opened_at <= changes[1].at
    assert changes[1].number == 7
    assert b"Quick (#7)" in stream
