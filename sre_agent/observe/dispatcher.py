"""The supervisor's node: sends this turn's questions to the specialists it wakes."""

from __future__ import annotations

from sre_agent.agent_state import Notebook
from sre_agent.domain.evidence import Question, Specialist
from sre_agent.domain.ids import JournalKey
from sre_agent.domain.incident import Status
from sre_agent.domain.journal import JournalDraft, Kind
from sre_agent.errors import IncidentEnded
from sre_agent.ports.ledger import ChangeSet, IncidentUpdate
from sre_agent.ports.run import Run
from sre_agent.supervisor import first_questions, specialists_of


async def dispatcher(state: Notebook, run: Run) -> Notebook:
    """The first turn asks what the alerts call for; every later one what the reflector wants to know."""
    turn = state.get("turn", 0) + 1
    wanted = [Question.model_validate(one) for one in state.get("wanted", [])]
    questions = tuple(wanted) if wanted else await _first(run)
    await _file(run, turn, questions)
    return {
        "turn": turn,
        "questions": [question.model_dump(mode="json") for question in questions],
        "asked": [question.id for question in questions],
        "wanted": [],
    }


RECORDING = Question(
    id="kubernetes recording",
    specialist=Specialist.KUBERNETES,
    ask="recording",
    why="what was recorded of this incident?",
)


async def _first(run: Run) -> tuple[Question, ...]:
    if any(server.name == "recording" for server in run.toolbox.servers()):
        return (RECORDING,)
    incident, filed = await run.archive.incident(run.incident_id), await run.archive.alerts(run.incident_id)
    entities = [one.entity for one in filed if one.entity is not None]
    if incident.entity is not None:
        entities.insert(0, incident.entity)
    return first_questions([one.alert for one in filed], entities, incident.namespace)


async def _file(run: Run, turn: int, questions: tuple[Question, ...]) -> None:
    now = run.clock.now()
    woken = [specialist.value for specialist in specialists_of(questions)]
    entries = [
        JournalDraft(
            key=JournalKey(f"woken {turn}"),
            kind=Kind.SPECIALISTS_WOKEN,
            actor="supervisor",
            text=", ".join(woken),
            body={"turn": turn, "specialists": list(woken)},
            at=now,
        ),
        *(_asked(turn, question, run) for question in questions),
    ]
    before = (await run.archive.incident(run.incident_id)).status
    if before.is_final:
        raise IncidentEnded(f"incident {run.incident_id} ended before turn {turn} began")
    change = ChangeSet(
        incident_id=run.incident_id,
        at=now,
        fence=run.lease().fence,
        entries=tuple(entries),
        update=IncidentUpdate(status=Status.INVESTIGATING),
        expected_status=before,
    )
    await run.ledger.write(change)


def _asked(turn: int, question: Question, run: Run) -> JournalDraft:
    return JournalDraft(
        key=JournalKey(f"asked {turn} {question.id}"),
        kind=Kind.QUESTION_ASKED,
        actor="supervisor",
        text=f"{question.specialist}: {question.why}",
        body=question.model_dump(mode="json"),
        at=run.clock.now(),
    )
