"""Trust is proposed by numbers, given by people, and lost by a wrong act."""

from __future__ import annotations

from datetime import timedelta

import pytest
from scipy.stats import binomtest

from sre_agent.api.parts import TrustParts
from sre_agent.domain.law import Autonomy, Role
from sre_agent.domain.trust import Agreement, Rung, Sample
from sre_agent.errors import Conflict
from sre_agent.signals.shares import wilson
from sre_agent.testing.trust_book import MemoryTrustBook
from sre_agent.trust.ladder import NEEDED, Decision, after_wrong, demoted, promoted, standing
from sre_agent.trust.matching import Seen, compared
from tests.contracts.store_examples import NOW
from tests.contracts.trust import rung, sample
from tests.unit.api.api_stage import Stage, plan

NAME = ("shop/cart", "scale")
SAID = Decision("ada", NOW, "reviewed")


def decided(agreed: int, differed: int = 0, *, level: Autonomy = Autonomy.OBSERVE) -> list[Sample]:
    kinds = [Agreement.AGREED] * agreed + [Agreement.DIFFERED] * differed
    return [sample(n, level=level, agreement=kind) for n, kind in enumerate(kinds)]


@pytest.mark.parametrize(("agreed", "of"), [(0, 4), (5, 5), (9, 10), (20, 20), (1, 200), (17, 23)])
def test_the_interval_is_wilsons(agreed: int, of: int) -> None:
    low, high = wilson(agreed, of)
    theirs = binomtest(agreed, of).proportion_ci(method="wilson")
    assert (low, high) == pytest.approx((theirs.low, theirs.high))


def test_without_a_case_nothing_is_known() -> None:
    assert wilson(0, 0) == (0.0, 1.0)


@pytest.mark.promise("TRUST-1")
@pytest.mark.parametrize("level", list(NEEDED))
def test_each_level_is_proposed_after_exactly_the_cases_it_needs(level: Autonomy) -> None:
    needed = NEEDED[level].decided
    at = rung(level)
    enough = standing(at, NAME, decided(needed, level=level), start=Autonomy.ACT)
    too_few = standing(at, NAME, decided(needed - 1, level=level), start=Autonomy.ACT)
    assert enough.proposed is not None
    assert enough.proposed.rank == level.rank + 1
    assert too_few.proposed is None


def test_cases_of_another_level_or_of_before_count_for_nothing() -> None:
    at = rung(Autonomy.OBSERVE, since=NOW + timedelta(seconds=1))
    assert standing(at, NAME, decided(50), start=Autonomy.ACT).agreed == 0
    other = decided(50, level=Autonomy.SUGGEST)
    assert standing(rung(Autonomy.OBSERVE), NAME, other, start=Autonomy.ACT).agreed == 0


@pytest.mark.promise("TRUST-1")
def test_a_person_promotes_one_level_and_insists_in_so_many_words() -> None:
    ready = standing(rung(Autonomy.OBSERVE), NAME, decided(5), start=Autonomy.ACT)
    assert promoted(ready, SAID, despite_numbers=False).level is Autonomy.SUGGEST
    unready = standing(rung(Autonomy.OBSERVE), NAME, decided(1, 1), start=Autonomy.ACT)
    with pytest.raises(Conflict, match="not proposed"):
        promoted(unready, SAID, despite_numbers=False)
    assert promoted(unready, SAID, despite_numbers=True).reason == "reviewed (despite the numbers)"


def test_a_demotion_goes_down_and_only_down() -> None:
    now = standing(rung(Autonomy.APPROVE), NAME, [], start=Autonomy.ACT)
    assert demoted(now, Autonomy.OBSERVE, SAID).level is Autonomy.OBSERVE
    with pytest.raises(Conflict, match="not below"):
        demoted(now, Autonomy.ACT, SAID)


def wrong(step: int = 0, level: Autonomy = Autonomy.ACT) -> Sample:
    return sample(step, level=level, agreement=Agreement.DIFFERED, wrong=True, why="it was taken back")


