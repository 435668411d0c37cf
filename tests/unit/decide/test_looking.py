"""The world beside a plan: what moved is told value by value, and what nobody can see is not called unchanged."""

from __future__ import annotations

from typing import Any

import pytest

from sre_agent.decide.looking import Standing, between, look_at
from sre_agent.domain.entity import EntityRef
from sre_agent.domain.frozen import JsonObject
from sre_agent.domain.ids import IncidentId, StepKey
from sre_agent.domain.plan import Call, Ground, Plan, Risk, Step, Undo
from sre_agent.errors import GroundMoved, ToolFailed, ToolNotConfigured, ToolTimeout
from sre_agent.testing.clock import HandClock

CART = EntityRef(kind="Deployment", name="cart", namespace="shop")
GROUND = Ground(uid="u", generation=4, fields={"/spec/replicas": 0})


def step(index: int = 0, *, ground: Ground = GROUND, **more: Any) -> Step:
    call = Call(server="k8s", tool="scale", arguments={"replicas": 2, "expect": {"uid": "u"}})
    fields: dict[str, Any] = {
        "index": index, "action": "scale", "call": call, "target": CART, "statement": "s", "risk": Risk.LOW,
        "undo": Undo(call=None, statement="s"), "key": StepKey(f"key-0000{index}"), "ground": ground,
    }  # fmt: skip
    return Step(**(fields | more))


def plan(*steps: Step) -> Plan:
    return Plan(
        incident_id=IncidentId("inc_1"),
        attempt=1,
        cause="c",
        entity=CART,
        steps=steps,
        made_at=HandClock().now(),
    )


async def seen(answer: JsonObject | Exception, *steps: Step) -> Any:
    async def ask(call: Call) -> JsonObject:
        assert call == Call(server="k8s", tool="preview_scale", arguments={"replicas": 2})
        if isinstance(answer, Exception):
            raise answer
        return answer

    return (await look_at(plan(*(steps or (step(),))), ask))[0]


async def test_a_ground_that_stands_still_is_as_planned_and_tells_its_present_values() -> None:
    look = await seen({"ground": GROUND.model_dump()})
    assert (look.standing, look.fields, look.changes) == (Standing.AS_PLANNED, {"/spec/replicas": 0}, ())


async def test_each_value_that_moved_is_told_with_the_old_and_the_new() -> None:
    look = await seen({"ground": {"uid": "v", "generation": 4, "fields": {}}})
    assert look.standing is Standing.MOVED
    assert look.changes == (
        "uid of Deployment shop/cart was 'u' and is now 'v'",
        "/spec/replicas of Deployment shop/cart was 0 and is now nothing",
    )


@pytest.mark.parametrize("failure", [ToolFailed("gone", code="not_found"), GroundMoved("it moved")])
async def test_what_can_no_longer_be_done_has_moved(failure: Exception) -> None:
    look = await seen(failure)
    assert look.standing is Standing.MOVED
    assert "cannot be changed as planned any more" in look.changes[0]


@pytest.mark.parametrize("failure", [ToolTimeout("8 s"), ToolNotConfigured("no k8s here")])
async def test_what_nobody_can_look_at_is_unknown_and_not_as_planned(failure: Exception) -> None:
    look = await seen(failure)
    assert (look.standing, look.changes) == (Standing.UNKNOWN, ())


async def test_a_step_on_what_an_earlier_one_will_make_is_not_asked_about() -> None:
    look = await seen(AssertionError("asked"), step(ground=Ground()))
    assert look.standing is Standing.FOLLOWS


def test_two_plans_are_compared_where_both_do_the_same_to_the_same() -> None:
    later = step(ground=Ground(uid="u", generation=5, fields={"/spec/replicas": 1, "/spec/paused": True}))
    generation, replicas = between([step()], [later])
    assert (generation.field, generation.planned, generation.now) == ("generation", 4, 5)
    assert str(replicas) == "/spec/replicas of Deployment shop/cart was 0 and is now 1"
    assert between([step(action="rollout_restart")], [later]) == ()
