"""Help teaches by examples, and every command is there."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from sre_agent.cli.main import app

OURS = [
    "incidents list",
    "incidents show",
    "incidents watch",
    "ask",
    "replay",
    "servers",
    "tools",
    "approve",
    "reject",
    "cancel",
    "retry",
]


@pytest.mark.parametrize("command", OURS)
def test_each_command_teaches_by_example(command: str) -> None:
    told = CliRunner().invoke(app, [*command.split(), "--help"])
    assert told.exit_code == 0
    assert f"sre-agent {command}" in " ".join(told.output.split())


def test_the_program_explains_its_exit_codes_and_where_to_begin() -> None:
    told = " ".join(CliRunner().invoke(app, ["--help"]).output.split())
    assert "Exit codes" in told
    assert "sre-agent doctor" in told


def test_a_command_that_does_not_exist_is_wrong_usage() -> None:
    assert CliRunner().invoke(app, ["destroy"]).exit_code == 2
