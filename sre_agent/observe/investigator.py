"""Puts one question to the world: its tool calls at once and bounded, answers kept, failures told as unknowns."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sre_agent.domain.evidence import Question, Specialist, Unknown
from sre_agent.domain.frozen import JsonObject
from sre_agent.domain.ids import JournalKey
from sre_agent.domain.journal import JournalDraft, Kind
from sre_agent.errors import Permanent, Retryable, ToolNotConfigured
from sre_agent.observe.repertoire import Ask, Claim
from sre_agent.observe.scene import NamedCall, Scene
from sre_agent.observe.specialists import github, kubernetes, logs, metrics, runbooks
from sre_agent.picture.reading import Kept
from sre_agent.ports.ledger import KeptAnswer
from sre_agent.ports.run import Run

REPERTOIRES: Mapping[Specialist, Mapping[str, Ask]] = {
    Specialist.KUBERNETES: kubernetes.REPERTOIRE,
    Specialist.METRICS: metrics.REPERTOIRE,
    Specialist.LOGS: logs.REPERTOIRE,
    Specialist.RUNBOOKS: runbooks.REPERTOIRE,
    Specialist.GITHUB: github.REPERTOIRE,
}
EXCERPT = 600
_ENCODER = json.JSONEncoder(ensure_ascii=False)


def excerpt_of(content: JsonObject) -> str:
    """The first characters of its JSON. No more is written than that: an answer of megabytes takes 20 ms to write
    whole, in which no webhook is answered."""
    parts: list[str] = []
    size = 0
    for part in _ENCODER.iterencode(content):
        parts.append(part)
        size += len(part)
        if size >= EXCERPT:
            break
    return "".join(parts)[:EXCERPT]


@dataclass
class Gathered:
    """What one question brought: evidence, claims, and what could not be seen."""

    evidence: list[str] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    unknowns: list[Unknown] = field(default_factory=list)
    calls: list[JournalDraft] = field(default_factory=list)


async def investigate(question: Question, scene: Scene, run: Run, turn: int) -> Gathered:
    """Ask one question within its time and number of calls. Never raises for a tool that fails: that is an unknown."""
    ask = REPERTOIRES[question.specialist].get(question.ask)
    if ask is None:
        why = f"{question.specialist} has no question named {question.ask}"
        return Gathered(unknowns=[Unknown(what=question.id, why=why, would_have_told="nothing")])
    gathered = Gathered()
    try:
        async with asyncio.timeout(run.limits.question_time.total_seconds()):
            await _ask(question, ask, scene, _Asker(run, question, turn, gathered, ask))
    except TimeoutError:
        why = f"it took longer than {run.limits.question_time.total_seconds():.0f} s"
        gathered.unknowns.append(Unknown(what=question.id, why=why, would_have_told=ask.tells))
    return gathered


@dataclass
class _Asker:
    run: Run
    question: Question
    turn: int
    gathered: Gathered
    ask: Ask

    async def all(self, calls: Sequence[NamedCall]) -> list[Kept]:
        room = self.run.limits.calls_per_question - len(self.gathered.calls)
        answers = await asyncio.gather(*(self.one(call) for call in calls[: max(room, 0)]))
        return [kept for kept in answers if kept is not None]

    async def one(self, named: NamedCall) -> Kept | None:
        """One call; its answer kept as evidence, its failure as an unknown."""
        try:
            answer = await self.run.toolbox.call(named.call, limit=self.run.limits.tool_time)
        except (Retryable, Permanent) as failure:
            self._note_failure(named, failure)
            return None
        body: JsonObject = {"name": named.name, "arguments": named.call.arguments, "answer": answer.content}
        kept = KeptAnswer(
            server=named.call.server,
            tool=named.call.tool,
            arguments=named.call.arguments,
            window=named.window,
            excerpt=excerpt_of(answer.content),
            body=body,
            taken_at=answer.taken_at,
            turn=self.turn,
        )
        evidence = await self.run.ledger.keep(
            self.run.incident_id,
            f"{self.turn} {self.question.id} {named.name}",
            self.question.specialist,
            kept,
        )
        self.gathered.evidence.append(evidence.id)
        self._note_call(
            named, {"evidence": evidence.id, "milliseconds": round(answer.took.total_seconds() * 1000)}
        )
        return Kept(evidence.id, named.name, named.call.arguments, answer.content)

    def _note_failure(self, named: NamedCall, failure: Exception) -> None:
        # one sentence for each system that is missing, however many calls would have gone to it
        what = (
            named.call.server
            if isinstance(failure, ToolNotConfigured)
            else f"{named.call.server}.{named.call.tool}"
        )
        unknown = Unknown(what=what, why=str(failure), would_have_told=self.ask.tells)
        if unknown not in self.gathered.unknowns:
            self.gathered.unknowns.append(unknown)
        self._note_call(named, {"error": str(failure)})

    def _note_call(self, named: NamedCall, result: JsonObject) -> None:
        self.gathered.calls.append(
            JournalDraft(
                key=JournalKey(f"tool {self.turn} {self.question.id} {named.name}"),
                kind=Kind.TOOL_CALLED,
                actor=self.question.specialist,
                text=f"{named.call.server}.{named.call.tool}",
                body={"arguments": named.call.arguments, "question": self.question.id, **result},
                at=self.run.clock.now(),
            )
        )


async def _ask(question: Question, ask: Ask, scene: Scene, asker: _Asker) -> None:
    kept = await asker.all(ask.calls(question, scene))
    if ask.follow_up is not None:
        kept += await asker.all(ask.follow_up(question, scene, kept))
    asker.gathered.claims += [claim for claim in ask.claims(question, kept) if claim.evidence]
