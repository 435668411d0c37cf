"""What a runbook is here, and how one is read from Markdown with front matter. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

import yaml

Source = Literal["notion", "folder"]

MOST_TEXT_CHARS: Final = 200_000
_MOST_FRONT_MATTER_CHARS: Final = 20_000
_FRONT_MATTER: Final = re.compile(r"\A\ufeff?---[ \t]*\r?\n(.*?)\r?\n---[ \t]*(?:\r?\n|\Z)", re.S)
_HEADING: Final = re.compile(r"^#{1,2}[ \t]+(.+?)[ \t#]*$", re.M)
_ALERT_NAME: Final = re.compile(r"[A-Z][a-z0-9]+(?:[A-Z]+[a-z0-9]*)+\Z")
_ALERT_KEYS: Final = ("alert", "alerts", "alertname", "alertnames", "alert name", "alert names")
_TAG_KEYS: Final = (
    "description",
    "tags",
    "labels",
    "services",
    "service",
    "components",
    "component",
    "keywords",
    "when",
)


@dataclass(frozen=True)
class Runbook:
    """A human's written remedy. `alerts`: names of alerts that it says it is for; `tags`: what else describes it."""

    id: str
    title: str
    markdown: str
    source: Source
    alerts: tuple[str, ...] = ()
    tags: str = ""
    url: str = ""
    last_edited: str = ""


@dataclass(frozen=True)
class Origin:
    """Where a page's text came from."""

    id: str
    source: Source
    url: str = ""
    last_edited: str = ""


def from_markdown(text: str, origin: Origin, *, fallback_title: str) -> Runbook:
    """A page of Markdown, with or without front matter; a `SKILL.md` is read as it stands."""
    fields, body = split_front_matter(text[:MOST_TEXT_CHARS])
    heading = _HEADING.search(body)
    title = (
        _said(fields, "title") or _said(fields, "name") or (heading[1] if heading else "") or fallback_title
    )
    names = (fallback_title, title, heading[1] if heading else "", *_listed(fields, _ALERT_KEYS))
    return Runbook(
        id=origin.id,
        title=title.strip(),
        markdown=body.strip(),
        source=origin.source,
        alerts=alert_names(names, sure=_listed(fields, _ALERT_KEYS)),
        tags=" ".join(_listed(fields, _TAG_KEYS)),
        url=_said(fields, "url") or origin.url,
        last_edited=origin.last_edited,
    )


def split_front_matter(text: str) -> tuple[dict[str, Any], str]:
    """(fields with lower-case keys, the rest). Front matter that is no YAML mapping is left in the text."""
    match = _FRONT_MATTER.match(text)
    if match is None or len(match[1]) > _MOST_FRONT_MATTER_CHARS:
        return {}, text
    try:
        fields = yaml.safe_load(match[1])
    except (yaml.YAMLError, ValueError, RecursionError):
        return {}, text
    if not isinstance(fields, dict):
        return {}, text
    return {str(key).lower(): value for key, value in fields.items()}, text[match.end() :]


def alert_names(candidates: tuple[str, ...], *, sure: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Those that are written as alerts are (CamelCase), and all that the page itself calls alerts."""
    named = [name.strip() for name in candidates if _ALERT_NAME.match(name.strip())]
    return tuple(dict.fromkeys([*(name.strip() for name in sure if name.strip()), *named]))


def _said(fields: Mapping[str, Any], key: str) -> str:
    """One plain value as text; of a list or a mapping nothing, since aliases can make it larger than any memory."""
    value = fields.get(key)
    return str(value) if isinstance(value, str | int | float | date) else ""


def _listed(fields: Mapping[str, Any], keys: tuple[str, ...]) -> tuple[str, ...]:
    values: list[str] = []
    for key in keys:
        value = fields.get(key)
        if isinstance(value, str):
            values += value.split(",") if key in _ALERT_KEYS else [value]
        elif isinstance(value, list):
            values += [str(one) for one in value if isinstance(one, str | int | float)]
        elif isinstance(value, dict):
            values += [f"{name} {one}" for name, one in value.items() if isinstance(one, str | int)]
    return tuple(values)
