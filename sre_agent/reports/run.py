"""The report of one investigation: what was asked, what the answer is and stands on, and what it took."""

from __future__ import annotations

from sre_agent.domain.evidence import Evidence
from sre_agent.domain.frozen import Frozen, JsonObject, Moment
from sre_agent.domain.incident import Incident
from sre_agent.domain.journal import JournalEntry, Kind
from sre_agent.reports.postmortem import PostMortem, Quote
from sre_agent.reports.signals import ToolSignal, tools_of


class Turn(Frozen):
    """One round of questions: who was sent to look."""

    number: int
    at: Moment
    specialists: str
    questions: tuple[str, ...]


class Unseen(Frozen):
    """What could not be seen, and why."""

    what: str
    why: str


class Seen(Frozen):
    """One piece of evidence, without its body."""

    id: str
    source: str
    at: Moment
    turn: int


class RunReport(Frozen):
    """In the order in which it is read. `seconds` is None while it goes on."""

    incident: Incident
    asked_by: str
    seconds: float | None
    answer: str
    quotes: tuple[Quote, ...]
    ruled_out: tuple[str, ...]
    unseen: tuple[Unseen, ...]
    evidence: tuple[Seen, ...]
    turns: tuple[Turn, ...]
    tools: tuple[ToolSignal, ...]


def asked_by(first: JournalEntry | None) -> str:
    """Who opened it: the first entry says so."""
    return first.actor if first and first.kind is Kind.INCIDENT_OPENED else ""


def lasted(incident: Incident) -> float | None:
    """From the question to the end, in seconds."""
    if incident.closed_at is None or not incident.status.is_final:
        return None
    return (incident.closed_at - incident.opened_at).total_seconds()


def run_report(
    incident: Incident,
    journal: tuple[JournalEntry, ...],
    evidence: tuple[Evidence, ...],
    draft: PostMortem,
) -> RunReport:
    """The same record gives the same report; `draft` is the post-mortem's of the same incident."""
    return RunReport(
        incident=incident,
        asked_by=asked_by(journal[0] if journal else None),
        seconds=lasted(incident),
        answer=draft.statement if incident.cause else incident.summary or draft.statement,
        quotes=draft.quotes,
        ruled_out=draft.ruled_out,
        unseen=_unseen(journal),
        evidence=tuple(
            Seen(id=one.id, source=f"{one.server}.{one.tool}", at=one.taken_at, turn=one.turn)
            for one in evidence
        ),
        turns=_turns(journal),
        tools=tools_of(journal),
    )


def _unseen(journal: tuple[JournalEntry, ...]) -> tuple[Unseen, ...]:
    """Each once, in the order in which it was noted."""
    noted = [_noted(one.body, one.text) for one in journal if one.kind is Kind.UNKNOWN_NOTED]
    return tuple(dict.fromkeys(noted))


def _noted(body: JsonObject, text: str) -> Unseen:
    return Unseen(what=str(body.get("what") or text), why=str(body.get("why") or ""))


def _turns(journal: tuple[JournalEntry, ...]) -> tuple[Turn, ...]:
    """A question belongs to the turn that was begun last before it."""
    woken: list[JournalEntry] = []
    questions: list[list[str]] = []
    for entry in journal:
        if entry.kind is Kind.SPECIALISTS_WOKEN:
            woken.append(entry)
            questions.append([])
        elif entry.kind is Kind.QUESTION_ASKED and questions:
            questions[-1].append(entry.text)
    return tuple(
        Turn(number=number, at=one.at, specialists=one.text, questions=tuple(asked))
        for number, (one, asked) in enumerate(zip(woken, questions, strict=True), start=1)
    )
