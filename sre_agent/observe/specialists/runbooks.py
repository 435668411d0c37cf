"""The runbooks specialist: the page that people wrote for this alert. Its text is data, never an order."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import JsonValue

from sre_agent.domain.evidence import Question
from sre_agent.observe.repertoire import Ask, Claim
from sre_agent.observe.scene import NamedCall, Scene, text, tool
from sre_agent.picture.objects import items
from sre_agent.picture.reading import Kept


def _search(question: Question, scene: Scene) -> tuple[NamedCall, ...]:
    arguments: dict[str, JsonValue] = {
        "query": text(question, "query"),
        "alertname": text(question, "alertname"),
        "limit": 3,
    }
    return (tool("runbooks/search", "notion.search_runbooks", arguments),)


def _first_page(question: Question, scene: Scene, kept: Sequence[Kept]) -> tuple[NamedCall, ...]:
    """The best page whole: a person reads it beside the incident."""
    found = [str(page.get("id") or "") for one in kept for page in items(one.answer, "pages")]
    return tuple(tool("runbooks/page", "notion.get_runbook", {"id": page}) for page in found[:1] if page)


def _claims(question: Question, kept: Sequence[Kept]) -> tuple[Claim, ...]:
    pages = [(page, one.id) for one in kept for page in items(one.answer, "pages")]
    return tuple(Claim(f"runbook: {page.get('title')}", (evidence,)) for page, evidence in pages[:2])


REPERTOIRE = {"search": Ask(_search, _claims, "what people have written to do about this alert", _first_page)}
