"""A program's output: one JSON object a line, with errors and their stacks."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import CodeType, TracebackType
from typing import Any

_KIT = str(Path(__file__).parent)
_INSTALLED_AT = "/usr/local/lib/python3.11/site-packages/shopkit"
_STDLIB = str(Path(json.__file__).parent.parent)
_STDLIB_AT = "/usr/local/lib/python3.11"


class Output:
    """Writes a service's structured log lines."""

    def __init__(self, service: str, write: Callable[[str], None], level: str = "info") -> None:
        self._service = service
        self._write = write
        self._chatty = level == "debug"

    def debug(self, message: str, **fields: Any) -> None:
        if self._chatty:
            self.line("debug", message, fields)

    def info(self, message: str, **fields: Any) -> None:
        self.line("info", message, fields)

    def warning(self, message: str, **fields: Any) -> None:
        self.line("warning", message, fields)

    def error(self, message: str, **fields: Any) -> None:
        self.line("error", message, fields)

    def line(self, level: str, message: str, fields: Mapping[str, Any]) -> None:
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        entry = {"ts": now, "level": level, "msg": message, "service": self._service, **fields}
        self._write(json.dumps(entry, ensure_ascii=False, default=str))


def error_text(error: BaseException) -> str:
    """`KeyError: 'partner'`"""
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def stack_text(error: BaseException, sources: Mapping[str, str]) -> str:
    """The traceback as Python prints it; program files by their path in the repository."""
    lines = ["Traceback (most recent call last):"]
    lines += _frames(error.__traceback__, sources)
    lines.append(error_text(error))
    return "\n".join(lines)


def _frames(trace: TracebackType | None, sources: Mapping[str, str]) -> list[str]:
    lines: list[str] = []
    while trace is not None:
        code = trace.tb_frame.f_code
        lines.append(f'  File "{_shown(code)}", line {trace.tb_lineno}, in {code.co_qualname}')
        text = _source_line(sources.get(code.co_filename), trace.tb_lineno)
        if text:
            lines.append(f"    {text}")
        trace = trace.tb_next
    return lines


def _shown(code: CodeType) -> str:
    return code.co_filename.replace(_KIT, _INSTALLED_AT).replace(_STDLIB, _STDLIB_AT)


def _source_line(source: str | None, number: int) -> str:
    lines = source.splitlines() if source else []
    return lines[number - 1].strip() if 0 < number <= len(lines) else ""
