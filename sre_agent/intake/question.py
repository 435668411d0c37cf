"""A person's question, made into an incident to investigate."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from sre_agent.domain.alert import Severity
from sre_agent.domain.entity import EntityRef
from sre_agent.domain.frozen import Frozen
from sre_agent.domain.ids import JournalKey
from sre_agent.domain.incident import Incident, Origin, Status
from sre_agent.domain.journal import JournalDraft, Kind
from sre_agent.domain.law import Actor
from sre_agent.intake import drafts
from sre_agent.intake.identity import incident_id
from sre_agent.ports.ledger import ChangeSet

_LONGEST_TITLE = 200
_PRIORITY = 30
"""A person waits for it: before warnings, after what is critical."""


class Asked(Frozen):
    """The question, with what it is about as far as the asker said."""

    question: str
    namespace: str = ""
    service: str = ""


def investigation_of(
    asked: Asked, *, by: Actor, at: datetime, calls: Mapping[str, Sequence[str]]
) -> tuple[Incident, ChangeSet]:
    """The incident to open and everything that goes with it."""
    about = subject_of_question(asked, calls)
    each = incident_id(at, f"question:{by.name}:{asked.question}")
    incident = Incident(
        id=each,
        title=_title(asked.question),
        status=Status.OPEN,
        origin=Origin.QUESTION,
        severity=Severity.INFO,
        entity=about,
        namespace=(about.namespace if about else "") or asked.namespace,
        question=asked.question,
        group_key=f"question:{each}",
        opened_at=at,
        updated_at=at,
    )
    body = {"question": asked.question, "entity": about.model_dump(mode="json") if about else None}
    entry = JournalDraft.model_validate(
        {
            "key": JournalKey("opened"),
            "kind": Kind.INCIDENT_OPENED,
            "actor": by.name,
            "text": f"{by.name} asks: {asked.question}",
            "at": at,
            "body": {
                "title": incident.title,
                "severity": incident.severity,
                "origin": incident.origin,
                **body,
            },
        }
    )
    job = drafts.investigation(each, at=at, priority=_PRIORITY)
    return incident, ChangeSet(incident_id=each, at=at, entries=(entry,), jobs=(job,))


def subject_of_question(asked: Asked, calls: Mapping[str, Sequence[str]]) -> EntityRef | None:
    """The service it names; where none is given, the one known service whose name stands in the question."""
    if asked.service:
        return EntityRef(kind="Service", name=asked.service, namespace=asked.namespace)
    words = set(re.findall(r"[a-z0-9][a-z0-9-]*", asked.question.lower()))
    known = {*calls, *(callee for callees in calls.values() for callee in callees)}
    named = [service for service in sorted(known) if service.rpartition("/")[2] in words]
    fitting = [
        service for service in named if not asked.namespace or service.startswith(f"{asked.namespace}/")
    ]
    if len(fitting) == 1:
        namespace, _, name = fitting[0].rpartition("/")
        return EntityRef(kind="Service", name=name, namespace=namespace)
    return EntityRef(kind="Namespace", name=asked.namespace) if asked.namespace else None


def _title(question: str) -> str:
    line = " ".join(question.split())
    return line if len(line) <= _LONGEST_TITLE else f"{line[: _LONGEST_TITLE - 1]}…"
