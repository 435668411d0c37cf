"""`sre-agent policy` on files that a stranger wrote: every mistake with its place, every case with its answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from sre_agent.cli.exits import CommandFailed, ExitCode
from sre_agent.cli.main import app

LAW = """\
version: 1
actions: {scale: [k8s/scale]}
rules:
  - {id: all, when: 'true', verdict: allowed, reason: why not}
"""
CASES = """\
version: 1
cases:
  - {name: scaling is fine, given: {action: scale}, expect: {verdict: VERDICT}}
"""


def run(*words: str, code: ExitCode = ExitCode.OK) -> str:
    result = CliRunner().invoke(app, ["policy", *words])
    failed = result.exception.code if isinstance(result.exception, CommandFailed) else result.exit_code
    assert failed == code, (result.output, result.exception)
    return result.stdout


def law_in(folder: Path, law: str = LAW, verdict: str = "allowed") -> Path:
    (folder / "law.yaml").write_text(law)
    (folder / "law.cases.yaml").write_text(CASES.replace("VERDICT", verdict))
    return folder


@pytest.mark.parametrize("command", ["check", "test", "explain", "simulate", "history"])
def test_each_command_teaches_by_example(command: str) -> None:
    assert f"sre-agent policy {command}" in " ".join(run(command, "--help").split())


def test_the_shipped_law_and_its_cases_have_no_mistakes() -> None:
    assert "No mistakes." in run("check")
    assert "cases hold" in run("test")


@pytest.mark.parametrize("profile", ["strict", "read-only"])
def test_the_profiles_have_no_mistakes(profile: str) -> None:
    assert "No mistakes." in run("check", "--profile", profile)


def test_a_mistake_is_shown_where_it_stands_with_its_remedy(tmp_path: Path) -> None:
    (tmp_path / "law.yaml").write_text(LAW.replace("when: 'true'", "when: riks == 'low'"))
    told = run("check", str(tmp_path / "law.yaml"), code=ExitCode.USAGE)
    place, line, mark, remedy = told.splitlines()[:4]
    assert place.endswith("law.yaml:4:21: there is nothing called 'riks'")
    assert line[4:].index("riks") == mark[4:].index("^")
    assert remedy.strip() == "did you mean risk?"


def test_a_script_reads_every_mistake_of_every_file(tmp_path: Path) -> None:
    law_in(tmp_path, LAW.replace("allowed", "alowed"), verdict="maybe")
    told = json.loads(run("check", str(tmp_path), "--json", code=ExitCode.USAGE))
    assert [(Path(each["file"]).name, each["line"], each["column"]) for each in told["problems"]] == [
        ("law.yaml", 4, 38),
        ("law.cases.yaml", 3, 71),
    ]
    assert (told["ok"], told["law"]) == (False, None)


@pytest.mark.parametrize("command", ["check", "test"])
def test_a_file_that_is_not_there_is_not_found(tmp_path: Path, command: str) -> None:
    run(command, str(tmp_path / "none.yaml"), code=ExitCode.NOT_FOUND)


def test_cases_that_hold_pass(tmp_path: Path) -> None:
    assert "1 of 1 cases hold" in run("test", str(law_in(tmp_path)))


def test_a_case_that_fails_says_what_the_law_said(tmp_path: Path) -> None:
    told = run("test", str(law_in(tmp_path, verdict="denied")), code=ExitCode.NOT_WELL)
    assert "FAILED: scaling is fine" in told
    assert "verdict: expected denied, found allowed" in told
    assert "allowed by all: why not" in told


def test_a_folder_without_cases_is_not_taken_for_tested(tmp_path: Path) -> None:
    (tmp_path / "law.yaml").write_text(LAW)
    run("test", str(tmp_path), code=ExitCode.NOT_FOUND)


def test_cases_in_a_folder_below_the_law_are_found(tmp_path: Path) -> None:
    (tmp_path / "law.yaml").write_text(LAW)
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "cases.yaml").write_text(CASES.replace("VERDICT", "allowed"))
    assert "1 of 1 cases hold" in run("test", str(tmp_path))


def past_line(**changes: Any) -> str:
    step = {
        "index": 0, "action": "scale", "call": {"server": "k8s", "tool": "scale", "arguments": {}},
        "target": {"kind": "Deployment", "name": "cart", "namespace": "shop"}, "statement": "Scale it.",
        "risk": "low", "undo": {"call": None, "statement": "s"}, "key": "k-1",
    }  # fmt: skip
    plan = {
        "incident_id": "inc_0000000000000001", "attempt": 1, "cause": "c", "steps": [step],
        "entity": step["target"], "made_at": "2026-11-21T12:00:00Z",
    }  # fmt: skip
    judgement = {"step": 0, "verdict": "allowed", "rule": "all", "sentence": "why not"}
    facts = {"now": "2026-11-21T12:00:00Z", "confidence": 0.9, "severity": "critical"}
    ruling = {
        "plan_digest": "1" * 64, "law_digest": "2" * 64, "verdict": "allowed", "judgements": [judgement],
        "facts": facts,
    }  # fmt: skip
    return json.dumps({"plan": plan, "ruling": ruling} | changes) + "\n"


def test_a_law_is_tried_on_an_exported_past(tmp_path: Path) -> None:
    (tmp_path / "law.yaml").write_text(
        LAW + "  - {id: none, when: severity == 'critical', verdict: denied, reason: not now}\n"
    )
    (tmp_path / "past.jsonl").write_text(past_line() + "\n" + past_line(ruling=None))
    words = ("simulate", str(tmp_path / "law.yaml"), "--against", str(tmp_path / "past.jsonl"))
    told = run(*words)
    assert "2 past plans; 1 never judged, or without facts" in told
    assert "allowed by all → denied by none" in told
    found = json.loads(run(*words, "--json"))
    assert (found["stricter"], found["counts"]) == (1, {"allowed → denied": 1})


def test_a_past_that_is_not_there_is_asked_for_and_not_another_law(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["policy", "simulate", "--against", str(tmp_path / "past.jsonl")])
    assert isinstance(result.exception, CommandFailed)
    assert "there is no such file" in str(result.exception)
    assert "policy history" in str(result.exception.hint)


def test_a_line_that_is_no_past_plan_is_named(tmp_path: Path) -> None:
    (tmp_path / "past.jsonl").write_text(past_line() + past_line(plan={}))
    result = CliRunner().invoke(app, ["policy", "simulate", "--against", str(tmp_path / "past.jsonl")])
    assert isinstance(result.exception, CommandFailed)
    assert result.exception.code is ExitCode.USAGE
    assert "past.jsonl:2:1: no past plan: plan.incident_id" in str(result.exception)
