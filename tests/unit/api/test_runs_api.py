"""What people asked is found again, with who asked and what it took; its report says what it stands on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from api_stage import Stage

from sre_agent.domain.ids import IncidentId, JournalKey
from sre_agent.domain.incident import Outcome, Status
from sre_agent.domain.journal import JournalDraft, Kind
from sre_agent.domain.law import Role
from sre_agent.ports.ledger import ChangeSet, IncidentUpdate


async def asked(stage: Stage, question: str) -> str:
    async with stage.client(Role.RESPONDER) as client:
        return str((await client.post("/api/v1/ask", json={"question": question})).json()["id"])


async def read(stage: Stage, path: str, **params: str) -> Any:
    async with stage.client() as client:
        return (await client.get(f"/api/v1{path}", params=params)).json()


async def ended(stage: Stage, incident: str) -> None:
    """Two turns, three calls of one tool of which one failed, one blind spot, and an answer, after a minute."""
    told = [
        (Kind.SPECIALISTS_WOKEN, "metrics, logs", {"turn": 1}),
        (Kind.QUESTION_ASKED, "is checkout slow?", {}),
        (Kind.TOOL_CALLED, "prometheus.query", {"milliseconds": 12.0}),
        (Kind.TOOL_CALLED, "prometheus.query", {"milliseconds": 40.0}),
        (Kind.TOOL_CALLED, "prometheus.query", {"error": "timed out"}),
        (Kind.UNKNOWN_NOTED, "logs could not be seen: no Loki", {"what": "logs", "why": "no Loki"}),
        (Kind.SPECIALISTS_WOKEN, "kubernetes", {"turn": 2}),
        (Kind.QUESTION_ASKED, "what changed?", {}),
    ]
    at = stage.clock.now() + timedelta(minutes=1)
    entries = tuple(
        JournalDraft.model_validate(
            {"key": JournalKey(f"e{n}"), "kind": kind, "actor": "test", "text": text, "body": body, "at": at}
        )
        for n, (kind, text, body) in enumerate(told)
    )
    update = IncidentUpdate(
        status=Status.CLOSED, outcome=Outcome.ANSWERED, summary="It is not slow.", closed_at=at
    )
    change = ChangeSet(incident_id=IncidentId(incident), at=at, entries=entries, update=update)
    await stage.parts.ledger.write(change)


async def test_the_history_holds_questions_alone_each_with_who_asked_and_how_long_it_took() -> None:
    stage = Stage()
    await stage.incident("of-an-alert")
    one = await asked(stage, "why is checkout slow?")
    await ended(stage, one)
    other = await asked(stage, "is the bank well?")
    found = await read(stage, "/runs", order="oldest")
    lines = {each["incident"]["id"]: each for each in found["items"]}
    assert (found["total"], lines.keys()) == (2, {one, other})
    assert (lines[one]["asked_by"], lines[one]["seconds"]) == ("a-responder", 60.0)
    assert lines[one]["incident"]["outcome"] == "answered"
    assert lines[other]["seconds"] is None
    assert [each["incident"]["id"] for each in (await read(stage, "/runs", text="bank"))["items"]] == [other]
    assert (await read(stage, "/runs", size="1", page="2"))["total"] == 2


async def test_a_report_says_what_was_asked_answered_and_not_seen_and_what_it_took() -> None:
    stage = Stage()
    one = await asked(stage, "why is checkout slow?")
    await ended(stage, one)
    report = await read(stage, f"/incidents/{one}/report")
    assert (report["incident"]["question"], report["asked_by"], report["answer"]) == (
        "why is checkout slow?",
        "a-responder",
        "It is not slow.",
    )
    assert report["unseen"] == [{"what": "logs", "why": "no Loki"}]
    assert [(each["specialists"], each["questions"]) for each in report["turns"]] == [
        ("metrics, logs", ["is checkout slow?"]),
        ("kubernetes", ["what changed?"]),
    ]
    (tool,) = report["tools"]
    assert (tool["tool"], tool["calls"], tool["failed"], tool["milliseconds"]["most"]) == (
        "prometheus.query",
        3,
        1,
        40.0,
    )
