"""What can be wrong with a law file, said with place and remedy."""

from __future__ import annotations

from dataclasses import dataclass

from sre_agent.errors import SettingError


@dataclass(frozen=True, order=True)
class Place:
    """Where in a file; line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, order=True)
class Problem:
    """One mistake: where, what is wrong, and what to write instead."""

    place: Place
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.place}: {self.what}; {self.remedy}"


class LawError(SettingError):
    """A law file is wrong; the platform does not start with it. `problems` lists every mistake found."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = tuple(sorted(problems))
        listed = "\n".join(f"  {problem}" for problem in self.problems)
        super().__init__("POLICY_PATH", f"a law with mistakes:\n{listed}", "a law that reads without any")
