"""What the API says and takes: the nouns of the domain, and the few shapes that exist only on the wire."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from sre_agent.decide.looking import StepLook
from sre_agent.domain.alert import FiledAlert
from sre_agent.domain.diagnosis import Hypothesis
from sre_agent.domain.evidence import Evidence
from sre_agent.domain.frozen import JsonObject, Moment
from sre_agent.domain.ids import Digest, EvidenceId, IncidentId
from sre_agent.domain.incident import Incident
from sre_agent.domain.journal import JournalEntry
from sre_agent.domain.law import Answer, Approval, Role, Ruling
from sre_agent.domain.plan import Plan, StepRecord
from sre_agent.domain.verification import Verification
from sre_agent.ports.accounts import Account
from sre_agent.ports.archive import PlanRecord
from sre_agent.ports.toolbox import ServerState, ToolInfo
from sre_agent.reports.similar import SimilarIncident


class View(BaseModel):
    """Something the API says."""

    model_config = ConfigDict(frozen=True, json_schema_serialization_defaults_required=True)


class Form(BaseModel):
    """Something the API takes; a field it does not know is refused, it may be a slip of the pen."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _clean(text: str) -> str:
    hidden = next((each for each in text if each < " " and each not in "\t\n\r"), None)
    if hidden is not None or "\x7f" in text:
        raise ValueError("control characters are not allowed")
    return text.strip()


def not_blank(text: str) -> str:
    if not text:
        raise ValueError("must not be blank")
    return text


def _written_out(moment: object) -> object:
    """A bare number would be taken for seconds or milliseconds since 1970, whichever it resembles."""
    if not isinstance(moment, str | datetime) or (isinstance(moment, str) and _NUMBER.fullmatch(moment)):
        raise ValueError("a time is written like 2026-01-31T08:00:00Z")
    return moment


_NUMBER = re.compile(r"\s*[-+]?[\d_.]+(e[-+]?\d+)?\s*", re.IGNORECASE)
NO_CONTROLS = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
Instant = Annotated[Moment, BeforeValidator(_written_out)]
"""A moment that somebody sends: RFC 3339, with a time zone."""
Text = Annotated[str, Field(pattern=NO_CONTROLS), AfterValidator(_clean)]
Prose = Annotated[str, Field(max_length=4000, pattern=NO_CONTROLS), AfterValidator(_clean)]
_PLAIN = r"[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*"
Reason = Annotated[
    Prose,
    AfterValidator(not_blank),
    Field(json_schema_extra={"minLength": 1, "pattern": rf"^{_PLAIN}[^\s\x00-\x1f\x7f]{_PLAIN}$"}),
]
"""Prose that says something. The pattern is told, not checked: the words of the check say it better."""
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._@-]{0,99}$")]
Slug = Annotated[str, StringConstraints(pattern=r"^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?)?$")]
"""A name as Kubernetes writes them, or nothing."""


class IncidentList(View):
    items: tuple[Incident, ...]
    total: int
    page: int
    size: int


class AlertList(View):
    items: tuple[FiledAlert, ...]


class JournalPage(View):
    entries: tuple[JournalEntry, ...]
    last: int = Field(description="`seq` of the last entry here; ask for what comes `after` it")
    more: bool = Field(description="whether there is more right now")


class EvidenceList(View):
    items: tuple[Evidence, ...]


class EvidenceBody(View):
    evidence_id: EvidenceId
    digest: Digest
    body: JsonObject


class HypothesisList(View):
    items: tuple[Hypothesis, ...]


class SimilarIncidents(View):
    items: tuple[SimilarIncident, ...]


class PlanView(View):
    """A plan with everything that was said and done about it."""

    digest: Digest
    newest: bool
    plan: Plan
    ruling: Ruling | None
    approvals: tuple[Approval, ...]
    steps: tuple[StepRecord, ...]
    verifications: tuple[Verification, ...]

    @classmethod
    def of(cls, record: PlanRecord, *, newest: bool) -> PlanView:
        return cls(digest=record.plan.digest, newest=newest, **dict(record))


class PlanLook(View):
    """The world beside a plan, as it is now."""

    plan_digest: Digest
    at: Moment
    moved: bool = Field(
        description="whether anything is not as planned: the plan is void, and a new one is made"
    )
    steps: tuple[StepLook, ...]


class PlanList(View):
    items: tuple[PlanView, ...]


class ApproveForm(Form):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {"plan_digest": "9f2c…64 hex characters", "reason": "seen the diff, go"}
        }
    )

    plan_digest: str = Field(pattern="^[0-9a-f]{64}$", description="digest of the very plan you have seen")
    reason: Prose = ""


class RejectForm(Form):
    plan_digest: str = Field(pattern="^[0-9a-f]{64}$", description="digest of the very plan you have seen")
    reason: Reason


class ReasonForm(Form):
    reason: Prose = ""


class Answered(View):
    """A plan's answer is on file."""

    incident_id: IncidentId
    plan_digest: Digest
    answer: Answer
    by: str
    at: Moment
    expires_at: Moment
    people: int = Field(description="how many different people have said yes")
    people_needed: int
    complete: bool = Field(description="whether the runner goes on now")


class AskForm(Form):
    model_config = ConfigDict(
        json_schema_extra={"example": {"question": "why is checkout slow?", "namespace": "shop"}}
    )

    question: Reason
    namespace: Slug = ""
    service: Slug = ""


class WebhookReceipt(View):
    """What became of a delivery; it is on disk when this is sent."""

    accepted: int = Field(description="alerts that were new and are filed")
    duplicates: int = Field(description="alerts that were on file already")
    opened: tuple[IncidentId, ...]
    joined: tuple[IncidentId, ...]
    left_alone: tuple[str, ...] = Field(description="the reason of each alert that is not investigated")
    truncated: int = Field(description="alerts that Alertmanager says it cut off")


class ServerList(View):
    items: tuple[ServerState, ...]


class ToolList(View):
    items: tuple[ToolInfo, ...]


class Me(View):
    name: str
    role: Role | None = Field(description="none for the webhook's own token")


class AccountList(View):
    items: tuple[Account, ...]


class AccountForm(Form):
    name: Name
    role: Role


class TokenForm(Form):
    label: Annotated[Text, Field(min_length=1, max_length=100)]
    expires_at: Instant | None = None
    role: Role | None = Field(None, description="the most this token may do; `viewer` only reads")


class TokenIssued(View):
    name: str
    token: str = Field(description="shown this once; only its hash is kept")
    expires_at: Moment | None


class TokensRevoked(View):
    name: str
    revoked: int


class CutForm(Form):
    before: Instant = Field(description="entries older than this are taken away")
    reason: Reason


class Liveness(View):
    status: str = "alive"


class Readiness(View):
    ready: bool
    checks: dict[str, str] = Field(description="`ok`, or what is wrong")
    warnings: dict[str, str] = Field(description="what a person should look at, though work goes on")
