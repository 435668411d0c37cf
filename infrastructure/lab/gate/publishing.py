"""Lays each reader's file in that reader's own folder."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

ENV = "env"


def withdraw(folder: Path, readers: Iterable[str]) -> None:
    """What an earlier lab told is true no longer."""
    for reader in readers:
        (folder / reader / ENV).unlink(missing_ok=True)


def publish(folder: Path, reader: str, variables: Mapping[str, str], files: Mapping[str, str]) -> None:
    """The variables come last and whole: whoever sees them finds the files they name."""
    own = folder / reader
    own.mkdir(parents=True, exist_ok=True, mode=0o700)
    lines = "".join(f"{name}={value}\n" for name, value in variables.items())
    for name, text in {**files, ENV: lines}.items():
        fresh = own / f".{name}.new"
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
        os.replace(fresh, own / name)
