"""The law in force: read from its files, watched, and replaced only by one that reads without a mistake."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Final

import structlog

from sre_agent.domain.audit import AuditDraft
from sre_agent.domain.frozen import Frozen, Moment
from sre_agent.domain.ids import Digest
from sre_agent.domain.law import PlanFacts, Ruling
from sre_agent.domain.plan import Plan
from sre_agent.errors import Retryable, SettingError
from sre_agent.policy.lawbook import Law
from sre_agent.policy.places import MAX_CHARS
from sre_agent.policy.problems import LawError, Place, Problem
from sre_agent.policy.reading import LawFile
from sre_agent.policy_engine import PolicyEngine
from sre_agent.ports.audit import AuditTrail
from sre_agent.ports.clock import Clock
from sre_agent.telemetry import Telemetry

log = structlog.get_logger("law")
SHIPPED: Final = Path(__file__).parent / "config" / "policies.yaml"
DEFAULT_PROFILE: Final = "default"
PROFILES: Final = (DEFAULT_PROFILE, "strict", "read-only")
"""All but the default are shipped files that are added to the law; since the strictest wins, they only tighten it."""
_CASES: Final = re.compile(r"(.*[._-])?(cases|tests?)\.ya?ml")
_ACTOR: Final = "sre-agent"

Stamp = tuple[tuple[str, int, int], ...]
"""Name, time of change (ns) and size of each file."""


class Refused(Frozen):
    """A changed law that was not taken, because it has mistakes."""

    at: Moment
    problems: tuple[str, ...]


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


@dataclass
class LawOffice:
    """Implements `ports.run.Law` with the law in force; the engine is replaced as one, so every ruling is of one law."""

    source: LawSource
    clock: Clock
    telemetry: Telemetry | None = None
    refused: Refused | None = field(default=None, init=False)
    """The last change, where it was not taken; none once a law was read without a mistake."""

    def __post_init__(self) -> None:
        """Raises LawError or SettingError: nothing starts with a law that is wrong."""
        self._stamp = self.source.stamp()
        self._engine = self.source.read()
        self.loaded_at = self.clock.now()

    @property
    def law(self) -> Law:
        return self._engine.law

    @property
    def digest(self) -> Digest:
        return self._engine.digest

    @property
    def files(self) -> tuple[str, ...]:
        return tuple(name for name, _, _ in self._stamp)

    def judge(self, plan: Plan, facts: PlanFacts) -> Ruling:
        return self._engine.judge(plan, facts)

    def look(self) -> str:
        """Read the law again where a file changed: `unchanged`, `reloaded`, or `refused`, which keeps the old law."""
        stamp = self.source.stamp()
        if stamp == self._stamp:
            return "unchanged"
        self._stamp = stamp
        try:
            engine = self.source.read()
        except SettingError as wrong:
            return self._refuse(wrong)
        self._engine, self.loaded_at, self.refused = engine, self.clock.now(), None
        log.warning("law.reloaded", digest=engine.digest, rules=len(engine.law.rules))
        return self._count("reloaded")

    async def watch(
        self,
        every: timedelta,
        audit: AuditTrail | None = None,
        reloaded: Callable[[], Awaitable[object]] | None = None,
    ) -> None:
        """Look every so often, and note each law taken or refused where a trail is given; until cancelled.

        `reloaded` is called after each law that was taken: what waits was judged under the one before.
        """
        await self._note(audit, "policy.loaded", self.digest)
        while True:
            await self.clock.sleep(every)
            found = await asyncio.to_thread(self.look)
            if found == "reloaded":
                await self._note(audit, "policy.reloaded", self.digest)
                if reloaded is not None:
                    await self._tell(reloaded)
            elif self.refused is not None and found == "refused":
                await self._note(audit, "policy.refused", "; ".join(self.refused.problems)[:2000])

    async def _tell(self, reloaded: Callable[[], Awaitable[object]]) -> None:
        """A store that is busy must not end the watch: what waits is judged anew at its next answer anyway."""
        try:
            await reloaded()
        except Retryable as busy:
            log.warning("law.waiting_not_woken", reason=str(busy))

    async def _note(self, audit: AuditTrail | None, action: str, detail: str) -> None:
        place, now = str(self.source.place), self.clock.now()
        if audit is not None:
            await audit.record(AuditDraft(actor=_ACTOR, action=action, subject=place, detail=detail, at=now))

    def _refuse(self, wrong: SettingError) -> str:
        told = tuple(str(each) for each in wrong.problems) if isinstance(wrong, LawError) else (str(wrong),)
        self.refused = Refused(at=self.clock.now(), problems=told)
        log.error("law.refused", problems=told, kept=self.digest)
        return self._count("refused")

    def _count(self, result: str) -> str:
        if self.telemetry is not None:
            self.telemetry.law_reloads.labels(result).inc()
            self.telemetry.law_refused.set(self.refused is not None)
        return result


@cache
def shipped_law(profile: str = DEFAULT_PROFILE) -> PolicyEngine:
    """The law as it is shipped, with a profile laid over it."""
    return LawSource(profile=profile).read()
