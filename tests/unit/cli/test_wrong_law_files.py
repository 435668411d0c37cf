"""Law files that a stranger wrote: each wrong one is told with its line, its column, and what to do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sre_agent.cli.exits import CommandFailed, ExitCode
from sre_agent.cli.main import app

HEAD = "version: 1\nactions: {scale: [k8s/scale]}\n"
RULE = "  - {id: all, when: 'true', verdict: allowed, reason: why not}\n"
LAW = f"{HEAD}rules:\n{RULE}"
FREEZE = (
    "  - {id: f, reason: r, environments: [production], weekly: {days: [mon], from: '08:00', to: '18:00'}}\n"
)


def rule(**changes: str) -> str:
    told = {"id": "all", "when": "'true'", "verdict": "allowed", "reason": "why not"} | changes
    return (
        f"{HEAD}rules:\n  - {{" + ", ".join(f"{key}: {value}" for key, value in told.items() if value) + "}\n"
    )


def frozen(old: str, new: str) -> str:
    return f"{HEAD}freezes:\n{FREEZE.replace(old, new)}rules:\n{RULE}"


WRONG: dict[str, str | bytes] = {
    "a tab": "version: 1\nrules:\n\t- id: r\n",
    "a wrong indent": "version: 1\nrules:\n  - id: r\n   when: x\n",
    "a text without its end": LAW + 'name: "shop\n',
    "a key twice": rule().replace("id: all", "id: all, id: other"),
    "a key that nobody knows": rule(wehn="'true'"),
    "a section that nobody knows": LAW.replace("rules:", "rulez:"),
    "no version": LAW.removeprefix("version: 1\n"),
    "a version to come": LAW.replace("version: 1", "version: 99"),
    "a rule without an id": rule(id=""),
    "a rule without a reason": rule(reason=""),
    "a rule without a verdict": rule(verdict=""),
    "an id twice": LAW + RULE,
    "an id that is a list": rule(id="[1, 2]"),
    "rules that are a text": f"{HEAD}rules: all\n",
    "a rule that is a text": f"{HEAD}rules:\n  - all\n",
    "a verdict that nobody knows": rule(verdict="maybe"),
    "an expression without its end": rule(when="'action == '"),
    "an expression with a name that nobody knows": rule(when="'riks == 1'"),
    "an expression that compares what cannot be": rule(when="'pods == \"three\"'"),
    "an expression that is no yes or no": rule(when="'pods + 1'"),
    "a role that nobody knows": rule(verdict="needs_approval", roles="[boss]"),
    "no people": rule(verdict="needs_approval", people="0"),
    "a day that nobody knows": frozen("[mon]", "[moonday]"),
    "an hour that no day has": frozen("'08:00'", "'25:00'"),
    "a window that ends where it begins": frozen("'18:00'", "'08:00'"),
    "an empty file": "",
    "nothing but comments": "# a law to come\n",
    "a list": "- a\n",
    "a number": "42\n",
    "not UTF-8": LAW.encode() + b"name: caf\xe9\n",
    "a sign that YAML has not": LAW + "name: a\x00b\n",
    "a bomb of aliases": "a: &a [x, x]\nb: &b [*a, *a]\nrules: [*b]\n",
    "a tag that would call something": 'rules: !!python/object/apply:os.system ["true"]\n',
    "a nesting without end": "[" * 5000 + "]" * 5000,
    "a sign of control in quotes": rule(reason='"a\\e[31mb"'),
    "a NUL in quotes": rule(reason='"a\\0b"'),
    "half of a sign in quotes": rule(reason='"a\\ud800b"'),
    "a sign that turns the reading round": LAW + "name: allowed \u202e deined\n",
    "a key that is a date": LAW + "2024-01-01: x\n",
    "a key that is a list": LAW + "? [a, b]\n: x\n",
    "a merge of another rule": LAW.replace("- {id", "- &r {id") + "  - {<<: *r, id: two}\n",
    "two documents": f"{LAW}---\n{LAW}",
    "too large a file": "# " + "x" * 1_000_001 + "\n",
}


def check(file: Path, code: ExitCode) -> str:
    result = CliRunner().invoke(app, ["policy", "check", str(file)])
    failed = result.exception.code if isinstance(result.exception, CommandFailed) else result.exit_code
    assert failed == code, (result.output, result.exception)
    return result.stdout


def test_the_law_they_are_made_from_has_no_mistake(tmp_path: Path) -> None:
    for law in (LAW, rule(), frozen("r", "r")):
        (tmp_path / "law.yaml").write_text(law)
        assert "No mistakes." in check(tmp_path / "law.yaml", ExitCode.OK)


@pytest.mark.parametrize("what", WRONG)
def test_it_is_told_with_line_column_and_remedy(what: str, tmp_path: Path) -> None:
    written, file = WRONG[what], tmp_path / "law.yaml"
    content = written if isinstance(written, bytes) else written.encode()
    file.write_bytes(content)
    told = check(file, ExitCode.USAGE).splitlines()
    place = re.fullmatch(r".*law\.yaml:(\d+):(\d+): .{8,}", told[0])
    assert place is not None, told
    assert 1 <= int(place[1]) <= content.count(b"\n") + 2
    assert any(line.startswith("    ") and len(line.strip()) > 5 for line in told[1:]), told


def test_what_is_no_file_is_said_at_once_and_never_read() -> None:
    assert "this is no file" in check(Path("/dev/zero"), ExitCode.USAGE)


def test_a_folder_without_a_law_is_told_as_such_also_under_a_profile(tmp_path: Path) -> None:
    (tmp_path / "a.cases.yaml").write_text("version: 1\n")
    for more in ([], ["--profile", "strict"]):
        told = CliRunner().invoke(app, ["policy", "check", str(tmp_path), *more]).stdout
        assert f"{tmp_path}:1:1: this folder holds no law" in told


def test_a_file_of_cases_without_mistakes_is_told_as_such(tmp_path: Path) -> None:
    cases = "version: 1\ncases:\n  - {name: a, given: {action: scale}, expect: {verdict: allowed}}\n"
    (tmp_path / "a.cases.yaml").write_text(cases)
    assert "without mistakes" in check(tmp_path / "a.cases.yaml", ExitCode.OK)
