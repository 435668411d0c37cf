"""An exported trail is proved without a platform; whatever was done to the file is found."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sre_agent.domain.audit import (
    ENTRY,
    AuditDraft,
    AuditEntry,
    AuditHead,
    AuditProof,
    link_hash,
    signed_text,
)
from sre_agent.domain.audit_file import AuditFileEnd, AuditFileStart, prove
from sre_agent.domain.journal import GENESIS
from sre_agent.errors import BadInput

NOW = datetime(2026, 3, 3, 9, 30, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
OTHER = Ed25519PrivateKey.from_private_bytes(b"o" * 32)


def pem(key: Ed25519PrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def entries(number: int, key: Ed25519PrivateKey = KEY) -> list[AuditEntry]:
    made: list[AuditEntry] = []
    for seq in range(1, number + 1):
        draft = AuditDraft(actor="ada", action="token.issued", subject=f"s{seq}", reason="asked", at=NOW)
        previous = made[-1].hash if made else GENESIS
        digest = link_hash(seq, draft, previous)
        signature = base64.urlsafe_b64encode(key.sign(signed_text(ENTRY, seq, digest))).decode()
        made.append(AuditEntry(**dict(draft), seq=seq, previous=previous, hash=digest, signature=signature))
    return made


def file(number: int = 5, key: Ed25519PrivateKey = KEY) -> list[str]:
    start = AuditFileStart(public_key=pem(key), exported_at=NOW)
    parts = [start, *entries(number, key), AuditFileEnd(last=number)]
    return [part.model_dump_json() for part in parts]


def proved(lines: list[str], **given: Any) -> AuditProof:
    return prove(enumerate(lines, start=1), **given)


def edited(lines: list[str]) -> list[str]:
    changed = json.loads(lines[3]) | {"actor": "bob"}
    return [*lines[:3], json.dumps(changed), *lines[4:]]


def test_an_export_is_whole_and_says_whose_key_signed_it() -> None:
    proof = proved(file(), key_pem=pem(KEY), outside=AuditHead(seq=4, hash=entries(4)[-1].hash))
    assert (proof.whole, proof.entries, proof.head.seq) == (True, 5, 5)
    assert len(proof.key) == 64


@pytest.mark.promise("KEEP-7")
@pytest.mark.parametrize(
    ("deed", "seq"),
    [
        (edited, 3),
        (lambda lines: [*lines[:3], *lines[4:]], 3),
        (lambda lines: [*lines[:3], lines[4], lines[3], *lines[5:]], 3),
        (lambda lines: [*lines[:2], *lines[1:]], 2),
        (lambda lines: lines[:-1], 6),
        (lambda lines: lines[:-3], 4),
        (lambda lines: [*lines[:-2], lines[-1]], 5),
        (lambda lines: [lines[0], lines[-1]], 1),
    ],
)
def test_what_was_done_to_a_file_is_named(deed: Callable[[list[str]], list[str]], seq: int) -> None:
    proof = proved(deed(file()), key_pem=pem(KEY))
    assert (proof.whole, proof.broken_at) == (False, seq)


def test_a_tail_cut_off_with_its_end_written_anew_is_seen_by_a_head_from_elsewhere() -> None:
    assert proved(file(3), key_pem=pem(KEY)).whole
    assert (
        proved(file(3), key_pem=pem(KEY), outside=AuditHead(seq=5, hash=entries(5)[-1].hash)).broken_at == 4
    )


def test_a_file_signed_by_another_key_is_not_believed() -> None:
    assert proved(file(key=OTHER)).whole
    assert proved(file(key=OTHER), key_pem=pem(KEY)).broken_at == 1


@pytest.mark.promise("KEEP-7")
def test_entries_that_nobody_signed_are_not_believed_under_any_key() -> None:
    """Their chain can be right: whoever writes them all anew can hash."""
    forged = [json.dumps(json.loads(line) | {"signature": ""}) for line in file()[1:-1]]
    proof = proved([file()[0], *forged, file()[-1]], key_pem=pem(KEY))
    assert (proof.whole, proof.broken_at) == (False, 5)
    assert "no entry is signed" in proof.why


@pytest.mark.promise("KEEP-7")
def test_a_file_from_which_the_key_was_taken_is_proved_by_a_key_from_elsewhere_or_not_at_all() -> None:
    stripped = [json.dumps(json.loads(file()[0]) | {"public_key": ""}), *file()[1:]]
    assert proved(stripped, key_pem=pem(KEY)).whole
    proof = proved(stripped)
    assert not proof.whole
    assert "--public-key" in proof.why


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([], "line 1"),
        (["not json"], "line 1"),
        ([*file()[:2], "{}"], "line 3"),
        ([*file(), file()[1]], "line 8"),
        ([file()[0].replace("BEGIN", "BEGUN"), *file()[1:]], "public key"),
        ([file()[0].replace("sre-agent-audit/1", "x"), *file()[1:]], "format"),
        (
            [re.sub('"public_key":"[^"]*"', '"public_key":"no key"', file()[0]), *file()[1:]],
            "line 1, column [0-9]+: .*--public-key",
        ),
        ([*file()[:-1], '{"last":-1}'], "line 7, column 2"),
        ([*file()[:-1], '{"last":3}'], "entry 3 is the last, and 5 stands before it"),
        ([*file()[:-1], "[" * 100_000], "line 7, column 2"),
        (
            [file()[0], file()[1].replace('"actor":"ada"', '"actor":"bob","actor":"ada"'), *file()[2:]],
            "line 2, column 16: .*the key 'actor' stands twice",
        ),
        ([file()[0], file()[1].replace('"seq":1', '"seq":NaN'), *file()[2:]], "line 2, column 146: .*seq"),
        ([file()[0], file()[1][:-1] + ',"by":"the boss"}', *file()[2:]], "line 2, column 4.*by"),
        ([file()[0], file()[1].replace('"seq":1', f'"seq":{"9" * 5000}'), *file()[2:]], "line 2"),
    ],
)
def test_a_file_that_is_no_export_says_where(lines: list[str], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        proved(lines)
