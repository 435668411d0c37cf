"""Each line of the page about failures names the test that holds it, and that test exists."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "explanation" / "failure-modes.md"


def test_each_failure_names_a_test_that_exists() -> None:
    rows = [
        line for line in PAGE.read_text().splitlines() if line.startswith("| ") and "what fails" not in line
    ]
    named = [re.search(r"`(test_\w+)` \|$", row) for row in rows]
    assert rows
    assert [row for row, name in zip(rows, named, strict=True) if name is None] == []
    there = {
        name
        for file in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"def (test_\w+)\(", file.read_text())
    }
    assert {name[1] for name in named if name} - there == set()
