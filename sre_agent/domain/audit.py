"""The audit trail as values: chained and signed entries, signed cuts, and where a trail stops being true; pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC
from typing import Final, NamedTuple

from pydantic import Field

from sre_agent.domain.frozen import Frozen, Moment, digest_of
from sre_agent.domain.ids import Digest
from sre_agent.domain.journal import GENESIS
from sre_agent.domain.storable import plain

NO_REASON: Final = "no reason was given"
ENTRY: Final = "entry"
CUT: Final = "cut"
_ALWAYS: Final = ("actor", "action", "subject", "detail")
_WHERE_GIVEN: Final = ("reason", "journal_seq", "journal_hash")

Genuine = Callable[[str, int, str, str], bool]
"""(what is signed: `entry` or `cut`, seq, hash, signature) → whether the platform's key made this signature."""


class AuditDraft(Frozen):
    """What happened, who did it and why, before it has its place in the trail."""

    actor: str
    action: str
    """`noun.verb-in-the-past`, as `token.issued`."""
    subject: str
    detail: str = ""
    reason: str = NO_REASON
    at: Moment
    journal_seq: int = 0
    """Where it is about an incident: the last entry of that incident's journal by then …"""
    journal_hash: str = ""
    """… and that entry's hash, so that the signature here holds the whole journal up to there, too."""


class AuditEntry(AuditDraft):
    """An entry in its place; `seq` counts from 1. `signature`: Ed25519 over seq and hash, base64url."""

    seq: int
    previous: str
    hash: str
    signature: str = ""


class AuditHead(Frozen):
    """The newest entry of a trail, in short; a copy of it lies outside the database."""

    seq: int = 0
    hash: str = GENESIS
    signature: str = ""


class AuditCut(Frozen):
    """The mark that retention leaves: the entries up to `seq` were taken away, and their last hash was this."""

    seq: int
    hash: str
    signature: str
    at: Moment
    by: str
    reason: str


class Break(NamedTuple):
    """Where a chain stops being true, and what is wrong there."""

    seq: int
    why: str


class Link(NamedTuple):
    """One entry of any chain: what it claims, and the hash that its content really has."""

    seq: int
    previous: str
    hash: str
    recomputed: str


class AuditProof(Frozen):
    """What looking through the whole trail told."""

    whole: bool
    entries: int = Field(description="entries that were looked at")
    begins_after: int = Field(0, description="the last entry that retention took away, under a signed mark")
    head: AuditHead
    outside: AuditHead | None = Field(None, description="the newest head that lies outside the database")
    key: str = Field("", description="fingerprint of the key that signs, SHA-256 of its raw form")
    journals: int = Field(0, description="journals that were compared with the entries that vouch for them")
    broken_at: int | None = Field(None, description="the first entry that is not true")
    incident: str = Field("", description="the incident whose journal is broken, where it is that")
    why: str = ""


def storable_draft(draft: AuditDraft) -> AuditDraft:
    """The draft as it will be read back, since that is what must be hashed: UTC, plain text, and some reason."""
    texts = ("actor", "action", "subject", "detail", "reason")
    told = {name: plain(getattr(draft, name)) for name in texts}
    told["reason"] = told["reason"].strip() or NO_REASON
    return draft.model_copy(update={**told, "at": draft.at.astimezone(UTC)})


def link_hash(seq: int, draft: AuditDraft, previous: str) -> Digest:
    """SHA-256 over everything in an entry and the hash before it (RFC 8785 canonical JSON).

    A reason or a journal that is not there is left out, as in the entries of the first release, which had neither.
    """
    content = {name: getattr(draft, name) for name in _ALWAYS}
    content |= {name: value for name in _WHERE_GIVEN if (value := getattr(draft, name))}
    at = draft.at.astimezone(UTC).isoformat()
    return Digest(digest_of({**content, "at": at, "seq": seq, "previous": previous}))


def link_of(entry: AuditEntry) -> Link:
    return Link(entry.seq, entry.previous, entry.hash, link_hash(entry.seq, entry, entry.previous))


