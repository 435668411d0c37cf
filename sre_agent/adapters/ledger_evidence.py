"""Tool answers on their way into the evidence store: what costs time is done before the database is ours."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from backend import crud
from backend.columns import Values
from backend.database import Connection
from sre_agent.adapters import rows
from sre_agent.adapters.archive_rows import EVIDENCE_PREFIX, evidence_of
from sre_agent.adapters.ledger_batch import Letter
from sre_agent.domain.evidence import Evidence, Specialist
from sre_agent.domain.frozen import JsonObject
from sre_agent.domain.ids import Digest, EvidenceId, IncidentId
from sre_agent.domain.storable import plain, plain_json
from sre_agent.errors import NotFound
from sre_agent.ports.ledger import KeptAnswer

MOST_ANSWERS = 32
"""In one transaction: an investigation asks thirty things at once, and each commit of its own keeps a webhook waiting."""
_QUICK = 1
"""zlib's level: tool answers repeat themselves, and shrink thirtyfold at the fastest one."""


@dataclass
class Keeping(Letter[Evidence]):
    """One answer to keep; `body` is its row."""

    incident_id: IncidentId
    key: str
    specialist: Specialist
    kept: KeptAnswer
    body: Values

    def as_evidence(self, number: int) -> Evidence:
        return Evidence(
            id=EvidenceId(f"{EVIDENCE_PREFIX}{number}"),
            incident_id=self.incident_id,
            specialist=self.specialist,
            server=self.kept.server,
            tool=self.kept.tool,
            arguments=self.kept.arguments,
            window=self.kept.window,
            excerpt=plain(self.kept.excerpt),
            digest=Digest(str(self.body["digest"])),
            size_bytes=int(self.body["size_bytes"]),
            taken_at=self.kept.taken_at,
            turn=self.kept.turn,
        )


def keeping(incident_id: IncidentId, key: str, specialist: Specialist, kept: KeptAnswer) -> Keeping:
    raw = _bytes(kept.body)
    body = {
        "digest": hashlib.sha256(raw).hexdigest(),
        "encoding": "zlib",
        "size_bytes": len(raw),
        "body": zlib.compress(raw, _QUICK),
    }
    return Keeping(incident_id, plain(key), specialist, kept, body)


def keep_all(connection: Connection, letters: Sequence[Keeping]) -> list[Evidence | Exception]:
    """The evidence of each, in their order: what is on file under its key, else new; NotFound for an unknown incident."""
    crud.journal.line_up(connection)
    ids = {letter.incident_id for letter in letters}
    known = crud.incidents.heads(connection, ids).keys()
    numbers = crud.evidence.last_numbers(connection, ids)
    found = crud.evidence.by_keys(connection, ids, {letter.key for letter in letters})
    kept = {(IncidentId(of), key): evidence_of(row) for (of, key), row in found.items()}
    bodies: list[Values] = []
    new: list[Values] = []
    for letter in letters:
        if letter.incident_id in known and (letter.incident_id, letter.key) not in kept:
            number = numbers[letter.incident_id] = numbers.get(letter.incident_id, 0) + 1
            evidence = kept[letter.incident_id, letter.key] = letter.as_evidence(number)
            bodies.append(letter.body)
            new.append(rows.evidence_row(evidence, number=number, key=letter.key))
    crud.evidence.add_bodies(connection, bodies)
    crud.evidence.add(connection, new)
    return [kept.get((letter.incident_id, letter.key)) or _unknown(letter) for letter in letters]


def _unknown(letter: Keeping) -> NotFound:
    return NotFound(f"there is no incident {letter.incident_id}")


def _bytes(body: JsonObject) -> bytes:
    """The same value in the same bytes. Not RFC 8785, whose pure Python form takes 150 ms for a megabyte."""
    try:
        return orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
    except (TypeError, UnicodeEncodeError):
        return orjson.dumps(plain_json(body), option=orjson.OPT_SORT_KEYS)
