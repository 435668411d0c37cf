"""Trails and pasts that a stranger wrote: each wrong file is told with its line, its column, and what to do."""

from __future__ import annotations

import gzip
import os
import re
import sqlite3
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sre_agent.cli.exits import CommandFailed, ExitCode
from sre_agent.cli.main import app
from sre_agent.domain.audit import AuditHead
from tests.unit.audit.test_audit_export import file as trail

WRONG: dict[str, bytes] = {
    "prose": b"nothing happened\n",
    "a list": b"[]\n",
    "null": b"null\n",
    "an object of something else": b'{"hello": "you"}\n',
    "compressed": gzip.compress(b"{}"),
    "UTF-16": "{}\n".encode("utf-16"),
    "Latin-1": b'{"plan": "caf\xe9"}\n',
    "a nesting without end": b"[" * 100_000,
    "no number": b'{"plan": NaN, "last": NaN}\n',
    "an object over several lines": b'{\n "plan": {}\n}\n',
    "noise": b"\xff\x00" * 1000,
    "a line without end": b"{" + b" " * 4_000_001,
}


def failure(*words: str) -> CommandFailed:
    result = CliRunner().invoke(app, list(words))
    assert isinstance(result.exception, CommandFailed), (result.output, result.exception)
    assert result.exception.code is ExitCode.USAGE
    return result.exception


@pytest.mark.parametrize("what", WRONG)
@pytest.mark.parametrize("command", [("audit", "verify"), ("policy", "simulate", "--against")], ids=" ".join)
def test_it_is_told_with_line_column_and_what_to_do(
    command: tuple[str, ...], what: str, tmp_path: Path
) -> None:
    file = tmp_path / "given.jsonl"
    file.write_bytes(WRONG[what])
    said = failure(*command, str(file))
    assert re.search(r"given\.jsonl:(?:\d+:\d+:| line \d+, column \d+:) .{8,}", str(said))
    assert "sre-agent " in f"{said} {said.hint}"
    assert len(str(said)) < 400


@pytest.mark.parametrize("command", [("audit", "verify"), ("policy", "simulate", "--against")], ids=" ".join)
def test_a_folder_or_a_device_is_no_file_and_is_never_read(command: tuple[str, ...], tmp_path: Path) -> None:
    for place in (tmp_path, Path("/dev/zero")):
        assert "this is no file" in str(failure(*command, str(place)))


def test_a_database_of_something_else_is_named_as_such_and_left_as_it_is(tmp_path: Path) -> None:
    other, broken = tmp_path / "other.db", tmp_path / "broken.db"
    with sqlite3.connect(other) as database:
        database.execute("CREATE TABLE notes (text)")
    database.close()
    broken.write_bytes(b"SQLite format 3\x00" + os.urandom(5000))
    for file in (other, broken):
        before = file.read_bytes()
        assert "no database of this platform" in str(failure("policy", "simulate", "--against", str(file)))
        assert file.read_bytes() == before


def test_a_trail_written_elsewhere_is_read_with_its_mark_and_its_line_ends(tmp_path: Path) -> None:
    file = tmp_path / "trail.jsonl"
    file.write_bytes(b"\xef\xbb\xbf" + "\r\n".join(trail()).encode() + b"\r\n")
    assert "Whole: 5 entries" in CliRunner().invoke(app, ["audit", "verify", str(file)]).output


@pytest.mark.parametrize("head", ["", "{}", '{"seq": "x"}', '{"seq": 1, "hash": "a", "hash": "b"}'])
def test_a_head_that_is_none_is_told_by_its_place(head: str, tmp_path: Path) -> None:
    file, kept = tmp_path / "trail.jsonl", tmp_path / "audit-head.json"
    file.write_text("\n".join(trail()))
    kept.write_text(head)
    if head == "{}":
        kept.write_text(AuditHead().model_dump_json().replace("seq", "sequence"))
    said = failure("audit", "verify", str(file), "--head", str(kept))
    assert re.search(r"audit-head\.json:1:\d+: this is no audit head", str(said))
    assert "audit-head.json" in said.hint


@pytest.mark.parametrize(
    "key", ["", "no key", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"]
)
def test_a_key_that_is_none_is_told_by_its_file_and_never_taken_for_no_key(key: str, tmp_path: Path) -> None:
    """Of an empty one, the file's own key would have been believed in its place."""
    file, kept = tmp_path / "trail.jsonl", tmp_path / "audit.pub"
    file.write_text("\n".join(trail()))
    kept.write_text(key)
    said = failure("audit", "verify", str(file), "--public-key", str(kept))
    assert re.search(r"audit\.pub:1:1: this is no public key", str(said))


def test_a_cut_never_overwrites_what_an_earlier_one_took_away(tmp_path: Path) -> None:
    kept = tmp_path / "audit-2024.jsonl"
    kept.write_text("\n".join(trail()))
    said = failure("audit", "cut", "2025-01-01", "--archive", str(kept), "--reason", "old")
    assert "is there already" in str(said)
    assert len(kept.read_text().splitlines()) == len(trail())
