"""YAML that was written to break its reader is refused in our own words by every reader of a file, or means nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from mcp_servers.notion.runbooks import Origin, from_markdown
from sre_agent.cli.connection import connection
from sre_agent.cli.exits import CommandFailed
from sre_agent.errors import BadInput, SettingError
from sre_agent.intake.relabel import relabel_rules
from sre_agent.policy.problems import LawError
from sre_agent.policy.reading import LawFile, read_law
from sre_agent.tool_belt import ToolBelt

BOMB_LINES = ["&a0 [x]", *(f"&a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10))]
HOSTILE = {
    "aliases that grow": "".join(f"k{n}: {line}\n" for n, line in enumerate(BOMB_LINES)),
    "aliases that grow in one value": "url:\n" + "".join(f"- {line}\n" for line in BOMB_LINES),
    "an alias to itself": "url: &a [*a]",
    "deep nesting": "[" * 2000,
    "an object of Python": "url: !!python/object/apply:os.getcwd []",
    "a day that is none": "url: 2026-99-99",
    "a number of thousands of digits": "version: " + "9" * 6000,
    "more than a number holds": "version: 1e999",
    "not a number": "version: .nan",
    "a key that is a list": "{[a]: b}",
    "a merge": "a: &a {url: x}\nb:\n  <<: *a",
    "a sign that YAML has not": "url: \x00",
}
hostile = pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())


@hostile
def test_relabelling_refuses_it(text: str) -> None:
    with pytest.raises(SettingError, match="ALERT_RELABEL_FILE"):
        relabel_rules(text)


@hostile
def test_the_tool_belt_refuses_it(text: str) -> None:
    with pytest.raises(BadInput):
        ToolBelt.read(text, "belt.yaml")


@hostile
def test_a_runbooks_front_matter_says_nothing_and_the_runbook_is_still_read(text: str) -> None:
    page = f"---\n{text}\n---\n# Cart is slow\n\nLook at the cart.\n"
    read = from_markdown(page, Origin(id="x", source="folder", last_edited=""), fallback_title="cart")
    assert "Look at the cart." in read.markdown
    assert len(read.url) < 100


@hostile
def test_a_law_refuses_it_with_its_place(text: str) -> None:
    with pytest.raises(LawError) as refused:
        read_law([LawFile("law.yaml", text)])
    assert all(problem.place.line and problem.remedy for problem in refused.value.problems)


@hostile
def test_the_file_of_the_command_line_is_refused_or_read_as_text(text: str, tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(text)
    try:
        found = connection({}, config_file=file).url
    except CommandFailed as refused:
        found = str(refused).replace(str(file), "").splitlines()[0]
    assert len(found) < 200
