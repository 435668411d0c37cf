"""An exported audit trail: what stands in its lines, and whether it is whole; pure, and in need of no platform."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal, TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import Field

from sre_agent.domain.audit import AuditCut, AuditEntry, AuditHead, AuditProof, Break, Trail
from sre_agent.domain.frozen import Frozen, Moment
from sre_agent.domain.json_lines import BadLine, read_line
from sre_agent.domain.seals import fingerprint, genuine_by, public_key
from sre_agent.errors import BadInput

Line = TypeVar("Line", bound=Frozen)
FORMAT: Final = "sre-agent-audit/1"


class AuditFileStart(Frozen):
    """The first line: whose key signs, and what retention took away before."""

    format: Literal["sre-agent-audit/1"] = FORMAT
    public_key: str
    cut: AuditCut | None = None
    exported_at: Moment


class AuditFileEnd(Frozen):
    """The last line; a file without one was cut off."""

    last: int = Field(ge=0)


def prove(
    lines: Iterable[tuple[int, str]], *, key_pem: str = "", outside: AuditHead | None = None
) -> AuditProof:
    """Whether an exported trail is whole.

    `lines`: those that are not blank, each with its number. `key_pem`: the platform's public key from a place one trusts; without it the file's own is taken, and the proof's
    `key` is to be compared. `outside`: a head from elsewhere that must stand in the file. Raises BadInput where
    the file is no export at all.
    """
    numbered = iter(lines)
    number, first = next(numbered, (1, ""))
    start = _parsed(AuditFileStart, first, number)
    pem = key_pem or start.public_key
    key = _key(pem, number, first, own=not key_pem) if pem else None
    trail = Trail(genuine_by(key) if key else None, cut=start.cut, outside=outside)
    end: AuditFileEnd | None = None
    for number, line in numbered:
        if end is not None:
            raise BadInput(
                f"line {number}, column 1: nothing may follow the last line of an export", field="file"
            )
        if line.lstrip("{ ").startswith('"last"'):
            end = _parsed(AuditFileEnd, line, number)
        else:
            trail.take(_parsed(AuditEntry, line, number))
    if end and end.last < trail.head.seq:
        raise BadInput(
            f"line {number}, column 1: it says that entry {end.last} is the last, and {trail.head.seq} stands before it",
            field="file",
        )
    broken = trail.end(end.last if end else trail.head.seq + 1) or _without_a_key(key is not None, trail)
    return AuditProof(
        whole=broken is None,
        entries=trail.entries,
        begins_after=trail.begins_after,
        head=trail.head,
        outside=outside,
        key=fingerprint(key) if key else "",
        broken_at=broken.seq if broken else None,
        why=broken.why if broken else "",
    )


def _key(pem: str, number: int, line: str, *, own: bool) -> Ed25519PublicKey:
    """A key that cannot be read is told by its place where it is the file's own."""
    try:
        return public_key(pem)
    except BadInput as wrong:
        if not own:
            raise
        column = line.find('"public_key"') + 1
        told = f"line {number}, column {column}: {wrong}; export the trail again, or give --public-key"
        raise BadInput(told, field="file") from wrong


def _without_a_key(has_one: bool, trail: Trail) -> Break | None:
    """A platform's export always names its key; without one nothing tells whether the entries are the platform's."""
    if has_one:
        return None
    return Break(
        trail.head.seq,
        "the file names no public key, so no signature could be checked: whoever had the file could have chained it "
        "anew; give the platform's audit.pub with --public-key",
    )


def _parsed(shape: type[Line], line: str, number: int) -> Line:
    try:
        return read_line(shape, line)
    except BadLine as wrong:
        raise BadInput(
            f"line {number}, column {wrong.column}: this is not a line of an audit export ({wrong}); "
            "make one with `sre-agent audit export FILE`",
            field="file",
        ) from wrong
