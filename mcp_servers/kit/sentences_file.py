"""`python -m mcp_servers.kit.sentences_file`: a file of log lines in, a CSV of templates out."""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from mcp_servers.kit.sentences import sentences
from mcp_servers.kit.templates import Templates

USAGE: Final = 2
_SHOWN: Final = 40
_CHARS_SHOWN: Final = 140


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0, or 2 with a message where a file cannot be read or written."""
    asked = _parser().parse_args(arguments)
    try:
        found = sentences(_lines(Path(asked.read)))
        if asked.out:
            _write(Path(asked.out), found)
    except OSError as problem:
        place = problem.filename or asked.read
        sys.stderr.write(
            f"{place}: {problem.strerror or problem}. --in should name a text file with one message a line, --out a file to write.\n"
        )
        return USAGE
    sys.stdout.write(_document(found) if asked.json else _table(found))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sre-agent logs templates", description="Group log lines by template."
    )
    parser.add_argument("--in", dest="read", required=True, metavar="FILE", help="one message a line")
    parser.add_argument("--out", metavar="FILE.csv", help="LineId,EventId,EventTemplate for every line")
    parser.add_argument(
        "--json", action="store_true", help="the templates with their counts as one JSON document"
    )
    return parser


def _lines(path: Path) -> Iterator[str]:
    """Whatever the bytes are; only a line feed ends a line, as in the log itself."""
    with path.open("r", encoding="utf-8", errors="replace", newline="\n") as handle:
        for line in handle:
            yield line.rstrip("\r\n")


def _write(path: Path, found: Templates) -> None:
    texts = [template.text for template in found.templates]
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(("LineId", "EventId", "EventTemplate"))
        writer.writerows((line, f"E{key + 1}", texts[key]) for line, key in enumerate(found.of_line, 1))


def _document(found: Templates) -> str:
    told: dict[str, Any] = {
        "lines": len(found.of_line),
        "templates": [
            {"event": f"E{one.key + 1}", "template": one.text, "count": one.count} for one in found.templates
        ],
    }
    return json.dumps(told, indent=2, ensure_ascii=False) + "\n"


def _table(found: Templates) -> str:
    often = sorted(found.templates, key=lambda one: -one.count)
    rows = [f"{one.count:>9}  {one.text[:_CHARS_SHOWN]}" for one in often[:_SHOWN]]
    more = [f"           … and {len(often) - _SHOWN} more"] if len(often) > _SHOWN else []
    head = f"{len(found.of_line)} lines, {len(often)} templates"
    return "\n".join([head, "    count  template", *rows, *more]) + "\n"


if __name__ == "__main__":
    sys.exit(main())