@pytest.mark.promise("TRUST-2")
def test_one_wrong_act_ends_acting_alone_and_the_same_one_costs_nothing_twice() -> None:
    lower = after_wrong(None, wrong(), (), start=Autonomy.ACT, now=NOW)
    assert lower is not None
    assert (lower.level, lower.by) == (Autonomy.APPROVE, "trust-ladder")
    assert after_wrong(lower, wrong(), (), start=Autonomy.ACT, now=NOW) is None


def test_an_act_of_before_the_last_decision_costs_nothing() -> None:
    later = rung(Autonomy.ACT, since=NOW + timedelta(hours=1))
    assert after_wrong(later, wrong(), (), start=Autonomy.ACT, now=NOW) is None


def test_people_are_asked_until_it_is_mostly_wrong() -> None:
    at = rung(Autonomy.APPROVE)
    bad = [wrong(n, Autonomy.APPROVE) for n in range(4)]
    assert after_wrong(at, bad[2], bad[:2], start=Autonomy.ACT, now=NOW) is None
    lower = after_wrong(at, bad[3], bad[:3], start=Autonomy.ACT, now=NOW)
    assert lower is not None
    assert lower.level is Autonomy.SUGGEST


def test_what_people_did_is_compared_with_what_was_planned() -> None:
    made = plan(sample().incident_id, at=NOW).steps[0]
    scaled = made.model_copy(update={"action": "scale", "diff": "--- a\n+++ b\n-replicas: 1\n+replicas: 3"})
    same = Seen(diff="", moved=True)
    other = Seen(diff="-replicas: 2\n+replicas: 3", moved=True)
    still = Seen(diff=scaled.diff, moved=False)
    reverse = Seen(diff="-replicas: 3\n+replicas: 1", moved=True)
    assert compared(scaled, same, quiet=True)[0] is Agreement.AGREED
    assert compared(scaled, reverse, quiet=True)[0] is Agreement.AGREED
    assert compared(scaled, other, quiet=True)[0] is Agreement.DIFFERED
    assert compared(scaled, still, quiet=True)[0] is Agreement.DIFFERED
    assert compared(scaled, still, quiet=False)[0] is Agreement.UNDECIDED


def test_a_restart_is_the_same_at_any_time() -> None:
    made = plan(sample().incident_id, at=NOW).steps[0].model_copy(update={"diff": "+restartedAt: 9:30"})
    today = Seen(diff="-restartedAt: 9:41\n+restartedAt: 9:59", moved=True)
    assert compared(made, today, quiet=True)[0] is Agreement.AGREED
    assert compared(made, Seen(diff="-image: a\n+image: b", moved=True), quiet=True)[0] is Agreement.DIFFERED


async def test_the_ladder_is_shown_and_moved_through_the_api_by_those_who_may() -> None:
    stage = Stage()
    book = MemoryTrustBook(stage.store)
    stage.with_parts(trust=TrustParts(book))
    await book.put_rung(rung(Autonomy.OBSERVE))
    await book.put_samples(tuple(decided(5)))
    body = {"service": "shop/cart", "action": "scale", "reason": "five of five"}
    async with stage.client(Role.APPROVER) as client:
        (told,) = (await client.get("/api/v1/trust")).json()["items"]
        assert (told["agreed"], told["proposed"]) == (5, "suggest")
        assert (await client.post("/api/v1/trust/promote", json=body)).status_code == 403
    async with stage.client(Role.ADMIN) as client:
        made = await client.post("/api/v1/trust/promote", json=body)
        assert (made.status_code, made.json()["level"], made.json()["by"]) == (200, "suggest", "a-admin")
        assert (await client.post("/api/v1/trust/promote", json=body)).status_code == 409
        nothing = {**body, "service": "shop/nobody"}
        assert (await client.post("/api/v1/trust/promote", json=nothing)).status_code == 404
        down = await client.post("/api/v1/trust/demote", json={**body, "to": "observe"})
        assert down.json()["level"] == "observe"
    assert [one.action for one in stage.store.state.audit] == ["trust.promoted", "trust.demoted"]
    assert isinstance(await book.rung("shop/cart", "scale"), Rung)
