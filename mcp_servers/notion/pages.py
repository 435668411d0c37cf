"""Notion's page objects as runbooks: the title, the alerts that its properties name, and what else they say. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from mcp_servers.notion.markdown import markdown, plain
from mcp_servers.notion.runbooks import MOST_TEXT_CHARS, Runbook, alert_names

Page = Mapping[str, Any]

_ALERTS: Final = ("alert", "alerts", "alertname", "alertnames", "alert name", "alert names")


def stamp(page: Page) -> tuple[str, str]:
    """(id, last edit): while both stay, the page's blocks need not be read again."""
    return str(page["id"]), str(page.get("last_edited_time") or "")


def runbook(page: Page, blocks: Sequence[Mapping[str, Any]]) -> Runbook:
    said = {str(name): value for name, value in (page.get("properties") or {}).items()}
    title = next((plain(one.get("title")) for one in said.values() if one.get("type") == "title"), "")
    sure = tuple(
        name
        for key, value in said.items()
        if key.strip().lower() in _ALERTS and value.get("type") != "title"
        for name in told(value)
    )
    tags = [text for key, value in said.items() if key.strip().lower() not in _ALERTS for text in told(value)]
    page_id, edited = stamp(page)
    return Runbook(
        id=page_id,
        title=title.strip() or "(untitled)",
        markdown=markdown(blocks)[:MOST_TEXT_CHARS],
        source="notion",
        alerts=alert_names((title,), sure=tuple(part for name in sure for part in name.split(","))),
        tags=" ".join(tags),
        url=str(page.get("url") or ""),
        last_edited=edited,
    )


def is_live(page: Page) -> bool:
    return not (page.get("archived") or page.get("in_trash"))


def told(value: Mapping[str, Any]) -> list[str]:
    """What a property says in words; dates, people, relations and numbers say nothing to a search."""
    kind = value.get("type")
    if kind == "rich_text":
        text = plain(value.get("rich_text"))
        return [text] if text else []
    if kind in ("select", "status"):
        chosen = value.get(str(kind)) or {}
        return [str(chosen["name"])] if chosen.get("name") else []
    if kind == "multi_select":
        return [str(one["name"]) for one in value.get("multi_select") or () if one.get("name")]
    return []