def signed_text(purpose: str, seq: int, digest: str) -> bytes:
    """What a signature is made over; the purpose keeps one kind from passing for the other."""
    return f"sre-agent-audit/1 {purpose} {seq} {digest}".encode()


def first_break(
    links: Iterable[Link], *, head: tuple[int, str] | None = None, after: tuple[int, str] = (0, GENESIS)
) -> Break | None:
    """The first place where a chain that should be whole is not; None where it is whole.

    `head` is the newest (seq, hash) known from elsewhere: with it, a tail that was cut off is found.
    `after`: what the chain follows, where it does not begin at its beginning.
    """
    seq, last = after
    for link in links:
        if broken := _wrong_link(link, seq, last):
            return broken
        seq, last = link.seq, link.hash
    if head is not None and head != (seq, last):
        return Break(
            seq + 1, f"the chain ends at {seq}, but its head was {head[0]}: the tail was cut or replaced"
        )
    return None


def _wrong_link(link: Link, seq: int, last: str) -> Break | None:
    if link.seq != seq + 1:
        return Break(seq + 1, f"expected entry {seq + 1}, found {link.seq}: entries are missing")
    if link.previous != last:
        return Break(link.seq, "it does not follow from the entry before it")
    if link.recomputed != link.hash:
        return Break(link.seq, "its content is not what was hashed when it was written")
    return None


class Trail:
    """Reads a trail entry by entry, in order, and remembers the first thing that is not true of it.

    `genuine` None leaves the signatures out: there is no key to hold them against. `outside` is the head known from
    elsewhere: the trail must contain it, and may have grown since.
    """

    def __init__(
        self, genuine: Genuine | None, *, cut: AuditCut | None = None, outside: AuditHead | None = None
    ) -> None:
        self._genuine = genuine
        self._outside = outside
        self.begins_after = cut.seq if cut else 0
        self.head = AuditHead(seq=cut.seq, hash=cut.hash) if cut else AuditHead()
        self.entries = 0
        self._signing = bool(cut)
        self.broken = self._wrong_cut(cut) if cut else None

    def take(self, entry: AuditEntry) -> None:
        """The next entry; after the first break nothing more is judged."""
        self.entries += 1
        if self.broken:
            return
        self.broken = (
            _wrong_link(link_of(entry), self.head.seq, self.head.hash)
            or self._wrong_signature(entry)
            or self._not_as_outside(entry.seq, entry.hash)
        )
        self.head = AuditHead(seq=entry.seq, hash=entry.hash, signature=entry.signature)

    def end(self, expected: int | None = None) -> Break | None:
        """What is wrong, now that nothing comes any more; `expected`: the last seq that was ever given."""
        known = max(self._outside.seq if self._outside else 0, expected or 0)
        if self.broken is None and known > self.head.seq:
            return Break(
                self.head.seq + 1,
                f"the trail ends at {self.head.seq}, but there was an entry {known}: "
                "the tail was cut off, or the database is an older copy",
            )
        return self.broken or self._unsigned()

    def _unsigned(self) -> Break | None:
        """Entries of the first release bear no signature, but one that bears one always follows them: the start's."""
        if self._genuine is None or not self.entries or self._signing:
            return None
        return Break(
            self.head.seq, "no entry is signed by the platform's key: anybody could have written them"
        )

    def _wrong_cut(self, cut: AuditCut) -> Break | None:
        if self._genuine is None or self._genuine(CUT, cut.seq, cut.hash, cut.signature):
            return None
        return Break(cut.seq, "the mark of what retention took away is not signed by the platform's key")

    def _wrong_signature(self, entry: AuditEntry) -> Break | None:
        if self._genuine is None or (not entry.signature and not self._signing):
            return None
        self._signing = True
        if self._genuine(ENTRY, entry.seq, entry.hash, entry.signature):
            return None
        return Break(entry.seq, "it is not signed by the platform's key")

    def _not_as_outside(self, seq: int, digest: str) -> Break | None:
        if self._outside is None or seq != self._outside.seq or digest == self._outside.hash:
            return None
        return Break(seq, "it is another entry than the head that was kept outside the database")
