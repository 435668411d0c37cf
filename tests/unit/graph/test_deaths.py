"""Killed at any input or output, and again and again, an incident goes on and ends the same; nothing is done twice."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.effort import tries
from tests.scenarios.deaths import EVERY_CUT, Moment, cheap, ending_of, killed_at, moments_of, telling_moments
from tests.scenarios.lives import Life
from tests.scenarios.stories import BY_NAME, STORIES, Story, tell

ACTING = [
    BY_NAME["a step of low risk that the law allows"],
    BY_NAME["a release is reverted after approval"],
    BY_NAME["the ground moves while a person thinks"],
    BY_NAME["the first theory is wrong, the second right"],
]
"""Between them they propose, ask, find the ground moved, act, undo and end."""


@pytest.mark.promise("ACT-7")
@pytest.mark.promise("KEEP-2")
@pytest.mark.promise("KEEP-6")
@pytest.mark.parametrize("story", STORIES if EVERY_CUT else ACTING, ids=lambda story: story.name)
def test_killed_at_any_input_or_output_it_ends_the_same_and_nothing_is_done_twice(story: Story) -> None:
    whole, besides = ending_of(story), ACTING[: ACTING.index(story)] if story in ACTING else ()
    for moment in moments_of(story) if EVERY_CUT else telling_moments(story, besides=besides):
        stage = killed_at(story, moment)
        assert stage.ending == whole, f"killed at {moment}:\n{stage.story}"
        stage.check()


@pytest.mark.promise("KEEP-6")
@settings(
    max_examples=tries(16, usual=5), deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
@given(story=st.sampled_from(ACTING), lives=st.lists(st.integers(1, 200), min_size=2, max_size=12))
def test_killed_again_and_again_it_ends_the_same_and_nothing_is_done_twice(
    story: Story, lives: list[int]
) -> None:
    stage = tell(cheap(story), lives=[Life(dies_at=pulses) for pulses in lives]).stage
    stage.check()
    assert stage.ending == ending_of(story), stage.story


SCALES = BY_NAME["a step of low risk that the law allows"]


@pytest.mark.promise("ACT-7")
@pytest.mark.promise("KEEP-6")
@pytest.mark.parametrize("moment", moments_of(SCALES, "after toolbox.call k8s.scale"), ids=str)
def test_a_step_that_helped_while_the_process_was_away_is_what_cured_it(moment: Moment) -> None:
    """It is learnt late that the step was done; that recovery came before that is no sign that it came by itself."""
    life = Life(dies_at=moment.number, away=timedelta(seconds=60))
    stage = tell(cheap(SCALES), lives=[life]).stage
    stage.check()
    assert stage.ending == ending_of(SCALES), stage.story
