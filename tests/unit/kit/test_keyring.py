"""Keys are rotated without a gap: the new one counts at once, the old one until its last grant ended, and nothing restarts."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mcp_servers.kit.grants import Expected, GrantRefusal, Reason, arguments_digest, verify_by_any
from mcp_servers.kit.key_file import KeyFile
from mcp_servers.kit.keyring import LONGEST_GRANT, RingKey, read_ring, rotated, usable, written_ring
from sre_agent.adapters.grant_issuer import issuer_from_file
from sre_agent.adapters.key_pairs import make_key_pair, rotate_key_pair
from sre_agent.domain.ids import IncidentId, StepKey
from sre_agent.domain.plan import Call
from sre_agent.ports.grants import GrantOrder

NOW = datetime(2026, 3, 3, 9, 30, tzinfo=UTC)
CALL = Call(server="k8s", tool="scale", arguments={"replicas": 3})


def order(at: datetime) -> GrantOrder:
    return GrantOrder(
        call=CALL,
        audience="k8s@lab",
        incident_id=IncidentId("inc_0000000000000001"),
        key=StepKey("step-00000001"),
        fence=7,
        issued_at=at,
        expires_at=at + timedelta(seconds=300),
    )


def expected(at: datetime) -> Expected:
    return Expected(
        audience="k8s@lab",
        tool="scale",
        arguments_digest=arguments_digest(CALL.arguments),
        key="step-00000001",
        now=at.timestamp(),
    )


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    private, public = tmp_path / "grant.key", tmp_path / "grant.pub"
    make_key_pair(private, public)
    return private, public


@pytest.mark.promise("ACT-2")
def test_a_rotation_needs_no_restart_and_breaks_no_grant_that_was_given(pair: tuple[Path, Path]) -> None:
    issuer, server = issuer_from_file(pair[0]), KeyFile(pair[1])
    before = issuer.issue(order(NOW))
    assert rotate_key_pair(*pair, NOW) == NOW + LONGEST_GRANT
    after = issuer.issue(order(NOW))
    for grant in (before, after):
        last = NOW + timedelta(seconds=299)
        assert verify_by_any(grant, expected(last), server(last.timestamp())).fence == 7


@pytest.mark.promise("ACT-2")
def test_the_old_key_is_worth_nothing_once_its_last_grant_could_have_ended(pair: tuple[Path, Path]) -> None:
    stolen = issuer_from_file(pair[0])
    old_key = stolen._private_key()
    server = KeyFile(pair[1])
    rotate_key_pair(*pair, NOW)
    late = NOW + LONGEST_GRANT
    forged = type(stolen)(lambda: old_key).issue(order(late))
    with pytest.raises(GrantRefusal) as refused:
        verify_by_any(forged, expected(late), server(late.timestamp()))
    assert refused.value.reason is Reason.BAD_SIGNATURE


def test_rotating_often_keeps_every_key_that_still_counts_and_no_other(pair: tuple[Path, Path]) -> None:
    for minute in range(0, 60, 2):
        rotate_key_pair(*pair, NOW + timedelta(minutes=minute))
    ring = read_ring(pair[1].read_text())
    assert len(ring) == 4
    assert len(usable(ring, NOW + timedelta(hours=2))) == 1


def test_a_start_after_a_rotation_leaves_the_old_key_where_it_is(pair: tuple[Path, Path]) -> None:
    rotate_key_pair(*pair, NOW)
    both = pair[1].read_text()
    make_key_pair(*pair)
    assert pair[1].read_text() == both


def test_a_rotation_that_was_cut_off_in_the_middle_is_mended_by_the_next(pair: tuple[Path, Path]) -> None:
    old = pair[0].read_bytes()
    rotate_key_pair(*pair, NOW)
    pair[0].write_bytes(old)
    issuer, server = issuer_from_file(pair[0]), KeyFile(pair[1])
    assert verify_by_any(issuer.issue(order(NOW)), expected(NOW), server(NOW.timestamp()))
    late = NOW + timedelta(days=1)
    rotate_key_pair(*pair, late)
    assert verify_by_any(issuer.issue(order(late)), expected(late), server(late.timestamp()))


def test_a_file_that_was_broken_later_leaves_the_keys_as_they_were(pair: tuple[Path, Path]) -> None:
    server = KeyFile(pair[1])
    known = server(NOW.timestamp())
    for broken in ("", "nonsense", "until tomorrow\n" + pair[1].read_text()):
        pair[1].write_text(broken)
        assert server(NOW.timestamp()) == known
    os.unlink(pair[1])
    assert server(NOW.timestamp()) == known


def test_what_is_written_is_what_is_read() -> None:
    keys = [Ed25519PrivateKey.generate().public_key() for _ in range(2)]
    ring = rotated([RingKey(keys[0])], keys[1], NOW)
    assert read_ring(written_ring(ring)) == ring
    assert [each.key for each in usable(ring, NOW + LONGEST_GRANT)] == [keys[1]]
    for wrong in ("", "until now\n", "until 2026-01-01T00:00:00\n" + written_ring([RingKey(keys[0])])):
        with pytest.raises(ValueError):  # noqa: PT011 - the sentence is the caller's
            read_ring(wrong)
