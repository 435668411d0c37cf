"""What is hashed and kept is the same value, whoever writes it and however hostile it is."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import orjson
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from sre_agent.adapters.rows import json_text
from sre_agent.domain.frozen import canonical
from sre_agent.domain.ids import IncidentId
from sre_agent.domain.journal import GENESIS, JournalDraft, JournalEntry, Kind, chained, linked, storable
from sre_agent.domain.storable import plain, plain_json

NUMBERS = (
    st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.floats(0.0009, 0.0011)
    | st.floats(9e14, 2e15)
)
TAME = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=20,
)
WILD_TEXT = st.text(st.characters(codec=None) | st.sampled_from("\x00\ud800\udfff"))
WILD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WILD_TEXT,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(WILD_TEXT, inner, max_size=5),
    max_leaves=20,
)


@given(TAME)
def test_the_quick_canonical_form_is_that_of_rfc_8785(value: Any) -> None:
    assert canonical(value) == rfc8785.dumps(value)


@given(WILD)
def test_any_json_can_be_kept_and_hashed_once_it_is_plain(value: Any) -> None:
    tamed = plain_json(value)
    rfc8785.dumps(tamed)
    assert orjson.loads(json_text(value)) is not ...
    assert plain_json(tamed) == tamed


@given(TAME)
def test_plain_json_leaves_plain_values_as_they_are(value: Any) -> None:
    if "\\u0000" not in json.dumps(value):
        assert plain_json(value) == value


@given(WILD_TEXT)
def test_plain_text_can_be_encoded_and_holds_no_nul(text: str) -> None:
    assert "\x00" not in plain(text)
    plain(text).encode()
    assert len(plain(text)) <= len(text)


@given(text=WILD_TEXT, body=st.dictionaries(WILD_TEXT, WILD, max_size=4))
def test_an_entry_reads_back_with_the_hash_it_was_written_with(text: str, body: dict[str, Any]) -> None:
    draft = JournalDraft.model_construct(
        key=text, kind=Kind.NOTE_ADDED, actor=text, text=text, body=body, at=datetime.now(UTC)
    )
    entry = linked(IncidentId("inc_1"), storable(draft), after=(0, GENESIS), position=1)
    read = JournalEntry(**{**dict(entry), "body": orjson.loads(json_text(entry.body))})
    again = JournalDraft.model_validate(read.model_dump(include=set(JournalDraft.model_fields)))
    assert chained(read.incident_id, read.seq, again, read.previous) == entry.hash
