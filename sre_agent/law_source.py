"""Where the law stands, and what stands there: its files as texts, each mistake with its place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from sre_agent.errors import SettingError
from sre_agent.policy.places import MAX_CHARS
from sre_agent.policy.problems import LawError, Place, Problem
from sre_agent.policy.reading import LawFile
from sre_agent.policy_engine import PolicyEngine

SHIPPED: Final = Path(__file__).parent / "config" / "policies.yaml"
DEFAULT_PROFILE: Final = "default"
PROFILES: Final = (DEFAULT_PROFILE, "strict", "read-only")
"""All but the default are shipped files that are added to the law; since the strictest wins, they only tighten it."""
_CASES: Final = re.compile(r"(.*[._-])?(cases|tests?)\.ya?ml")

Stamp = tuple[tuple[str, int, int], ...]
"""Name, time of change (ns) and size of each file."""


@dataclass(frozen=True)
class LawSource:
    """Where the law stands: one file or a folder (none: the shipped one), and the profile laid over it."""

    path: Path | None = None
    profile: str = DEFAULT_PROFILE

    @property
    def place(self) -> Path:
        return self.path or SHIPPED

    def files(self) -> list[Path]:
        """The files of the law, in their order. Raises SettingError where there are none."""
        if not self.place.exists():
            expected = "a policy file or a folder of them"
            raise SettingError("POLICY_PATH", f"{self.place}, which does not exist", expected)
        if not (own := law_files(self.place)):
            told = "this folder holds no law (files of test cases are none)"
            remedy = "put at least one law file into it, NAME.yaml"
            raise LawError((Problem(Place(str(self.place), 1, 1), told, remedy),))
        return [*own, *profile_files(self.profile)]

    def read(self) -> PolicyEngine:
        """Raises LawError with every mistake."""
        return PolicyEngine.read(read_files(self.files()))

    def texts(self) -> list[LawFile]:
        """The law's own files, without the profile. Raises LawError, SettingError."""
        self.files()
        return read_files(law_files(self.place))

    def over(self, texts: Sequence[LawFile]) -> PolicyEngine:
        """These texts with the profile laid over them. Raises LawError."""
        return PolicyEngine.read([*texts, *read_files(profile_files(self.profile))])

    def stamp(self) -> Stamp:
        """Changes whenever a file does; empty where one cannot be looked at."""
        try:
            seen = [(str(file), file.stat()) for file in self.files()]
        except (OSError, SettingError):
            return ()
        return tuple((name, stat.st_mtime_ns, stat.st_size) for name, stat in seen)


def law_files(place: Path) -> list[Path]:
    """A file itself, or the YAML files of a folder in the order of their names; test cases beside them are no law."""
    if not place.is_dir():
        return [place]
    return [file for file in sorted(place.glob("*.y*ml")) if not is_cases(file)]


def profile_files(profile: str) -> list[Path]:
    return [] if profile == DEFAULT_PROFILE else [SHIPPED.with_name(f"policies-{profile}.yaml")]


def is_cases(file: Path) -> bool:
    """Whether a file's name says that it holds test cases: `cases.yaml`, `payments.cases.yaml`."""
    return _CASES.fullmatch(file.name) is not None


def read_files(files: Iterable[Path]) -> list[LawFile]:
    """The texts of these files. Raises LawError for what cannot be read as text, or is too large to be a law."""
    found: list[LawFile] = []
    problems: list[Problem] = []
    for file in files:
        text = _text(file)
        if isinstance(text, Problem):
            problems.append(text)
        else:
            found.append(LawFile(str(file), text))
    if problems:
        raise LawError(tuple(problems))
    return found


def _text(file: Path) -> str | Problem:
    start = Place(str(file), 1, 1)
    try:
        if not file.is_file():
            return Problem(start, "this is no file", "name a YAML file, or a folder that holds some")
        if file.stat().st_size > MAX_CHARS:
            size = f"the file has {file.stat().st_size} bytes"
            return Problem(start, size, f"keep it under {MAX_CHARS}; split the law into several files")
        content = file.read_bytes()
    except OSError as problem:
        return Problem(start, f"it cannot be read: {problem.strerror}", "let the agent's user read it")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = content.count(b"\n", 0, problem.start) + 1
        column = problem.start - content.rfind(b"\n", 0, problem.start)
        found = f"byte 0x{content[problem.start]:02x} is not UTF-8"
        return Problem(Place(str(file), line, column), found, "save the file as UTF-8 text")


@cache
def shipped_law(profile: str = DEFAULT_PROFILE) -> PolicyEngine:
    """The law as it is shipped, with a profile laid over it."""
    return LawSource(profile=profile).read()
