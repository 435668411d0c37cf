"""Log messages grouped by template, with the miner that the tool servers use too."""

from __future__ import annotations

from collections.abc import Sequence

from mcp_servers.kit.templates import mine


def templates_of(messages: Sequence[str]) -> tuple[str, ...]:
    """The template of each message, in order; `<*>` stands where messages of one template differ."""
    mined = mine(messages)
    texts = {each.key: each.text for each in mined.templates}
    return tuple(texts[key] for key in mined.of_line)
