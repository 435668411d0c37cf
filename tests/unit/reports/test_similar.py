"""Past incidents are found by what they share, with a score that says in what."""

from __future__ import annotations

from datetime import timedelta

from sre_agent.domain.ids import IncidentId
from sre_agent.domain.incident import Incident, Outcome
from sre_agent.reports.similar import LEAST, MOST, Remembered, likeness_of, similar_to
from tests.contracts.store_examples import CART, NOW, incident


def row(name: str, **fields: object) -> Incident:
    known = {"cause": "bad_deployment", "cause_entity": CART, "namespace": "shop", **fields}
    return incident(id=IncidentId(name), **known)


def kept(name: str, *alerts: str, **fields: object) -> Remembered:
    return Remembered(row(name, **fields), frozenset(alerts))


THIS = kept("inc_this", "HighErrorRate", "SlowAnswers")


def test_the_same_in_everything_is_one() -> None:
    assert likeness_of(THIS, kept("inc_other", "HighErrorRate", "SlowAnswers")).score == 1.0


def test_each_likeness_counts_what_it_says() -> None:
    other = kept("inc_other", "HighErrorRate", cause="oom_killed", cluster="elsewhere")
    told = likeness_of(THIS, other)
    assert told.score == round(0.30 + 0.25 / 2, 2)
    assert told.because == (f"the same object, {CART}", "the same alerts, HighErrorRate")


def test_what_is_not_known_of_both_is_no_likeness() -> None:
    unknown = {"cause": "", "cause_entity": None, "entity": None, "namespace": ""}
    assert likeness_of(kept("inc_a", **unknown), kept("inc_b", **unknown)).score == 0


def test_the_most_alike_comes_first_the_newer_first_among_equals_and_never_itself() -> None:
    older = kept("inc_older", "HighErrorRate", opened_at=NOW - timedelta(days=9))
    newer = kept("inc_newer", "HighErrorRate", opened_at=NOW - timedelta(days=2))
    best = kept("inc_best", "HighErrorRate", "SlowAnswers", opened_at=NOW - timedelta(days=30))
    far = kept("inc_far", cause="", cause_entity=None, entity=None)
    found = similar_to(THIS, [THIS, older, far, best, newer])
    assert [each.incident.id for each in found] == ["inc_best", "inc_newer", "inc_older"]
    assert min(each.score for each in found) >= LEAST


def test_no_more_are_told_than_a_person_reads() -> None:
    assert len(similar_to(THIS, [kept(f"inc_{n}") for n in range(40)])) == MOST


def test_only_what_recovered_says_what_helped() -> None:
    for outcome, helped in ((Outcome.RECOVERED, ("Roll back cart.",)), (Outcome.NOT_RECOVERED, ())):
        past = Remembered(row("inc_past", outcome=outcome), done=("Roll back cart.",))
        assert similar_to(THIS, [past])[0].helped == helped
