"""The twin of a told incident in whose every text and name an attacker has written."""

from __future__ import annotations

from typing import TypeVar

from api_stage import Stage
from pydantic import BaseModel, JsonValue

from sre_agent.domain.frozen import digest_of
from sre_agent.domain.ids import Digest, IncidentId, JournalKey, StepKey
from sre_agent.domain.incident import Incident, Status
from sre_agent.domain.journal import JournalDraft
from sre_agent.domain.mitigation import MitigationState
from sre_agent.ports.ledger import ChangeSet
from sre_agent.testing.store import State
from tests.contracts.ledger_records import mitigation

HOSTILE = (
    '<img src=x onerror="window.hit=1"><script>window.hit=1</script> [go](javascript:window.hit=1) \u202egnp '
    + "W" * 300
)
IN_NAMES = "<img src=x onerror=window.hit=2>"
"""Without quotes: names stand in JSON inside of log lines, too."""
MARK = "spoiled"

M = TypeVar("M", bound=BaseModel)


def spoiled(value: JsonValue, name: str) -> JsonValue:
    """The same; `name` is hostile wherever it stands, and all prose ends in hostile words."""
    if isinstance(value, dict):
        return {key: spoiled(item, name) for key, item in value.items()}
    if isinstance(value, list):
        return [spoiled(item, name) for item in value]
    if isinstance(value, str):
        return value.replace(name, name + IN_NAMES) + (f" {HOSTILE}" if " " in value else "")
    return value


class Twin:
    """Copies everything on file about one incident to another, spoiled."""

    def __init__(self, stage: Stage, source: Incident, twin: IncidentId) -> None:
        assert source.cause_entity is not None
        self.stage, self.source, self.id = stage, source, twin
        self.name = source.cause_entity.name
        self.kept: State = stage.store.state

    def of(self, one: M, **changes: object) -> M:
        told = spoiled(one.model_dump(mode="json"), self.name)
        assert isinstance(told, dict)
        about = {"incident_id": self.id} if "incident_id" in told else {}
        return type(one).model_validate({**told, **about}).model_copy(update=changes)

    async def make(self) -> Incident:
        """It waits for an answer, so that the plan can be answered."""
        waits = {"id": self.id, "status": Status.AWAITING_APPROVAL, "outcome": None, "closed_at": None}
        incident = self.of(self.source, **waits)
        await self.stage.parts.ledger.open(incident, ChangeSet(incident_id=self.id, at=incident.opened_at))
        await self._tell()
        await self._plan()
        self._see()
        return incident

    async def _tell(self) -> None:
        drafts = tuple(
            JournalDraft(
                key=JournalKey(f"{MARK} {entry.seq}"),
                kind=entry.kind,
                actor=f"{entry.actor} {HOSTILE}",
                text=f"{entry.text} {HOSTILE}",
                body=self._body(entry.body),
                at=entry.at,
            )
            for entry in self.kept.journal_of(self.source.id)
        )
        hypotheses = tuple(self.of(each) for each in self.kept.hypotheses[self.source.id])
        await self._write(entries=drafts, hypotheses=hypotheses)

    async def _plan(self) -> None:
        (told,) = self.kept.plans_of(self.source.id)
        plan = self.of(told)
        ruling = self.of(self.kept.rulings[self.source.id, told.digest], plan_digest=plan.digest)
        box = self.of(
            mitigation(told), plan_digest=plan.digest, key=StepKey(MARK), state=MitigationState.ASKED
        )
        for _, digest, found in [each for each in self.kept.verifications if each[0] == self.source.id]:
            if digest == told.digest:
                await self._write(
                    plan=plan,
                    ruling=ruling,
                    mitigations=(box,),
                    verification=self.of(found, plan_digest=plan.digest),
                )

    def _see(self) -> None:
        """Straight into the state: evidence is filed where it was gathered, and this was not gathered anew."""
        state = self.stage.store.state
        for (about, key), one in list(state.evidence.items()):
            if about == self.source.id:
                body = self._body(state.bodies[one.digest])
                digest = Digest(digest_of(body))
                state.bodies[digest] = body
                state.evidence[self.id, key] = self.of(one, digest=digest)

    def _body(self, body: dict[str, JsonValue]) -> dict[str, JsonValue]:
        told = spoiled(body, self.name)
        assert isinstance(told, dict)
        return told

    async def _write(self, **more: object) -> None:
        await self.stage.parts.ledger.write(
            ChangeSet(incident_id=self.id, at=self.stage.clock.now(), **more)  # type: ignore[arg-type]
        )
