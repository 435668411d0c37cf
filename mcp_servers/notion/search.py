"""`python -m mcp_servers.notion.search`: the runbooks of a folder that fit one alert, without a server."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from mcp_servers.kit.errors import ToolError
from mcp_servers.notion.folder import read_folder
from mcp_servers.notion.index import Hit, Index
from mcp_servers.notion.searching import BadPayload, believed, wanted_of

USAGE: Final = 2
_LARGEST: Final = 16 * 1024 * 1024


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0 with a list that may be empty; 2 with a message where the input is wrong."""
    asked = _parser().parse_args(arguments)
    try:
        wanted = wanted_of(_payload(Path(asked.alert)))
        pages, notes = read_folder(Path(asked.dir))
    except (BadPayload, ToolError) as wrong:
        where = asked.alert if isinstance(wrong, BadPayload) else asked.dir
        sys.stderr.write(f"{where}: {wrong}\n")
        return USAGE
    sys.stderr.writelines(f"{note}\n" for note in notes)
    hits = believed(Index(pages).search(wanted, asked.top), wanted)
    sys.stdout.write(_document(hits) if asked.json else _table(hits))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sre-agent runbooks search", description="Find the runbook of an alert."
    )
    parser.add_argument("--dir", required=True, help="a folder of Markdown pages")
    parser.add_argument(
        "--alert", required=True, metavar="FILE", help="an Alertmanager webhook payload (JSON)"
    )
    parser.add_argument("--top", type=_positive, default=5, metavar="K", help="so many pages at most (5)")
    parser.add_argument("--json", action="store_true", help="one JSON document instead of a table")
    return parser


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"a number from 1 up was expected, not {text!r}")
    return int(text)


def _payload(path: Path) -> object:
    try:
        if path.stat().st_size > _LARGEST:
            raise BadPayload(f"it is larger than the {_LARGEST >> 20} MiB that are read")
        return json.loads(path.read_text("utf-8-sig"))
    except OSError as problem:
        raise BadPayload(f"an Alertmanager payload was expected: {problem.strerror or problem}") from None
    except (ValueError, RecursionError) as problem:
        raise BadPayload(f"it is not JSON: {problem}") from None


def _document(hits: Sequence[Hit]) -> str:
    pages = [
        {
            "rank": rank,
            "file": hit.page.id,
            "title": hit.page.title,
            "score": hit.score,
            "excerpt": hit.excerpt,
        }
        for rank, hit in enumerate(hits, 1)
    ]
    return json.dumps({"pages": pages}, indent=2, ensure_ascii=False) + "\n"


def _table(hits: Sequence[Hit]) -> str:
    if not hits:
        return "No page fits this alert.\n"
    rows = [
        f"{rank}. {hit.page.title}  ({hit.page.id}, {hit.score:g})\n   {hit.excerpt}"
        for rank, hit in enumerate(hits, 1)
    ]
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    sys.exit(main())
