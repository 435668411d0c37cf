"""The `.env` file: read as Docker Compose would read it, written once with generated secrets."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterable
from pathlib import Path

from sre_agent.errors import SettingError

TEMPLATE = Path(__file__).with_name("env.template")
GENERATED = ("ADMIN_TOKEN", "WEBHOOK_TOKEN", "POSTGRES_PASSWORD")
"""Secrets that nobody has to think of."""
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_COMMENT = re.compile(r"\s#")
_ASSIGNMENT = "NAME=value, or a comment that begins with #"


def ensure(path: Path) -> bool:
    """Write the file with fresh secrets, readable by its owner alone, where there is none. True: it was made."""
    if path.exists():
        return False
    text = TEMPLATE.read_text(encoding="utf-8")
    for name in GENERATED:
        text = text.replace(f"{{{name}}}", secrets.token_urlsafe(32))
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    return True


def complete(path: Path) -> tuple[str, ...]:
    """Add the secrets that a file written by hand lacks; their names. Raises SettingError."""
    missing = tuple(name for name in GENERATED if not read(path).get(name))
    if missing:
        lines = [f"{name}={secrets.token_urlsafe(32)}\n" for name in missing]
        with path.open("a", encoding="utf-8") as file:
            file.write("\n# -- Secrets that were missing, generated.\n" + "".join(lines))
    return missing


def read(path: Path) -> dict[str, str]:
    """The assignments of the file; none where there is no file. Raises SettingError for a line that is none."""
    if not path.exists():
        return {}
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as problem:
        raise SettingError(
            str(path), f"not readable ({problem})", "a text file of NAME=value lines"
        ) from None
    return parse(text.splitlines(), str(path))


def parse(lines: Iterable[str], where: str) -> dict[str, str]:
    """`NAME=value`, `export NAME=value`; `#` begins a comment; the last of two assignments wins."""
    found: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        name, separator, value = text.removeprefix("export ").partition("=")
        if not separator or not _NAME.fullmatch(name.strip()):
            raise SettingError(f"{where} line {number}", repr(text.partition("=")[0][:40]), _ASSIGNMENT)
        found[name.strip()] = _value(value.strip(), f"{where} line {number} ({name.strip()})")
    return found


def _value(text: str, where: str) -> str:
    """The value is not shown in errors: it may be a secret."""
    quoted = text[:1] in ("'", '"')
    value = _quoted(text, where) if quoted else _COMMENT.split(text, maxsplit=1)[0].rstrip()
    if not text.startswith("'") and ("$" in value or (text.startswith('"') and "\\" in value)):
        found = "a value with $ or \\, which Docker Compose would replace"
        raise SettingError(where, found, "put into 'single quotes'")
    return value


def _quoted(text: str, where: str) -> str:
    value, closing, rest = text[1:].partition(text[0])
    if not closing:
        raise SettingError(where, "a value whose quote is never closed", "closed with the same quote")
    if rest.strip() and not rest.lstrip().startswith("#"):
        raise SettingError(where, "a quoted value with something behind it", "one quoted value")
    return value
