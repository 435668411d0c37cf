"""Log lines of a tool server: one JSON object a line on standard output, nothing secret in it.

The standard library alone: a logging package costs each of five processes 6 MB for what is 20 lines here.
"""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime

from mcp_servers.kit.redaction import redacted_text


class JsonLines(logging.Formatter):
    """`extra={"fields": {…}}` adds its keys to the line."""

    def __init__(self, server: str) -> None:
        super().__init__()
        self._server = server

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line: dict[str, object] = {
            "ts": moment.replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "server": self._server,
            "logger": record.name,
            "event": redacted_text(record.getMessage()),
        }
        fields = getattr(record, "fields", None)
        if isinstance(fields, dict):
            line.update(fields)
        if record.exc_info:
            line["error"] = redacted_text(self.formatException(record.exc_info))
        return json.dumps(line, default=str, ensure_ascii=False)


def set_up(server: str, level: str) -> None:
    """Send everything through one handler; libraries that tell each request are kept to warnings."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines(server))
    logging.root.handlers[:] = [handler]
    logging.root.setLevel(level)
    for chatty in ("mcp", "uvicorn", "httpx", "httpx2", "urllib3", "asyncio"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, logging.root.level))
