"""The real API and the built dashboard over the understudies' stores: opened in a second, closed and opened again at will."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import uvicorn
from api_stage import WEBHOOK, Stage
from furniture import furnish_ladder, furnish_mitigations
from spoiled import HOSTILE, MARK, Twin

from sre_agent.adapters.log_templates import templates_of
from sre_agent.api.app import build, shielded
from sre_agent.api.dashboard import dashboard
from sre_agent.api.parts import ApiSettings, TrustParts
from sre_agent.domain.ids import IncidentId, JournalKey
from sre_agent.domain.incident import Incident, Outcome, Status
from sre_agent.domain.journal import JournalDraft, Kind, linked, storable
from sre_agent.domain.law import Autonomy
from sre_agent.intake.identity import incident_id
from sre_agent.law_office import LawOffice
from sre_agent.law_source import LawSource
from sre_agent.testing.clock import HandClock
from sre_agent.testing.model import ScriptedModel
from sre_agent.testing.trust_book import MemoryTrustBook
from tests.scenarios.stories import Told

BUILT = Path(__file__).resolve().parents[2] / "dashboard" / "out"
STORY = "a release is reverted after approval"
AT_ONCE = 500


def blames_memory(prompt: str) -> str:
    """A language model that thinks of a leak, whatever it is told."""
    told = [json.loads(line) for line in prompt.split("\n") if line.startswith("{")]
    place = next(one["object"] for one in told if "object" in one)
    seen = next(one["evidence"] for one in told if "evidence" in one)
    thought = {"cause": "memory_leak", "object": place, "evidence": seen, "why": "it has grown"}
    return json.dumps({"hypotheses": [thought], "questions": []})


class House:
    """Five incidents: one that recovered (a whole story), its twin with hostile text in every field, one whose plan waits for
    two people, one that a test lets speak, and one that joined the one that waits."""

    def __init__(self, port: int, story: Told) -> None:
        told = story.stage
        self.port, self.ended = port, told.incident
        clock = HandClock(told.incident.updated_at + timedelta(minutes=5))
        self.stage = Stage(clock, ApiSettings(webhook_token=WEBHOOK, dashboard=BUILT))
        self.stage.store.state = told.store.state
        self.book = MemoryTrustBook(self.stage.store)
        self.stage.with_parts(
            templates=templates_of,
            law=LawOffice(LawSource(), clock),
            trust=TrustParts(self.book, Autonomy.OBSERVE),
            model=ScriptedModel(blames_memory),
        )
        self.waiting: Incident
        self.hostile: Incident
        self.spoiled: Incident
        self.joined: Incident
        self._server: uvicorn.Server | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def furnish(self) -> None:
        await self.stage.open_the_doors()
        await furnish_ladder(self.book, self.ended.id, self.stage.clock.now())
        twin = incident_id(self.stage.clock.now(), MARK)
        self.spoiled = await Twin(self.stage, self.ended, twin).make()
        await furnish_mitigations(self.stage, self.ended.id, datetime.now(UTC))
        self.waiting, _ = await self.stage.awaiting(people=2, roles=("approver",))
        self.hostile = await self.stage.incident("hostile", title=HOSTILE, summary=HOSTILE, question=HOSTILE)
        await self.stage.write(self.hostile.id, HOSTILE, f"again: {HOSTILE}")
        self.joined = await self.stage.incident(
            "joined", status=Status.CLOSED, outcome=Outcome.MERGED, merged_into=self.waiting.id
        )

    async def open(self) -> None:
        parts = replace(self.stage.parts, stopping=asyncio.Event())
        self.stage.parts = parts
        window = dashboard(BUILT, shielded(build(parts), parts), parts)
        assert window is not None, "the dashboard is not built: make dashboard"
        config = uvicorn.Config(
            window,
            host="127.0.0.1",
            port=self.port,
            lifespan="off",
            log_level="error",
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._task = asyncio.create_task(self._server.serve())
        while not self._server.started:
            assert not self._task.done(), "the API did not start"
            await asyncio.sleep(0.01)

    async def close(self) -> None:
        """As if it had died: open streams are cut, and nobody answers any more."""
        if self._server and self._task:
            self._server.should_exit = self._server.force_exit = True
            self.stage.parts.stopping.set()
            await self._task

    async def journal(self, incident: IncidentId, count: int) -> None:
        """So many entries at once, as a long incident has them."""
        for begin in range(0, count, AT_ONCE):
            texts = (
                f"entry {begin + n}: the checkout of cart {n % 97} was seen"
                for n in range(min(AT_ONCE, count - begin))
            )
            await self.stage.write(incident, *texts)

    async def speak(self, incident: IncidentId, *, each_second: int, seconds: float) -> None:
        """So many entries a second, one by one."""
        loop = asyncio.get_running_loop()
        begin = loop.time()
        for number in range(round(each_second * seconds)):
            self._say(incident, f"update {number}: p95 of cart is {number % 90} ms")
            await asyncio.sleep(max(0.0, begin + (number + 1) / each_second - loop.time()))

    def _say(self, incident: IncidentId, text: str) -> None:
        """Straight into the state: the understudy copies all it holds for each change, which is no cost of the browser's."""
        journal = self.stage.store.state.journal
        before = next(entry for entry in reversed(journal) if entry.incident_id == incident)
        draft = JournalDraft(
            key=JournalKey(text), kind=Kind.NOTE_ADDED, actor="test", text=text, at=self.stage.clock.now()
        )
        after = (before.seq, before.hash)
        journal.append(linked(incident, storable(draft), after=after, position=len(journal) + 1))
        self.stage.bulletin.ring(len(journal))

    def last_of(self, incident: IncidentId) -> int:
        return sum(entry.incident_id == incident for entry in self.stage.store.state.journal)
