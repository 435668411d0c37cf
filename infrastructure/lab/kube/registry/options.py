"""How a write is to be done, apart from what is written."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class WriteOptions:
    dry_run: bool = False
    manager: str = ""
    """Who is noted in managedFields; "" (the control plane itself) leaves them alone."""


@dataclass(frozen=True)
class DeleteOptions:
    grace_seconds: int | None = None
    propagation: str = ""
    """`Background`, `Foreground`, `Orphan`, or "" for the kind's own default."""
    uid: str = ""
    resource_version: str = ""
    dry_run: bool = False


TRUSTED = WriteOptions()
ORDINARY = DeleteOptions()
