"""What the whole loop promises to people who read its end: what it saw, what it did not, and that it kept its hands still."""

from __future__ import annotations

import pytest

from sre_agent.domain.incident import Outcome
from sre_agent.domain.journal import Kind
from sre_agent.ports.run import Run
from tests.scenarios.stage import Stage
from tests.scenarios.stories import BY_NAME, tell


def told(name: str) -> Stage:
    return tell(BY_NAME[name]).stage


@pytest.mark.promise("SEE-2")
def test_what_could_not_be_seen_is_listed_at_the_end_with_its_reason_and_the_rest_went_on() -> None:
    stage = told("servers are dead or slow")
    end = stage.entries(Kind.INCIDENT_ENDED)[-1]
    unseen = end.body["unknowns"]
    assert isinstance(unseen, list)
    servers = {str(one["why"]).replace(":", ".").split(".")[0] for one in unseen if isinstance(one, dict)}
    assert {"github", "notion"} <= servers, unseen
    assert all(one["would_have_told"] for one in unseen if isinstance(one, dict)), unseen
    assert stage.incident.outcome is Outcome.RECOVERED


@pytest.mark.promise("SEE-3")
@pytest.mark.parametrize("name", ["all is well", "the alert flaps"])
def test_where_all_is_well_nothing_is_planned_and_nothing_is_changed(name: str) -> None:
    stage = told(name)
    assert stage.deeds == []
    assert not stage.entries(Kind.PLAN_MADE, Kind.GRANT_ISSUED)


@pytest.mark.promise("SEE-4")
def test_where_too_little_is_seen_no_cause_is_named_and_nothing_is_changed() -> None:
    stage = told("too little can be seen")
    assert stage.incident.outcome is Outcome.INSUFFICIENT_EVIDENCE
    assert not stage.incident.cause
    assert stage.deeds == []


@pytest.mark.promise("SEE-5")
def test_the_same_incident_told_twice_ends_alike_to_the_last_entry() -> None:
    first, second = told("a release is reverted after approval"), told("a release is reverted after approval")
    assert [(one.kind, one.text) for one in first.journal] == [(one.kind, one.text) for one in second.journal]


@pytest.mark.promise("SEE-6")
def test_a_run_has_no_language_model_and_still_finds_acts_and_proves() -> None:
    stage = told("a release is reverted after approval")
    assert Run.__dataclass_fields__["model"].default is None
    assert stage.runs
    assert {run.model for run in stage.runs} == {None}
    assert stage.incident.outcome is Outcome.RECOVERED


@pytest.mark.promise("ACT-10")
def test_where_no_safe_step_is_known_a_person_is_told_what_to_do() -> None:
    stage = told("no safe step is known")
    assert stage.incident.outcome is Outcome.NO_SAFE_ACTION
    assert stage.deeds == []
    assert stage.incident.summary


@pytest.mark.promise("PROVE-3")
def test_what_did_not_help_is_taken_back_and_nothing_of_it_stands() -> None:
    stage = told("nothing helps")
    assert [effect.key.endswith("-undo") for effect in stage.town.effects] == [False, True]
    assert len(stage.entries(Kind.STEP_UNDONE)) == 1


@pytest.mark.promise("ACT-4")
def test_a_plan_made_anew_because_the_ground_moved_names_the_void_one_and_the_stale_yes_tells_old_and_new() -> (
    None
):
    stage = told("the ground moves while a person thinks")
    newer, void = stage.entries(Kind.PLAN_MADE)[::-1][:2]
    (stale,) = stage.entries(Kind.APPROVAL_STALE)
    assert newer.body["instead_of"] == void.body["digest"] == stale.body["plan_digest"]
    assert isinstance(stale.body["drift"], list)
    told_fields = {str(one["field"]) for one in stale.body["drift"] if isinstance(one, dict)}
    assert "generation" in told_fields
