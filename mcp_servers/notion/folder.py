"""Reads a folder of Markdown runbooks, and nothing outside of it: links that lead elsewhere are passed over."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from mcp_servers.kit.errors import Code, ToolError
from mcp_servers.notion.runbooks import Origin, Runbook, from_markdown

_MOST_FILES: Final = 3_000
_MOST_BYTES: Final = 1_000_000
_SKILL: Final = "SKILL.md"
_NOT_RUNBOOKS: Final = frozenset(
    {"readme.md", "license.md", "contributing.md", "changelog.md", "code_of_conduct.md"}
)


def read_folder(root: Path) -> tuple[list[Runbook], list[str]]:
    """(runbooks, what was left out and why). Raises ToolError where the folder cannot be read."""
    if not root.is_dir():
        raise ToolError(
            Code.UNAVAILABLE,
            f"RUNBOOK_DIR names {root}, which is no folder that this server can read.",
            try_next="Mount or create the folder, or mend RUNBOOK_DIR.",
        )
    home = root.resolve()
    found = sorted(home.rglob("*.md"))
    notes = (
        [f"{len(found)} files were found; the first {_MOST_FILES} are read."]
        if len(found) > _MOST_FILES
        else []
    )
    pages: list[Runbook] = []
    for path in found[:_MOST_FILES]:
        if any(part.startswith(".") for part in path.relative_to(home).parts):
            continue
        page, note = _read(path, home)
        pages += [page] if page else []
        notes += [note] if note else []
    return pages, notes


def _read(path: Path, home: Path) -> tuple[Runbook | None, str]:
    name = path.relative_to(home).as_posix()
    if path.name.lower() in _NOT_RUNBOOKS:
        return None, ""
    try:
        target = path.resolve(strict=True)
        if not target.is_relative_to(home) or not target.is_file():
            return None, f"{name}: it leads out of the folder"
        if target.stat().st_size > _MOST_BYTES:
            return None, f"{name}: it is larger than {_MOST_BYTES:,} bytes"
        text = target.read_text("utf-8", "replace")
        edited = datetime.fromtimestamp(target.stat().st_mtime, UTC).isoformat(timespec="seconds")
    except OSError as problem:
        return None, f"{name}: {problem.strerror or problem}"
    title = path.parent.name if path.name == _SKILL and path.parent != home else path.stem
    origin = Origin(id=name, source="folder", last_edited=edited.replace("+00:00", "Z"))
    return from_markdown(text, origin, fallback_title=title), ""
