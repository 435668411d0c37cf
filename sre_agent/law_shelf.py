"""The last law that read without a mistake, kept in the home folder: what a process goes on with that starts while the file is broken."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import structlog

from sre_agent.policy.reading import LawFile

log = structlog.get_logger("law")
_OWNER_ONLY: Final = 0o600


@dataclass(frozen=True)
class LawShelf:
    """One file, for all processes of an installation; replaced whole. A law of another place is nobody's here."""

    file: Path

    def read(self, place: Path) -> list[LawFile]:
        """The files of the law that was last good at this place; none where none is kept, or what is kept is damaged."""
        try:
            kept = json.loads(self.file.read_text(encoding="utf-8"))
            return _files_of(kept) if kept["place"] == str(place) else []
        except FileNotFoundError:
            return []
        except (OSError, ValueError, KeyError, TypeError) as wrong:
            log.error("law.shelf_unreadable", file=str(self.file), reason=str(wrong))
            return []

    def keep(self, place: Path, files: Sequence[LawFile]) -> None:
        """Durable when it returns. A disk that takes nothing is told of, and stops no law."""
        said = {"place": str(place), "files": [{"name": each.name, "text": each.text} for each in files]}
        fresh = self.file.with_name(f".{self.file.name}.{secrets.token_hex(4)}")
        try:
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY), "w") as out:
                json.dump(said, out)
                out.flush()
                os.fsync(out.fileno())
            fresh.replace(self.file)
        except OSError as wrong:
            log.error("law.not_kept", file=str(self.file), reason=str(wrong))
            with contextlib.suppress(OSError):
                fresh.unlink(missing_ok=True)


def _files_of(kept: Any) -> list[LawFile]:
    return [LawFile(str(each["name"]), str(each["text"])) for each in kept["files"]]
