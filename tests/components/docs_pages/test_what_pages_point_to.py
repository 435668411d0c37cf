"""Every relative link leads somewhere, and every command that a page names can be typed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from docs.generate.commands import every_command
from docs.generate.pages import ROOT

SKIPPED = {"var", "node_modules", "repo", "tests", "results"}
"""`repo` is the lab's shop, whose pages speak of the shop's own house."""
LINK = re.compile(r"(?<!\!)\[[^\]\n]+\]\(([^)\s]+)\)|!\[[^\]\n]*\]\(([^)\s]+)\)|<img [^>]*src=\"([^\"]+)\"")
COMMANDS = cache(every_command)
MAKE = re.compile(r"(?:^|`|\s)make((?: [a-z][a-z0-9-]+)+)")
PROGRAM = re.compile(r"(?<!-n )(?:^|(?<=[`\s|;&(/]))sre-agent((?: +[a-z][a-z-]*)+)(.*)")
LAB_VERBS = {"up", "down", "status", "list", "break", "heal", "verify"}


def pages() -> list[Path]:
    found = (path for path in ROOT.rglob("*.md"))
    return sorted(path for path in found if not _is_foreign(path.relative_to(ROOT)))


def _is_foreign(path: Path) -> bool:
    return bool(SKIPPED & set(path.parts)) or any(part.startswith(".") for part in path.parts)


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_to_a_file_and_to_a_heading(page: Path) -> None:
    for target in links(page.read_text("utf-8")):
        place, _, heading = target.partition("#")
        found = (page.parent / place).resolve() if place else page
        assert found.exists(), target
        if heading:
            assert heading in anchors(found.read_text("utf-8")), target


def links(text: str) -> Iterator[str]:
    for found in LINK.findall(_without_code(text)):
        target = next(part for part in found if part)
        if "://" not in target and not target.startswith("mailto:"):
            yield target


def anchors(text: str) -> set[str]:
    """Headings, as a forge makes addresses of them."""
    titles = re.findall(r"^#+ (.+)$", text, re.M)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def _without_code(text: str) -> str:
    return re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.S)


def _code(text: str) -> Iterator[str]:
    """What stands in code quotes, and each line of fenced blocks that a shell would read."""
    for language, block in re.findall(r"^ *```(\w*)\n(.*?)^ *```", text, re.S | re.M):
        if language in ("", "sh", "console", "bash"):
            yield from block.splitlines()
    yield from re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.S))


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_make_target_that_a_page_names_is_there(page: Path) -> None:
    there = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    for line in _code(page.read_text("utf-8")):
        for found in MAKE.findall(line.split("#")[0]):
            assert set(found.split()) <= there, line


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_and_option_that_a_page_names_is_there(page: Path) -> None:
    for line in _code(page.read_text("utf-8")):
        for words, rest in PROGRAM.findall(line.split("#")[0]):
            assert complaint(words.split(), rest) == "", line


def complaint(words: list[str], rest: str) -> str:
    commands = COMMANDS()
    if words[0] == "lab":
        return "" if words[1:2] == [] or words[1] in LAB_VERBS else f"the lab has no {words[1]}"
    command = commands.get(tuple(words[:1])) or commands.get(tuple(words[:2]))
    if command is None:
        groups = {known[0] for known in commands}
        return "" if len(words) == 1 and words[0] in groups else f"there is no sre-agent {' '.join(words)}"
    known = {"--help", "--url", "--token", "--config", *(o for one in command.params for o in one.opts)}
    strange = set(re.findall(r"(?<=\s)--[a-z-]+", rest.split("|")[0].split(";")[0])) - known
    return f"{' '.join(words)} has no {sorted(strange)}" if strange else ""


def test_a_page_that_is_wrong_would_be_found() -> None:
    assert complaint(["incidents", "burn"], "")
    assert complaint(["incidents", "list"], " --loud")
    assert not complaint(["incidents", "list"], " --json | head")
    assert list(links("[a](b.md) `[c](d.md)` [e](https://example.org)")) == ["b.md"]
    assert "send-it-your-alerts" in anchors("## Send it your alerts\n")
    assert MAKE.findall("make bnech") == [" bnech"]
