"""Which repositories this server may touch: those that it was told of, and no other. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from mcp_servers.kit.errors import Code, ToolError, not_configured
from mcp_servers.kit.problems import SettingProblem

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+\Z")


@dataclass(frozen=True)
class Repositories:
    """`owner/name`, the default first."""

    names: tuple[str, ...]

    def named(self, asked: str) -> str:
        """The repository meant; empty means the default. Raises ToolError."""
        if not self.names:
            raise not_configured("GITHUB_REPOSITORIES", "repository")
        if not asked:
            return self.names[0]
        known = next((name for name in self.names if name.lower() == asked.lower()), None)
        if known is None:
            raise ToolError(
                Code.FORBIDDEN,
                f"{asked[:120]!r} is not among the repositories of this server: {', '.join(self.names)}.",
                try_next="Name one of these, or add it to GITHUB_REPOSITORIES.",
            )
        return known


def read_repositories(env: Mapping[str, str]) -> Repositories:
    """Raises SettingProblem."""
    names = tuple(part.strip() for part in env.get("GITHUB_REPOSITORIES", "").split(",") if part.strip())
    wrong = next((name for name in names if not _NAME.match(name)), None)
    if wrong is not None:
        raise SettingProblem("GITHUB_REPOSITORIES", repr(wrong), "a comma list of owner/name")
    return Repositories(names)


def place(repository: str, *parts: str | int) -> str:
    """`/repos/owner/name/part/…`; slashes inside a part stay (paths and branch names have them)."""
    return "/".join((f"/repos/{repository}", *(quote(str(part), safe="/") for part in parts)))
