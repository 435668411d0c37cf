"""An alert that is over ends the incident, which says truly what was done by then and what of it stands."""

from __future__ import annotations

from sre_agent.decide.planner import all_quiet
from sre_agent.domain.incident import Outcome, Status
from tests.scenarios.stage import Stage
from tests.scenarios.stories import BY_NAME, Story, approves, tell, two_suspects
from tests.scenarios.virtual import live


async def it_resolves_once_the_first_step_is_taken_back(stage: Stage) -> None:
    async def resolves() -> None:
        await stage.fire(status="resolved", service="orders")

    async def taken_back() -> None:
        stage.town.happenings["search_runbooks"] = [resolves]

    async def done() -> None:
        stage.town.happenings["scale"] = [taken_back]

    stage.town.happenings["scale"] = [done]
    await approves(stage)


def test_an_alert_that_is_over_before_anything_was_done_says_so() -> None:
    incident = tell(BY_NAME["the alert resolves by itself"]).stage.incident
    assert incident.summary.endswith("Every alert was resolved before anything was done.")


def test_one_that_is_over_after_an_undo_does_not_claim_that_nothing_was_tried() -> None:
    story = Story(
        "it resolves late",
        two_suspects,
        it_resolves_once_the_first_step_is_taken_back,
        Status.CLOSED,
        Outcome.RECOVERED_BY_ITSELF,
    )
    stage = tell(story).stage
    assert stage.deeds == ["scale", "scale"]
    assert (stage.incident.status, stage.incident.outcome) == (Status.CLOSED, Outcome.RECOVERED_BY_ITSELF)
    assert stage.incident.summary.endswith(
        "Every alert was resolved after what was tried had been taken back."
    )


def test_what_still_stands_is_handed_over_as_not_proved_to_be_why() -> None:
    stage = tell(BY_NAME["recovery cannot be seen"]).stage
    earlier = live(stage.archive.plans(stage.incident_id))
    ending = all_quiet(earlier)["ending"]
    assert (ending["status"], ending["outcome"]) == (Status.ESCALATED, Outcome.NOT_RECOVERED)
    assert earlier[0].plan.steps[0].statement in str(ending["summary"])
