"""What a revert changes, how it reads, and how a step is found again: pure rules."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_servers.github import marks
from mcp_servers.github.changes import (
    Entry,
    check_expected,
    paths_of,
    pointer,
    reverted,
    shas,
    unified,
)
from mcp_servers.kit.contract import Expect, Ground
from mcp_servers.kit.errors import Code, ToolError

OLD, NEW, OTHER = (Entry("100644", letter * 40) for letter in "abc")
ENTRIES = st.sampled_from([None, OLD, NEW, OTHER])
TREES = st.dictionaries(st.sampled_from(["a", "b", "c", "d"]), ENTRIES)


@given(before=TREES, after=TREES, base=TREES)
def test_a_revert_goes_back_only_from_what_the_merge_left(
    before: dict[str, Entry | None], after: dict[str, Entry | None], base: dict[str, Entry | None]
) -> None:
    paths = sorted({*before, *after, *base})
    found = reverted(paths, before=before, after=after, base=base)
    told = [turn.path for turn in found.turns] + list(found.changed_since) + list(found.already_back)
    assert sorted(told) == [path for path in paths if before.get(path) != after.get(path)]
    for turn in found.turns:
        assert turn.now == after.get(turn.path) == base.get(turn.path)
        assert turn.then == before.get(turn.path)
    for path in found.changed_since:
        assert base.get(path) not in (before.get(path), after.get(path))


def test_a_change_of_mode_alone_is_a_change() -> None:
    executable = Entry("100755", OLD.sha)
    found = reverted(["a"], before={"a": OLD}, after={"a": executable}, base={"a": executable})
    assert found.turns[0].then == OLD


def test_a_rename_concerns_both_its_paths() -> None:
    assert paths_of([{"filename": "new", "previous_filename": "old"}, {"filename": "x"}]) == [
        "new",
        "old",
        "x",
    ]


def test_pointers_escape_what_they_are_made_of() -> None:
    assert pointer("files", "a/b~c") == "/files/a~1b~0c"
    found = reverted(["a"], before={}, after={"a": NEW}, base={"a": NEW})
    assert shas(found.turns, then=False) == {"/files/a": NEW.sha}
    assert shas(found.turns, then=True) == {"/files/a": None}


TEXTS = st.text(alphabet="ab \n\r\f\u2028", max_size=30)


@given(old=TEXTS, new=TEXTS)
def test_a_diff_is_empty_exactly_where_nothing_changes(old: str, new: str) -> None:
    assert bool(unified("f", old.encode(), new.encode())) == (old != new)


def test_a_diff_can_be_applied_by_git(tmp_path: Path) -> None:
    (tmp_path / "f.txt").write_text("one\ntwo\nthree")
    diff = unified("f.txt", b"one\ntwo\nthree", b"one\n2\nthree\n") + unified("g.txt", None, b"new\n")
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    subprocess.run(["git", "apply", "-"], cwd=tmp_path, input=diff.encode(), check=True)
    assert (tmp_path / "f.txt").read_text() == "one\n2\nthree\n"
    assert (tmp_path / "g.txt").read_text() == "new\n"


def test_a_binary_file_is_named_and_not_shown() -> None:
    assert unified("x.png", b"\x89PNG\0\0", None) == "Binary files a/x.png and /dev/null differ\n"


def test_an_expectation_that_does_not_hold_names_what_moved() -> None:
    ground = Ground(uid="o/r#1", fields={"/a": 1, "/b": None})
    check_expected(None, ground)
    check_expected(Expect(uid="o/r#1", fields={"/b": None}), ground)
    for expect, named in (
        (Expect(uid="o/r#2"), "uid"),
        (Expect(fields={"/a": 2}), "/a"),
        (Expect(fields={"/unknown": None}), "/unknown"),
    ):
        with pytest.raises(ToolError) as caught:
            check_expected(expect, ground)
        assert caught.value.code is Code.PRECONDITION_FAILED
        assert named in caught.value.message


KEYS = st.text(min_size=8, max_size=60)


@given(key=KEYS, other=KEYS, text=st.text(max_size=60))
def test_a_mark_is_found_by_its_own_key_and_no_other(key: str, other: str, text: str) -> None:
    written = marks.in_text(text, key)
    assert marks.text_has(written, key)
    assert marks.commit_has(marks.in_commit("a title", key), key)
    if other != key:
        assert not marks.text_has(written, other)
        assert not marks.commit_has(marks.in_commit("a title", key), other)


@given(key=KEYS, inner=KEYS)
def test_a_text_from_elsewhere_cannot_bring_a_mark_along(key: str, inner: str) -> None:
    if key != inner:
        assert not marks.text_has(marks.in_text(marks.in_text("x", inner), key), inner)


@given(st.text(alphabet="`x\n", max_size=40))
def test_nothing_ends_the_block_around_a_text(text: str) -> None:
    first, *inside, last = marks.quoted(text).split("\n")
    assert first == f"{last}text"
    assert all(last not in line for line in inside)
