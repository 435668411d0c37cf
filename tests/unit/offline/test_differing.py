"""Both engines are named, and each part of an answer that is another one today."""

from __future__ import annotations

from pathlib import Path

import pytest

from sre_agent.domain.diagnosis import Diagnosis, DiagnosisOutcome, Engine, Layer, LayerState
from sre_agent.domain.entity import EntityRef
from sre_agent.domain.journal import JournalEntry
from sre_agent.offline.differing import Blamed, differences, engine_then, engines_told
from sre_agent.orient.edition import ROOMS, engine, rules_of
from tests.scenarios.golden import stored

CART = EntityRef(kind="Deployment", name="cart", namespace="shop")
THEN = Blamed(cause="bad_deployment", entity=CART, confidence=0.9)
OLD = Engine(version="0.9.0", rules="aaaa")
NEW = Engine(version="0.9.0", rules="bbbb")
TODAY = Diagnosis(
    outcome=DiagnosisOutcome.UNDECIDED, pattern="Resource Hunter", layers={Layer.RUNTIME: LayerState.FAULTY}
)


def made(**body: object) -> JournalEntry:
    (entry,) = [each for each in stored() if each.kind == "diagnosis.made"][-1:]
    return entry.model_copy(update={"body": body})


@pytest.mark.promise("SHOW-4")
def test_two_builds_of_one_version_are_two_engines_and_both_are_named() -> None:
    assert engines_told(OLD, NEW) == (
        "Another engine decided then: 0.9.0 with rules aaaa; now it is 0.9.0 with rules bbbb."
    )
    assert engines_told(OLD, OLD.model_copy(update={"model": "m"})).startswith("The same engine decided then")


@pytest.mark.parametrize(
    "body", [{}, {"engine": "0.9.0"}, {"engine": {"version": "0.9.0"}}, {"engine": {"version": 3}}]
)
def test_an_engine_that_was_not_written_down_is_not_made_up(body: dict[str, object]) -> None:
    assert engine_then(made(**body)) is None
    assert engine_then(None) is None
    assert "was not written down" in engines_told(None, NEW)


def test_the_engine_of_the_journal_is_read_as_it_was_written() -> None:
    assert engine_then(made(engine=OLD.model_dump(mode="json"))) == OLD


@pytest.mark.promise("SHOW-4")
def test_every_part_of_the_answer_that_differs_is_told_with_both_sides() -> None:
    now = Blamed(cause="oom_killed", entity=CART.model_copy(update={"name": "web"}), confidence=0.904)
    told = differences(THEN, now, made(pattern="Change Detective", layers={"runtime": "healthy"}), TODAY)
    assert told == (
        "cause: bad_deployment then, oom_killed now",
        "place: Deployment shop/cart then, Deployment shop/web now",
        "way of looking: Change Detective then, Resource Hunter now",
        "runtime: healthy then, faulty now",
    )


def test_what_was_not_kept_does_not_differ_and_how_sure_differs_only_where_it_shows() -> None:
    assert differences(THEN, THEN.model_copy(update={"confidence": 0.901}), made(), TODAY) == ()
    assert differences(THEN, Blamed(), None, TODAY)[-1] == "how sure: 0.90 then, not at all now"


def test_the_digest_of_the_rules_changes_with_a_rule_and_not_with_a_place(tmp_path: Path) -> None:
    for house in ("one", "other"):
        (tmp_path / house / ROOMS[0]).mkdir(parents=True)
        (tmp_path / house / ROOMS[0] / "rule.py").write_text("LIMIT = 1\n")
    one, other = rules_of(tmp_path / "one"), rules_of(tmp_path / "other")
    (tmp_path / "other" / ROOMS[0] / "rule.py").write_text("LIMIT = 2\n")
    assert one == other
    assert rules_of(tmp_path / "other") != one
    assert len(engine().rules) == len(one)
