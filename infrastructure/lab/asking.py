"""Speaks to a running lab's control endpoint, for the commands."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from infrastructure.lab.places import LabFile, is_alive

_ASK_SECONDS = 200.0


def running_lab(directory: Path) -> LabFile | None:
    lab = LabFile.read(directory)
    return lab if lab and is_alive(lab.pid) else None


def ask(lab: LabFile, method: str, path: str, body: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Its answer; `error` says why there is none."""
    connection = http.client.HTTPConnection(urlsplit(lab.control_url).netloc, timeout=_ASK_SECONDS)
    headers = {"Authorization": f"Bearer {lab.control_token}", "Content-Type": "application/json"}
    try:
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        return dict(json.loads(connection.getresponse().read()))
    except (OSError, http.client.HTTPException, ValueError) as error:
        return {"error": f"the lab (pid {lab.pid}) does not answer at {lab.control_url}: {error}"}
    finally:
        connection.close()
