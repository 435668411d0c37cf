"""One specialist's node: asks its questions of this turn side by side and files what it found."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from sre_agent.agent_state import JsonMap, Notebook
from sre_agent.domain.evidence import Question, Specialist, Unknown
from sre_agent.domain.ids import JournalKey
from sre_agent.domain.journal import JournalDraft, Kind
from sre_agent.observe.case import scene_of
from sre_agent.observe.investigator import Gathered, investigate
from sre_agent.observe.repertoire import Claim
from sre_agent.ports.ledger import ChangeSet
from sre_agent.ports.run import Run


async def specialist(name: Specialist, state: Notebook, run: Run) -> Notebook:
    """Ask every question of this turn that is for this specialist."""
    questions = [Question.model_validate(one) for one in state.get("questions", [])]
    mine = [question for question in questions if question.specialist is name]
    scene, turn = await scene_of(run), state.get("turn", 0)
    gathered = await asyncio.gather(*(investigate(question, scene, run, turn) for question in mine))
    await _file(run, name, turn, list(zip(mine, gathered, strict=True)))
    unknowns = [_as_json(unknown) for one in gathered for unknown in one.unknowns]
    return {"evidence": [id_ for one in gathered for id_ in one.evidence], "unknowns": unknowns}


def _as_json(unknown: Unknown) -> JsonMap:
    return {"id": unknown.what, **unknown.model_dump(mode="json")}


async def _file(run: Run, name: Specialist, turn: int, asked: Sequence[tuple[Question, Gathered]]) -> None:
    entries: list[JournalDraft] = []
    for question, gathered in asked:
        entries += gathered.calls
        entries += [
            _finding(run, question, f"{turn} {question.id} {place}", claim)
            for place, claim in enumerate(gathered.claims)
        ]
        entries += [_unknown(run, name, turn, unknown) for unknown in gathered.unknowns]
    now, fence = run.clock.now(), run.lease().fence
    await run.ledger.write(
        ChangeSet(incident_id=run.incident_id, at=now, fence=fence, entries=tuple(entries))
    )


def _finding(run: Run, question: Question, key: str, claim: Claim) -> JournalDraft:
    return JournalDraft(
        key=JournalKey(f"finding {key}"),
        kind=Kind.FINDING_MADE,
        actor=question.specialist,
        text=claim.sentence,
        body={"evidence": list(claim.evidence), "question": question.id},
        at=run.clock.now(),
    )


def _unknown(run: Run, name: Specialist, turn: int, unknown: Unknown) -> JournalDraft:
    return JournalDraft(
        key=JournalKey(f"unknown {turn} {name} {unknown.what}"),
        kind=Kind.UNKNOWN_NOTED,
        actor=name,
        text=f"{unknown.what} could not be seen: {unknown.why}",
        body=unknown.model_dump(mode="json"),
        at=run.clock.now(),
    )
