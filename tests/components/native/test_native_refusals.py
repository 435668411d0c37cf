"""A wrong setting stops the start: its name, what it was, what it should be; and nothing is left running."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from tests.components.native.platform_stand import Stand, runs


@pytest.fixture
def stand(tmp_path: Path) -> Stand:
    return Stand(tmp_path)


@pytest.mark.parametrize(
    ("setting", "value", "told"),
    [
        (
            "AGENT_PORT",
            "eighty",
            "setting AGENT_PORT is 'eighty'; it should be a whole number from 1 to 65535",
        ),
        ("AGENT_PORT", "99999", "setting AGENT_PORT is '99999'; it should be a whole number from 1 to 65535"),
        (
            "AGENT_HOST",
            "203.0.113.9",
            "setting AGENT_HOST is '203.0.113.9'; it should be an address of this machine",
        ),
        (
            "LLM_PROVIDER",
            "mystery",
            "setting LLM_PROVIDER is 'mystery'; it should be one of ollama, groq, openai",
        ),
    ],
)
def test_a_wrong_setting_is_told_by_name_before_anything_starts(
    stand: Stand, setting: str, value: str, told: str
) -> None:
    stand.write({setting: value})
    refused = stand.run("up")
    assert refused.returncode == 1
    assert told in refused.stdout
    assert not (stand.home / "run" / "children.json").exists()


def test_a_line_that_is_none_is_told_with_its_number(stand: Stand) -> None:
    stand.env_file.write_text(stand.env_file.read_text() + "this is no assignment\n")
    refused = stand.run("up")
    assert refused.returncode != 0
    assert f"{stand.env_file} line 17" in (refused.stdout + refused.stderr).replace("\n", "")


def test_a_taken_port_is_told_with_its_setting_and_what_to_do(stand: Stand) -> None:
    with socket.create_server(("127.0.0.1", stand.ports[1])):
        refused = stand.run("up")
    assert refused.returncode == 1
    assert f"setting DASHBOARD_PORT is {stand.ports[1]}, which another program uses" in refused.stdout


def test_one_port_for_two_things_is_refused(stand: Stand) -> None:
    stand.write({"DASHBOARD_PORT": str(stand.ports[0])})
    assert "setting DASHBOARD_PORT" in stand.run("up").stdout


def test_a_tool_servers_wrong_setting_stops_the_start_and_all_that_was_started(stand: Stand) -> None:
    stand.write({"LOKI_URL": "loki:3100"})
    refused = stand.run("up")
    assert refused.returncode == 1
    assert (
        "LOKI_URL is 'loki:3100'; it should be an address that begins with http:// or https://"
        in refused.stdout
    )
    left = json.loads((stand.home / "run" / "children.json").read_text())
    assert not [name for name, one in left.items() if runs(one["pid"])]
    stand.write({})


def test_a_folder_that_cannot_be_written_is_told_by_its_setting(stand: Stand) -> None:
    stand.home.write_text("a file where the folder should be")
    refused = stand.run("up")
    assert refused.returncode == 1
    assert "SRE_AGENT_HOME" in refused.stdout + refused.stderr
