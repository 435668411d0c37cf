"""The page of tools names every fault of the lab with the tools that cure it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "reference" / "tools.md"
FAULTS = sorted((ROOT / "infrastructure" / "lab" / "faults").glob("*.yaml"))


@pytest.mark.parametrize("path", FAULTS, ids=lambda path: path.stem)
def test_the_table_names_the_fault_and_its_cures(path: Path) -> None:
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith(f"| `{path.stem}` |")]
    assert len(rows) == 1
    wanted = yaml.safe_load(path.read_text())["expect"].get("tools") or []
    assert [tool for tool in wanted if f"`{tool}`" not in rows[0]] == []
    if not wanted:
        assert "| none |" in rows[0]
