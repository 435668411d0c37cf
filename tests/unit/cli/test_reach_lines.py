"""Whoever decides sees what a step can hurt in numbers, and what speaks against it with the reason."""

from __future__ import annotations

from sre_agent.cli.journal_details import step_lines
from sre_agent.cli.reach_lines import input_lines
from sre_agent.domain.entity import EntityRef
from sre_agent.domain.ids import StepKey
from sre_agent.domain.law import Input
from sre_agent.domain.plan import BlastRadius, Call, Risk, Step, Undo


def step(**more: object) -> Step:
    blast = BlastRadius(
        pods=2, away=1, ready=3, share_of_capacity=0.5, services=("shop/cart",), dependants=("shop/web",),
        budget="allows",
    )  # fmt: skip
    fields: dict[str, object] = {
        "index": 0, "action": "scale", "call": Call(server="k8s", tool="scale", arguments={}),
        "target": EntityRef(kind="Deployment", name="cart", namespace="shop"), "statement": "s", "risk": Risk.LOW,
        "undo": Undo(call=None, statement="s"), "key": StepKey("key-00001"), "blast_radius": blast,
    }  # fmt: skip
    return Step(**(fields | more))  # type: ignore[arg-type]


def test_a_step_is_shown_with_its_blast_radius_in_numbers() -> None:
    (line,) = [each.plain for each in step_lines(step()) if "reach:" in each.plain]
    assert "1 of 3 ready pods away at one time" in line
    assert "50% of the capacity of shop/cart" in line
    assert "1 dependants (shop/web)" in line


def test_what_nobody_knows_is_called_so_and_a_step_by_hand_reaches_nothing() -> None:
    unknown = "\n".join(each.plain for each in step_lines(step(blast_radius=BlastRadius())))
    assert "an unknown number of an unknown number ready pods" in unknown
    assert not [each for each in step_lines(step(call=None)) if "reach:" in each.plain]


def test_every_input_is_named_and_only_what_is_not_calm_is_explained() -> None:
    looked = (
        Input(name="rollout", value="none", why="calm"),
        Input(name="silence", why="Alertmanager is down"),
    )
    told = [each.plain for each in input_lines(looked)]
    assert told == ["looked at: rollout none; silence unknown", "  silence unknown: Alertmanager is down"]
