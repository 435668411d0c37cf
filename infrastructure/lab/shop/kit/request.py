"""What a handler is given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Request:
    """One request, read whole."""

    method: str
    path: str
    query: Mapping[str, str]
    params: Mapping[str, str]
    """What stood in the route's `{…}`."""
    body: Any
    trace_id: str
