"""How commands print: text for people, JSON for scripts, notes and errors apart from both."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from typing import Any

from infrastructure.lab.places import LabFile

_SECRET = ("control_token", "github_token", "notion_api_key")


def public(lab: LabFile) -> dict[str, Any]:
    """What may be printed: no secrets."""
    return {name: value for name, value in vars(lab).items() if name not in _SECRET}


def tell(asked: argparse.Namespace, told: Mapping[str, Any], text: str, code: int = 0) -> int:
    print(json.dumps(told, indent=2) if asked.json else text)
    return code


def note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def fail(message: str) -> int:
    print(f"error: {message}", file=sys.stderr)
    return 1
