"""Every story ends as it must, whether its process lives through it or is killed after any of its super-steps."""

from __future__ import annotations

import pytest

from tests.scenarios.deaths import ending_of, killed_at, super_steps
from tests.scenarios.stories import STORIES, Story, tell

pytestmark = pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)


def test_it_ends_as_it_must(story: Story) -> None:
    stage = tell(story).stage
    incident = stage.incident
    assert (incident.status, incident.outcome) == (story.status, story.outcome), stage.story
    assert (incident.cause, tuple(stage.deeds)) == (story.cause, story.deeds), stage.story
    stage.check()


@pytest.mark.promise("KEEP-6")
def test_killed_at_the_end_of_any_super_step_it_ends_the_same(story: Story) -> None:
    whole = ending_of(story)
    for moment in super_steps(story):
        stage = killed_at(story, moment)
        assert stage.ending == whole, f"killed at {moment}:\n{stage.story}"
        stage.check()
