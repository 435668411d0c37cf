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
_YAML_KIND: Final = re.compile(r"^[-+ ]?kind:[ \t]{0,4}[\"']?Secret[\"']?[ \t]{0,4}$", re.MULTILINE)
_YAML_DATA: Final = re.compile(r"^[-+ ]?(?:data|stringData):[ \t]{0,4}$")
_YAML_ENTRY: Final = re.compile(
    r"^([-+ ]?[ \t]{1,40}[A-Za-z0-9_.-]{1,253}:[ \t]{1,4})(?!\[redacted:)(\S.{0,100000})$"
)


def is_secret(value: dict[str, JsonValue]) -> bool:
    return value.get("kind") == "Secret"


def blanked_values(data: JsonValue) -> JsonValue:
    """A Secret's `data`; what is empty already stays so."""
    if not isinstance(data, dict):
        return data
    return {key: _VALUE if value else value for key, value in data.items()}


def blanked_text(text: str) -> str:
    """The text with every Secret document in it blanked, whether it is one JSON document or YAML."""
    if "Secret" not in text:
        return text
    if text[:1] == "{" and len(text) <= LONGEST_JSON and _JSON_KIND.search(text):
        return _blanked_json(text)
    if _YAML_KIND.search(text) is None:
        return text
    parts = text.split("\n---")
    return "\n---".join(_blanked_yaml(part) if _YAML_KIND.search(part) else part for part in parts)


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
    inside = False
    lines = []
    for line in document.split("\n"):
        if _YAML_DATA.match(line):
            inside = True
        elif inside and line[:2].strip(" +-"):
            inside = False
        lines.append(_YAML_ENTRY.sub(rf"\g<1>{_VALUE}", line) if inside else line)
    return "\n".join(lines)
