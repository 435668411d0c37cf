"""A dry run that is refused because the object just changed is asked again, a few times; any other refusal is believed."""

from __future__ import annotations

import pytest

from sre_agent.catalogue.remedy import Draft
from sre_agent.decide.previewing import AGAIN, preview_of
from sre_agent.domain.frozen import JsonObject
from sre_agent.errors import GroundMoved, ToolFailed, ToolUnavailable
from sre_agent.ports.run import Limits
from sre_agent.testing.clock import HandClock
from sre_agent.testing.toolbox import ScriptedToolbox
from tests.contracts.store_examples import CART

SCALE = Draft(
    action="scale",
    where="k8s.scale",
    arguments={"name": "cart", "replicas": 3},
    target=CART,
    statement="Scale it.",
)
LIMITS = Limits()
MOVED = [
    ToolFailed("the object has been modified", code="conflict"),
    ToolFailed("the test of /spec failed", code="invalid_argument"),
    GroundMoved("it is another object now"),
]


async def previewed(box: ScriptedToolbox, clock: HandClock) -> JsonObject:
    return await preview_of(SCALE, box, clock, LIMITS)


@pytest.mark.promise("ACT-5")
@pytest.mark.parametrize("refusal", MOVED, ids=lambda each: type(each).__name__)
async def test_an_object_that_moves_in_the_midst_of_a_roll_out_is_asked_again_after_a_pause(
    refusal: Exception,
) -> None:
    box, clock = ScriptedToolbox(), HandClock()
    box.answers("k8s", "preview_scale", {"diff": "-2 +3"})
    box.answers("k8s", "preview_scale", refusal, times=AGAIN)
    assert await previewed(box, clock) == {"diff": "-2 +3"}
    assert clock.elapsed() == AGAIN * LIMITS.poll / 2


async def test_one_that_never_rests_is_given_up_with_its_last_words() -> None:
    box = ScriptedToolbox()
    box.answers("k8s", "preview_scale", MOVED[0])
    with pytest.raises(ToolFailed, match="modified"):
        await previewed(box, HandClock())
    assert len(box.made("k8s", "preview_scale")) == 1 + AGAIN


@pytest.mark.parametrize(
    "refusal", [ToolFailed("you may not", code="forbidden"), ToolUnavailable("the server is away")], ids=str
)
async def test_a_refusal_that_has_another_reason_is_believed_at_once(refusal: Exception) -> None:
    box, clock = ScriptedToolbox(), HandClock()
    box.answers("k8s", "preview_scale", refusal)
    with pytest.raises(type(refusal)):
        await previewed(box, clock)
    assert len(box.made("k8s", "preview_scale")) == 1
