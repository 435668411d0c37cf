"""Which engine decides here: its version, and a digest of the rules it decides by."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Final

from sre_agent.domain.diagnosis import Engine

# The rooms that a diagnosis is made in. A version alone would call two builds of one release the same engine.
ROOMS: Final = ("orient", "catalogue", "picture", "signals")
_SHOWN: Final = 12


@cache
def engine() -> Engine:
    """The engine that this process runs; its own files are read once."""
    return Engine(version=metadata.version("sre-agent"), rules=rules_of(Path(__file__).parents[1]))


def rules_of(house: Path) -> str:
    """A digest of the code of those rooms: the same code gives the same, wherever it is installed."""
    digest = hashlib.sha256()
    for file in sorted(file for room in ROOMS for file in (house / room).rglob("*.py")):
        for part in (file.relative_to(house).as_posix().encode(), file.read_bytes()):
            digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()[:_SHOWN]
