"""One keeper for one folder, told apart from what an earlier run left, whatever its files say."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sre_agent.cli.native import marks
from sre_agent.cli.native.home import Home
from sre_agent.cli.native.marks import Mark
from sre_agent.errors import Conflict, SettingError


@pytest.fixture
def home(tmp_path: Path) -> Home:
    found = Home(tmp_path / "home")
    found.make()
    return found


def test_nobody_keeps_a_folder_that_was_never_used(tmp_path: Path) -> None:
    assert Home(tmp_path / "nowhere").keeper_pid() is None


def test_whoever_keeps_it_is_known_and_forgotten_when_it_ends(home: Home) -> None:
    with home.kept():
        assert home.keeper_pid() == os.getpid()
    assert home.keeper_pid() is None


def test_a_second_keeper_is_refused_with_the_first_ones_pid(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sre_agent.cli.native.home._LOCK_SECONDS", 0.1)
    with home.kept(), pytest.raises(Conflict, match=str(os.getpid())), home.kept():
        pass


def test_a_pid_left_behind_counts_for_nothing_even_where_it_runs(home: Home) -> None:
    """The pid of a dead keeper may be any program's by now: here it is this one's."""
    with home.kept():
        pass
    home.tell({"pid": os.getpid(), "ready": True})
    assert home.keeper_pid() is None


def test_the_state_of_an_earlier_run_is_gone_once_the_folder_is_kept(home: Home) -> None:
    home.tell({"pid": 1, "ready": True})
    with home.kept():
        assert home.state() == {}


@pytest.mark.parametrize("text", ["", "{", "[]", '{"a": {"pid": "x"}}', '{"a": 3}'])
def test_a_damaged_list_of_processes_names_none(home: Home, text: str) -> None:
    home.children_file.write_text(text)
    assert marks.read(home.children_file) == {}


def test_what_an_earlier_keeper_left_running_is_ended_and_a_reused_pid_is_not(home: Home) -> None:
    left, other = (subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) for _ in range(2))
    try:
        mark, reused = Mark.of(left.pid), Mark.of(other.pid)
        assert mark is not None
        assert reused is not None
        marks.write(home.children_file, {"left": mark, "reused": Mark(reused.pid, reused.began - 100)})
        with home.kept():
            assert left.wait(5) < 0
            assert other.poll() is None
    finally:
        for each in (left, other):
            each.kill()
            each.wait()


def test_a_process_that_only_waits_to_be_buried_does_not_run() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert Mark.of(child.pid) is None
    child.wait()


def test_a_folder_that_cannot_be_made_is_refused_by_the_settings_name(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingError, match="SRE_AGENT_HOME"):
        Home(tmp_path / "file").make()


def test_the_state_is_whole_json_for_whoever_reads_it(home: Home) -> None:
    home.tell({"ready": True, "pid": 7})
    assert json.loads(home.state_file.read_text()) == home.state() == {"ready": True, "pid": 7}
