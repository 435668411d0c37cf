"""Secrets taken out of text from webhooks and people, by the same rules as at the tool servers' edge."""

from __future__ import annotations

from mcp_servers.kit.redaction import redacted


def redact_text(text: str) -> str:
    """The text with every secret replaced by `[redacted:<kind>]`."""
    return str(redacted({"text": text})["text"])
