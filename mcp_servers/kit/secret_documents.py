"""Kubernetes Secrets that stand in text or JSON: their values are blanked, their keys stay."""

from __future__ import annotations

import json
import re
from typing import Final

from pydantic import JsonValue

from mcp_servers.kit.secret_kinds import marker

LONGEST_JSON: Final = 2_000_000
_VALUE: Final = marker("kubernetes-secret")
_JSON_KIND: Final = re.compile(r"\"kind\"\s{0,4}:\s{0,4}\"Secret\"")
_INNER_KIND: Final = re.compile(
    r"(?:\\{0,7}\"|')kind(?:\\{0,7}\"|')\s{0,4}:\s{0,4}(?:\\{0,7}\"|')Secret(?:\\{0,7}\"|')"
)
_INNER_DATA: Final = re.compile(
    r"(?P<keep>(?:\\{0,7}\"|')(?:data|stringData)(?:\\{0,7}\"|')\s{0,4}:\s{0,4}\{)(?P<map>[^{}]{1,200000}+)(?=\})"
)
_INNER_VALUE: Final = re.compile(
    r"(?P<keep>:\s{0,4}(?P<quote>\\{0,7}\"|'))(?!\[redacted:)(?P<value>[^\"'\\]{1,100000}+|(?:(?!(?P=quote)).){1,4096})(?=(?P=quote))",
    re.DOTALL,
)
_YAML_KIND: Final = re.compile(
    r"^[-+ ]?[ \t]{0,60}(?:- )?[\"']?kind[\"']?:[ \t]{0,4}[\"']?Secret[\"']?[ \t\r]{0,4}$", re.MULTILINE
)
_YAML_DATA: Final = re.compile(
    r"^[-+ ]?(?P<indent>[ \t]{0,60}(?:- )?)[\"']?(?:data|stringData)[\"']?:[ \t]{0,4}(?P<flow>\{.{1,100000})?\r?$"
)
_YAML_ENTRY: Final = re.compile(
    r"^([-+ ]?[ \t]{1,80}[\"']?[A-Za-z0-9_.-]{1,253}[\"']?:[ \t]{1,4})(?!\[redacted:)(\S.{0,100000})$"
)


def is_secret(value: dict[str, JsonValue]) -> bool:
    return value.get("kind") == "Secret"


def blanked_values(data: JsonValue) -> JsonValue:
    """A Secret's `data`; what is empty already stays so."""
    if not isinstance(data, dict):
        return data
    return {key: _VALUE if value else value for key, value in data.items()}


def blanked_text(text: str) -> str:
    """The text with every Secret document in it blanked: JSON, JSON within JSON or within a sentence, or YAML."""
    if "Secret" not in text:
        return text
    if text.lstrip()[:1] in ("{", "[") and len(text) <= LONGEST_JSON and _JSON_KIND.search(text):
        text = _blanked_json(text)
    if _INNER_KIND.search(text):
        text = _INNER_DATA.sub(_inner_map, text)
    if _YAML_KIND.search(text) is None:
        return text
    parts = text.split("\n---")
    return "\n---".join(_blanked_yaml(part) if _YAML_KIND.search(part) else part for part in parts)


def _inner_map(found: re.Match[str]) -> str:
    return found["keep"] + _INNER_VALUE.sub(lambda value: value["keep"] + _VALUE, found["map"])


def _blanked_json(text: str) -> str:
    try:
        document = json.loads(text)
        clean = _blanked(document)
    except (ValueError, RecursionError):
        return text
    return text if clean == document else json.dumps(clean, separators=(",", ":"))


def _blanked(value: JsonValue) -> JsonValue:
    if isinstance(value, list):
        return [_blanked(item) for item in value]
    if not isinstance(value, dict):
        return value
    blank = is_secret(value)
    return {
        key: blanked_values(item) if blank and key in ("data", "stringData") else _blanked(item)
        for key, item in value.items()
    }


def _blanked_yaml(document: str) -> str:
    """What is deeper than `data:` are its entries, and what is deeper than an entry is more of its value."""
    data, entry = -1, -1
    lines: list[str] = []
    for line in document.split("\n"):
        depth = _depth(line)
        begins = _YAML_DATA.match(line)
        if begins:
            data, entry = depth, -1
            line = f"{line[: begins.start('flow')]}{_VALUE}" if begins["flow"] else line
        elif data >= 0 and line.strip(" +-") and depth <= data:
            data = -1
        elif data >= 0 and line.strip():
            if entry < 0 or depth <= entry:
                entry, line = depth, _YAML_ENTRY.sub(rf"\g<1>{_VALUE}", line)
            else:
                line = f"{line[: len(line) - len(line.lstrip(' +-'))]}{_VALUE}"
        lines.append(line)
    return "\n".join(lines)


def _depth(line: str) -> int:
    """Of a line of YAML or of a diff of it; a dash before an item is as deep as the item."""
    body = (
        line[1:] if line[:1] in "+-" and line[1:2] in (" ", "-", "d", "s", "k") and line[:2] != "- " else line
    )
    return len(body) - len(body.lstrip(" -"))
