"""What a command prints is text, whoever wrote it: nothing of it steers the terminal of whoever reads it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sre_agent.cli.policy_files import check_law
from sre_agent.cli.screen import console, print_json

STEERING = "a\x1b]0;owned\x07b\x9b31mc\u202ed\x00e\re"


def test_a_text_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    console().print(f"the law said: {STEERING}")
    assert capsys.readouterr().out == "the law said: a\\x1b]0;owned\\x07b\\x9b31mc\\u202ed\\x00e\\re\n"


def test_json_for_scripts_steers_nothing_and_says_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"said": f"{STEERING} é 漢 \U000e0041"})
    told = capsys.readouterr().out
    assert [each for each in told if not each.isprintable() and each != "\n"] == []
    assert "é 漢" in told
    assert json.loads(told) == {"said": f"{STEERING} é 漢 \U000e0041"}


def test_the_line_of_a_law_that_is_shown_beside_its_mistake_steers_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    law = tmp_path / "law.yaml"
    law.write_text(f"version: 1\nname: {STEERING[:-2]}\n", "utf-8")
    with pytest.raises(Exception, match="mistake"):
        check_law(law, "default", as_json=False)
    told = "".join(capsys.readouterr())
    assert f"{law}:2:" in told
    assert [each for each in told if not each.isprintable() and each not in "\n\t"] == []
