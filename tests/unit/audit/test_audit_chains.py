"""Where a hash chain breaks is found by a pure function."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sre_agent.domain.audit import AuditDraft, Break, Link, first_break, link_hash
from sre_agent.domain.journal import GENESIS

NOW = datetime(2026, 3, 3, 9, 30, tzinfo=UTC)
DRAFT = AuditDraft(actor="ada", action="login", subject="account ada", detail="from 10.0.0.1", at=NOW)


def chain(length: int) -> list[Link]:
    links: list[Link] = []
    for seq in range(1, length + 1):
        previous = links[-1].hash if links else GENESIS
        digest = hashlib.sha256(f"{seq}{previous}".encode()).hexdigest()
        links.append(Link(seq, previous, digest, digest))
    return links


@given(st.integers(0, 20))
def test_a_whole_chain_has_no_break(length: int) -> None:
    links = chain(length)
    head = (links[-1].seq, links[-1].hash) if links else (0, GENESIS)
    assert first_break(links) is None
    assert first_break(links, head=head) is None


@pytest.mark.promise("KEEP-1")
@given(st.integers(1, 20), st.data())
def test_one_changed_link_is_named(length: int, data: st.DataObject) -> None:
    links = chain(length)
    place = data.draw(st.integers(0, length - 1))
    field = data.draw(st.sampled_from(["previous", "hash", "recomputed"]))
    links[place] = links[place]._replace(**{field: "f" * 64})
    found = first_break(links)
    assert found is not None
    assert found.seq == place + 1


@pytest.mark.promise("KEEP-1")
@given(st.integers(1, 20), st.data())
def test_one_missing_link_is_named(length: int, data: st.DataObject) -> None:
    links = chain(length)
    head = (length, links[-1].hash)
    place = data.draw(st.integers(0, length - 1))
    del links[place]
    found = first_break(links, head=head)
    assert found is not None
    assert found.seq == place + 1


def test_a_cut_tail_is_seen_only_by_who_knows_the_head() -> None:
    links = chain(9)
    assert first_break(links[:7]) is None
    found = first_break(links[:7], head=(9, links[8].hash))
    assert isinstance(found, Break)
    assert found.seq == 8


def test_a_chain_replaced_as_a_whole_is_seen_by_who_knows_the_head() -> None:
    assert first_break(chain(3), head=(3, "0" * 63 + "1")) is not None


def test_every_part_of_an_audit_entry_is_hashed() -> None:
    kept = link_hash(1, DRAFT, GENESIS)
    others = [
        link_hash(2, DRAFT, GENESIS),
        link_hash(1, DRAFT, "1" * 64),
        *(
            link_hash(1, DRAFT.model_copy(update={name: "x"}), GENESIS)
            for name in ("actor", "action", "subject", "detail", "reason", "journal_hash")
        ),
        link_hash(1, DRAFT.model_copy(update={"journal_seq": 1}), GENESIS),
        link_hash(1, DRAFT.model_copy(update={"at": NOW + timedelta(microseconds=1)}), GENESIS),
    ]
    assert len({kept, *others}) == 11


def test_the_same_moment_in_another_zone_is_the_same_entry() -> None:
    there = NOW.astimezone(timezone(timedelta(hours=9)))
    assert link_hash(1, DRAFT.model_copy(update={"at": there}), GENESIS) == link_hash(1, DRAFT, GENESIS)
