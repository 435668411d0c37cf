"""What every part of the forge works with, in one frozen value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from infrastructure.lab.forge.checks import Checks
from infrastructure.lab.forge.options import ForgeOptions
from infrastructure.lab.forge.pushes import Pushes
from infrastructure.lab.forge.records import Records
from infrastructure.lab.forge.repository import Repository
from infrastructure.lab.forge.writing import Writer


@dataclass(frozen=True)
class Workshop:
    options: ForgeOptions
    repository: Repository
    writer: Writer
    records: Records
    pushes: Pushes
    checks: Checks
    now: Callable[[], datetime]
