"""A step that helps for a time: how long it may stay, what replaces it for good, and what became of it."""

from __future__ import annotations

from enum import StrEnum

from sre_agent.domain.entity import EntityRef
from sre_agent.domain.frozen import Frozen, Moment
from sre_agent.domain.ids import Digest, IncidentId, StepKey
from sre_agent.domain.law import Actor


class TimeBox(Frozen):
    """How long a step may stay, and the permanent fix that it wins time for."""

    lasts_seconds: int
    fix: str


class MitigationState(StrEnum):
    STANDING = "standing"
    """In effect; restored when its time is up."""
    ASKED = "asked"
    """Its time is up, and it could not be restored by itself: its owner is asked."""
    RESTORED = "restored"
    KEPT = "kept"
    """A person decided that it stays."""
    TAKEN_BACK = "taken_back"
    """Undone before its time was up, because it did not help."""

    @property
    def is_open(self) -> bool:
        """Whether anybody still has to do something about it."""
        return self in (MitigationState.STANDING, MitigationState.ASKED)


class TicketState(StrEnum):
    WANTED = "wanted"
    """A person said that it may be opened."""
    SENT = "sent"
    """It may have been opened; the world is asked before it is sent again."""
    OPENED = "opened"
    LINKED = "linked"
    """A person named what is there already."""
    NOT_OPENED = "not_opened"
    """The law, or the ticket system, said no: its owner may link one, or ask again."""

    @property
    def is_there(self) -> bool:
        return self in (TicketState.OPENED, TicketState.LINKED)


class Ticket(Frozen):
    """Where the permanent fix is worked on, or how far opening it is."""

    state: TicketState
    name: str = ""
    """As the ticket system calls it: shop/checkout#12."""
    url: str = ""
    """Begins with https://, or is empty where the ticket system told none such."""
    why: str = ""
    by: Actor | None = None
    """The person who linked it, or said that it may be opened."""
    tries: int = 0
    """How often it was sent."""
    silences: int = 0
    """How often nothing was heard of it since a person last said yes."""
    at: Moment


class Mitigation(Frozen):
    """One step of one plan that was done for a time. `key` is the step's own idempotency key."""

    key: StepKey
    incident_id: IncidentId
    plan_digest: Digest
    step: int
    target: EntityRef
    statement: str
    restore: str
    """How it is restored, in words."""
    fix: str
    ticket: Ticket | None = None
    """The issue or pull request of the permanent fix; None while nobody has begun to open or named one."""
    began_at: Moment
    expires_at: Moment
    state: MitigationState = MitigationState.STANDING
    why: str = ""
    """Why it stands as it does: what the owner is asked about, or who decided."""
    yes_by: Actor | None = None
    """The person who said that it may be restored, where the law asks for one."""
    updated_at: Moment
