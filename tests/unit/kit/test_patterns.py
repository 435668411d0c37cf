"""Patterns mean the same on every Python that the product runs on."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
A_GROUP_REPEATED_POSSESSIVELY = re.compile(r"\)(?:[*+?]|\{[0-9,]*\})\+|\(\?>")


def test_no_pattern_repeats_a_group_possessively() -> None:
    """CPython before 3.11.5, which Debian 12 ships, forgets where such a repetition may stop (its issue 106052)."""
    for room in ("mcp_servers", "sre_agent", "backend", "infrastructure"):
        for path in (ROOT / room).rglob("*.py"):
            for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
                found = A_GROUP_REPEATED_POSSESSIVELY.search(line)
                assert found is None, f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
