"""A past incident is judged anew beside what was decided then, and only what is proven is called better or worse."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from api_stage import Stage

from sre_agent.domain.entity import EntityRef
from sre_agent.domain.incident import Outcome
from sre_agent.domain.law import Role
from sre_agent.errors import ToolTimeout
from sre_agent.law_office import LawOffice
from sre_agent.law_source import LawSource
from sre_agent.offline.replaying import Blamed, Comparison, compared
from sre_agent.orient.edition import engine
from sre_agent.ports.model import Model
from sre_agent.testing.model import ScriptedModel
from tests.scenarios.stories import BY_NAME, tell
from tests.scenarios.virtual import live

CART = EntityRef(kind="Deployment", name="cart", namespace="shop")
THEN = Blamed(cause="bad_deploy", entity=CART, confidence=0.9)
OTHER = Blamed(cause="oom_killed", entity=CART, confidence=0.8)
STORY = "a release is reverted after approval"
DENY_ALL = """\
version: 1
actions: {rollout_restart: [k8s/rollout_restart]}
rules:
  - {id: never, when: 'true', verdict: denied, reason: nobody acts}
"""


@pytest.mark.parametrize(
    ("now", "outcome", "wanted"),
    [
        (THEN, Outcome.RECOVERED, Comparison.SAME),
        (THEN.model_copy(update={"confidence": 0.5}), Outcome.NOT_RECOVERED, Comparison.SAME),
        (OTHER, Outcome.RECOVERED, Comparison.WORSE),
        (Blamed(), Outcome.RECOVERED, Comparison.WORSE),
        (OTHER, Outcome.NOT_RECOVERED, Comparison.PERHAPS_BETTER),
        (OTHER, Outcome.REJECTED, Comparison.UNPROVEN),
        (OTHER, None, Comparison.UNPROVEN),
    ],
)
def test_only_an_incident_that_was_mended_proves_who_is_right(
    now: Blamed, outcome: Outcome | None, wanted: Comparison
) -> None:
    assert compared(THEN, now, outcome)[0] is wanted


def test_the_same_cause_at_another_place_is_not_the_same() -> None:
    elsewhere = THEN.model_copy(update={"entity": CART.model_copy(update={"name": "orders"})})
    assert compared(THEN, elsewhere, None)[0] is Comparison.UNPROVEN


def replay(
    body: dict[str, Any], role: Role = Role.RESPONDER, *, path: str = "replay", model: Model | None = None
) -> tuple[int, dict[str, Any]]:
    """What the API says of a whole story, told and ended."""
    story = tell(BY_NAME[STORY]).stage
    stage = Stage()
    stage.with_parts(archive=story.archive, law=LawOffice(LawSource(), stage.clock), model=model)
    before = len(story.journal)

    async def ask() -> tuple[int, dict[str, Any]]:
        async with stage.client(role) as client:
            answer = await client.post(f"/api/v1/incidents/{story.incident_id}/{path}", json=body)
        return answer.status_code, dict(answer.json())

    answered = live(ask())
    assert len(story.journal) == before
    return answered


def asked_of_a_model(model: Model | None, role: Role = Role.RESPONDER) -> tuple[int, dict[str, Any]]:
    return replay({}, role, path="replay/model", model=model)


def names(cause: str) -> Callable[[str], str]:
    """A model that blames the first object of the data for this, by the first evidence in it, and asks Q1."""

    def says(prompt: str) -> str:
        told = [json.loads(line) for line in prompt.split("\n") if line.startswith("{")]
        place = next(one["object"] for one in told if "object" in one)
        seen = next(one["evidence"] for one in told if "evidence" in one)
        hypothesis = {"cause": cause, "object": place, "evidence": seen, "why": "I think so"}
        return json.dumps({"hypotheses": [hypothesis], "questions": ["Q1"]})

    return says


@pytest.mark.promise("SHOW-3")
@pytest.mark.promise("HELP-3")
def test_a_model_that_thinks_of_something_else_is_shown_beside_the_rules_and_changes_nothing() -> None:
    status, view = asked_of_a_model(ScriptedModel(names("memory_leak")))
    told = view["told"]
    assert (status, view["model"]) == (200, "scripted/small")
    (suggested,) = told["suggested"]
    assert suggested["stands"] == "suggested by the model, not shown by evidence"
    assert (suggested["belief"], suggested["suggestion"]["cause"]) == (None, "memory_leak")
    assert "The rules blame bad_deployment" in told["difference"]
    assert told["difference"].endswith("so nothing would differ.")
    assert told["would_ask"]
    assert told["tokens"] > 0


def test_a_model_that_names_what_the_rules_found_is_told_to_agree() -> None:
    told = asked_of_a_model(ScriptedModel(names("bad_deployment")))[1]["told"]
    assert told["difference"].endswith("the model names the same. Nothing would differ.")
    assert told["suggested"][0]["belief"] > 0.5


@pytest.mark.promise("HELP-2")
def test_what_a_model_makes_up_about_a_past_incident_is_refused_there_too() -> None:
    hypothesis = {"cause": "memory_leak", "object": "Deployment acme/ghost", "evidence": ["E1"], "why": "x"}
    told = asked_of_a_model(ScriptedModel(json.dumps({"hypotheses": [hypothesis]})))[1]["told"]
    assert told["suggested"] == []
    assert "no object that was seen" in told["refused"][0]


def test_a_model_that_fails_meanwhile_is_told_as_that() -> None:
    told = asked_of_a_model(ScriptedModel(ToolTimeout("too late")))[1]["told"]
    assert told["failed"] == "too late"


@pytest.mark.parametrize("model", [None, ScriptedModel(on=False)], ids=["none", "off"])
def test_where_no_model_answers_it_says_why_and_what_to_do(model: Model | None) -> None:
    status, view = asked_of_a_model(model)
    assert (status, view["told"]) == (200, None)
    assert "To turn one on: " in view["said"]
    assert "none can be exchanged now" in replay({}, model=model)[1]["model"]


def test_one_that_answers_is_offered_beside_a_replay() -> None:
    assert "scripted/small answers now" in replay({}, model=ScriptedModel())[1]["model"]


def test_a_viewer_spends_no_tokens() -> None:
    model = ScriptedModel()
    assert asked_of_a_model(model, Role.VIEWER)[0] == 403
    assert model.prompts == []


@pytest.mark.promise("SHOW-3")
def test_the_kept_snapshot_gives_the_same_cause_and_the_law_in_force_the_same_verdicts() -> None:
    status, told = replay({})
    assert status == 200
    again = told["replay"]
    assert (again["comparison"], again["then"]["cause"]) == ("same", again["now"]["cause"])
    (plan,) = again["plans"]
    assert plan["then"] == plan["now"] == "needs_approval"
    assert all(step["then"]["rule"] == step["now"]["rule"] for step in plan["steps"])
    assert again["would_plan"]
    assert again["engine_then"] == again["engine_now"] == engine().model_dump(mode="json")
    assert again["engines"].startswith("The same engine decided then")
    assert again["differences"] == []
    assert told["model"].startswith("none helped then; none can be exchanged now")


@pytest.mark.promise("SHOW-3")
def test_another_law_says_another_word_beside_the_one_that_was_said() -> None:
    shipped = replay({"profile": "read-only"})[1]["replay"]["plans"][0]
    own = replay({"files": [{"name": "policies.yaml", "text": DENY_ALL}]})[1]["replay"]["plans"][0]
    for plan in (shipped, own):
        assert (plan["then"], plan["now"]) == ("needs_approval", "denied")
        assert plan["then_asked"] == "1 approver"
        assert plan["now_asked"] == ""


def test_a_law_with_a_mistake_is_refused_with_its_place() -> None:
    status, told = replay({"files": [{"name": "policies.yaml", "text": "version: 1\nrules: nonsense\n"}]})
    assert status == 422
    assert "policies.yaml:2" in told["detail"]
