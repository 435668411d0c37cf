"""The list of decisions names each page once, by its own title, in order."""

from __future__ import annotations

import re
from pathlib import Path

FOLDER = Path(__file__).parents[3] / "docs" / "adr"


def test_every_decision_is_listed_by_its_number() -> None:
    pages = [path.name for path in sorted(FOLDER.glob("[0-9]*.md"))]
    listed = re.findall(r"^- \[(\d+)\]\((\S+)\)", (FOLDER / "README.md").read_text("utf-8"), re.M)
    assert [page for _, page in listed] == pages
    assert [number for number, _ in listed] == [page[:4] for page in pages]


def test_no_two_decisions_share_a_number_and_each_says_its_own() -> None:
    pages = sorted(FOLDER.glob("[0-9]*.md"))
    assert len({page.name[:4] for page in pages}) == len(pages)
    for page in pages:
        assert page.read_text("utf-8").startswith(f"# {int(page.name[:4])}. "), page.name
