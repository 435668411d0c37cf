"""What the runbook tools take and give."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mcp_servers.kit.contract import Answer, Ask
from mcp_servers.notion.runbooks import Source

Sources = Literal["notion", "folder", "both"]


class SearchRunbooks(Ask):
    query: str = Field(default="", max_length=4000)
    alertname: str = Field(default="", max_length=500)
    labels: dict[str, str] = Field(default={}, max_length=60)
    limit: int = Field(default=5, ge=1, le=50)


class GetRunbook(Ask):
    id: str = Field(min_length=1, max_length=500)


class ListRunbooks(Ask):
    limit: int = Field(default=100, ge=1, le=2000)


class Found(Answer):
    id: str
    title: str
    score: float
    excerpt: str
    url: str
    last_edited: str
    source: Source


class SearchAnswer(Answer):
    pages: list[Found]
    source: Sources
    notes: list[str] = []


class RunbookAnswer(Answer):
    id: str
    title: str
    markdown: str
    url: str
    alerts: list[str]
    last_edited: str
    source: Source


class Listed(Answer):
    id: str
    title: str
    source: Source


class ListAnswer(Answer):
    pages: list[Listed]
    truncated: bool = False
    notes: list[str] = []
