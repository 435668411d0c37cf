"""The law in force: read from its files, watched, and replaced only by one that reads without a mistake."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

import structlog

from sre_agent.domain.audit import AuditDraft
from sre_agent.domain.frozen import Frozen, Moment
from sre_agent.domain.ids import Digest
from sre_agent.domain.law import PlanFacts, Ruling
from sre_agent.domain.plan import Plan
from sre_agent.errors import Retryable, SettingError
from sre_agent.law_shelf import LawShelf
from sre_agent.law_source import LawSource
from sre_agent.policy.lawbook import Law
from sre_agent.policy.problems import LawError
from sre_agent.policy.reading import LawFile
from sre_agent.policy_engine import PolicyEngine
from sre_agent.ports.audit import AuditTrail
from sre_agent.ports.clock import Clock
from sre_agent.telemetry import Telemetry

log = structlog.get_logger("law")
_ACTOR = "sre-agent"


class Refused(Frozen):
    """A changed law that was not taken, because it has mistakes."""

    at: Moment
    problems: tuple[str, ...]


@dataclass
class LawOffice:
    """Implements `ports.run.Law` with the law in force; the engine is replaced as one, so every ruling is of one law."""

    source: LawSource
    clock: Clock
    telemetry: Telemetry | None = None
    shelf: LawShelf | None = None
    """Where the last good law is kept, for all processes of this installation; none: it is forgotten with this one."""
    refused: Refused | None = field(default=None, init=False)
    """The last change, where it was not taken; none once a law was read without a mistake."""

    def __post_init__(self) -> None:
        """Raises LawError or SettingError: nothing starts with a law that is wrong, unless one that was good is kept."""
        self._stamp = self.source.stamp()
        try:
            self._take(self.source.texts())
        except SettingError as wrong:
            if (kept := self._kept()) is None:
                raise
            self._texts, self._engine = kept
            self.loaded_at = self.clock.now()
            self._refuse(wrong)

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
            return self._follow()
        self._stamp = stamp
        try:
            self._take(self.source.texts())
        except SettingError as wrong:
            return self._refuse(wrong)
        return self._reloaded()

    def under(self, profile: str) -> PolicyEngine:
        """The law in force with another profile laid over it; the files are not read again."""
        return replace(self.source, profile=profile).over(self._texts)

    def _take(self, texts: list[LawFile]) -> None:
        """Raises LawError, and then nothing is changed."""
        engine = self.source.over(texts)
        self._texts, self._engine, self.loaded_at, self.refused = texts, engine, self.clock.now(), None
        kept = self.shelf.read(self.source.place) if self.shelf else texts
        if self.shelf is not None and kept != texts:
            self.shelf.keep(self.source.place, texts)

    def _kept(self) -> tuple[list[LawFile], PolicyEngine] | None:
        """What is on the shelf for this place, where it still reads without a mistake."""
        texts = self.shelf.read(self.source.place) if self.shelf else []
        try:
            return (texts, self.source.over(texts)) if texts else None
        except LawError as wrong:
            log.error("law.kept_is_wrong", problems=[str(each) for each in wrong.problems])
            return None

    def _follow(self) -> str:
        """While the file is refused, another process may have read a later good law than this one did."""
        kept = self._kept() if self.refused else None
        if kept is None or kept[1].digest == self.digest:
            return "unchanged"
        self._texts, self._engine = kept
        self.loaded_at = self.clock.now()
        return self._reloaded()

    def _reloaded(self) -> str:
        log.warning("law.reloaded", digest=self.digest, rules=len(self.law.rules))
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
        await self._note_refusal(audit)
        while True:
            await self.clock.sleep(every)
            found = await asyncio.to_thread(self.look)
            if found == "reloaded":
                await self._note(audit, "policy.reloaded", self.digest)
                if reloaded is not None:
                    await self._tell(reloaded)
            elif found == "refused":
                await self._note_refusal(audit)

    async def _note_refusal(self, audit: AuditTrail | None) -> None:
        if self.refused is not None:
            told = f"law {self.digest[:12]} goes on: {'; '.join(self.refused.problems)}"
            await self._note(audit, "policy.refused", told[:2000])

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
