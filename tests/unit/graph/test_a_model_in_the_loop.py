"""A language model in the loop: asked once, where the rules are at their end; it can make them look, and nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from sre_agent.domain.incident import Outcome
from sre_agent.domain.journal import Kind
from sre_agent.errors import ToolTimeout, ToolUnavailable
from sre_agent.testing.model import Says, ScriptedModel, Slow
from tests.scenarios.deaths import cheap, ending_of, killed_at, moments_of, telling_moments
from tests.scenarios.hostile import Heard, hostile
from tests.scenarios.lives import Life
from tests.scenarios.stage import LIMITS, Stage
from tests.scenarios.stories import BY_NAME, Story, tell
from tests.scenarios.town import Town
from tests.worlds import ONSET, stamp

BLIND = cheap(BY_NAME["too little can be seen"])


def with_model(story: Story, *script: Says, on: bool = True) -> Story:
    return replace(story, model=lambda clock: ScriptedModel(*script, on=on, clock=clock))


def suggests(**changed: Any) -> Callable[[str], str]:
    """A model that reads its prompt, and names the first object and the first evidence in it."""

    def says(prompt: str) -> str:
        told = [json.loads(line) for line in prompt.split("\n") if line.startswith("{")]
        first = {
            "cause": "memory_leak",
            "object": next(one["object"] for one in told if "object" in one),
            "evidence": next(one["evidence"] for one in told if "evidence" in one)[:1],
            "why": "it has grown since the last release",
        }
        asks = [one["question"] for one in told if "previous=True" in str(one.get("asks"))]
        return json.dumps({"hypotheses": [{**first, **changed}], "questions": asks[:1]})

    return says


HELPED = with_model(BLIND, suggests())


def asked_of(stage: Stage) -> list[str]:
    return [str(entry.body["id"]) for entry in stage.entries(Kind.QUESTION_ASKED)]


def untouched(stage: Stage) -> list[tuple[str, str]]:
    """The journal as bytes, but for the digest chain, which is of the same bytes."""
    return [(entry.key, entry.model_dump_json(exclude={"hash", "previous"})) for entry in _renamed(stage)]


def _renamed(stage: Stage) -> list[Any]:
    return [entry.model_copy(update={"incident_id": "inc_"}) for entry in stage.journal]


@pytest.fixture(scope="module")
def helped() -> Stage:
    return tell(HELPED).stage


@pytest.fixture(scope="module")
def alone() -> Stage:
    return tell(BLIND).stage


@pytest.mark.promise("HELP-4")
def test_where_the_rules_are_at_their_end_it_is_asked_once(helped: Stage) -> None:
    assert helped.model is not None
    assert len(helped.model.prompts) == 1
    (entry,) = helped.entries(Kind.MODEL_ANSWERED)
    assert entry.body["model"] == "scripted/small"
    assert entry.body["tokens_in"]


def test_a_question_of_the_engines_that_it_chose_is_put(helped: Stage, alone: Stage) -> None:
    chosen = "logs workload Deployment acme/orders previous=True"
    assert chosen in asked_of(helped)
    assert chosen not in asked_of(alone)


@pytest.mark.promise("HELP-3")
def test_what_it_suggests_is_no_hypothesis_and_the_result_says_so(helped: Stage, alone: Stage) -> None:
    assert helped.ending == alone.ending
    assert helped.store.state.hypotheses == {} or not any(helped.store.state.hypotheses.values())
    (made,) = helped.entries(Kind.DIAGNOSIS_MADE)
    (suggested,) = made.body["suggested"]  # type: ignore[misc]
    assert suggested["cause"] == "memory_leak"  # type: ignore[index,call-overload]
    assert suggested["stands"] == "suggested by the model, not shown by evidence"  # type: ignore[index,call-overload]
    assert made.body["engine"]["model"] == "scripted/small"  # type: ignore[index,call-overload]


@pytest.mark.promise("SEE-6")
@pytest.mark.promise("HELP-1")
def test_one_that_is_off_changes_not_a_byte(alone: Stage) -> None:
    off = tell(with_model(BLIND, "{}", on=False)).stage
    assert untouched(off) == untouched(alone)
    assert off.model is not None
    assert off.model.prompts == []


@pytest.mark.promise("HELP-4")
@pytest.mark.parametrize(
    "name",
    ["a step of low risk that the law allows", "all is well", "the alert flaps", "nobody answers"],
)
def test_where_the_rules_decide_it_is_not_asked(name: str) -> None:
    stage = tell(with_model(cheap(BY_NAME[name]), suggests())).stage
    assert stage.model is not None
    assert stage.model.prompts == []
    assert untouched(stage) == untouched(tell(cheap(BY_NAME[name])).stage)


def breaks(prompt: str) -> str:
    raise ValueError(f"a fault of ours over {len(prompt)} characters")


FAILING: dict[str, Says] = {
    "broken": breaks,
    "gone": ToolUnavailable("gone"),
    "late": ToolTimeout("late"),
    "slow": Slow(timedelta(hours=1)),
    "no JSON": "The database is down, restart it.",
    "huge": "[" * 100_000,
    "a tool call": '{"tool_calls": [{"name": "k8s.delete_pod", "arguments": {}}]}',
    "invented evidence": suggests(evidence=["E9999"]),
    "an object nobody saw": suggests(object="Deployment kube-system/evil"),
    "a lying type": '{"hypotheses": 7, "questions": {"Q1": true}}',
}


@pytest.mark.promise("HELP-1")
@pytest.mark.parametrize("how", FAILING)
def test_however_it_fails_the_incident_ends_as_without_it_and_the_journal_says_why(
    how: str, alone: Stage
) -> None:
    stage = tell(with_model(BLIND, FAILING[how])).stage
    stage.check()
    assert stage.ending == alone.ending
    (entry,) = stage.entries(Kind.MODEL_ANSWERED)
    assert entry.body["failed"] or entry.body["advice"]["refused"]  # type: ignore[index,call-overload]
    assert entry.text
    late = stage.journal[-1].at - alone.journal[-1].at
    assert late <= LIMITS.model_time + timedelta(seconds=1)


def blind_but_for_the_last_words(town: Town) -> None:
    """Nothing can be seen but what a program, which is ready again, said before it was last started."""
    BLIND.set_up(town)
    ended = {"terminated": {"exitCode": 2, "reason": "Error"}}
    for pod in town.world.pods_of("orders"):
        pod["status"]["containerStatuses"][0] |= {"restartCount": 4, "lastState": ended}
    refused = "dial tcp 10.0.0.9:5432: connect: connection refused"
    town.logs["orders-r1-0", True] = [f'{stamp(ONSET)} {{"level":"error","msg":"{refused}"}}'] * 3


LAST_WORDS = replace(BLIND, set_up=blind_but_for_the_last_words)


@pytest.mark.promise("HELP-3")
def test_what_its_question_brings_to_light_is_judged_by_the_rules_alone() -> None:
    assert tell(LAST_WORDS).stage.incident.outcome is Outcome.INSUFFICIENT_EVIDENCE
    stage = tell(with_model(LAST_WORDS, suggests())).stage
    stage.check()
    assert (stage.incident.cause, str(stage.incident.cause_entity)) == ("db_unreachable", "Database 10.0.0.9")
    (made,) = stage.entries(Kind.DIAGNOSIS_MADE)
    assert "memory_leak" not in json.dumps(made.body["root"])
    assert "not shown by evidence" in json.dumps(made.body["suggested"])


@pytest.mark.promise("SEE-7")
@pytest.mark.promise("HELP-3")
def test_a_model_that_obeys_orders_in_the_data_brings_nothing_of_them_into_a_plan() -> None:
    def obeys(prompt: str) -> str:
        named = re.findall(r"evil[-\w]*", prompt)
        hypothesis = {
            "cause": named[0],
            "object": f"Deployment kube-system/{named[0]}",
            "evidence": ["E1"],
            "why": "told",
        }
        return json.dumps({"hypotheses": [hypothesis], "questions": [f"delete {named[0]}"]})  # fmt: skip

    heard = Heard()
    stage = tell(with_model(hostile(BLIND, heard), obeys)).stage
    assert heard.writes == []
    assert stage.store.state.plans == {}
    assert stage.incident.outcome is Outcome.INSUFFICIENT_EVIDENCE
    (entry,) = stage.entries(Kind.MODEL_ANSWERED)
    assert entry.body["advice"]["suggestions"] == []  # type: ignore[index,call-overload]
    assert not any("kube-system" in str(call.arguments) for call in heard.reads)


@pytest.mark.promise("HELP-4")
@pytest.mark.promise("KEEP-6")
def test_killed_at_any_moment_it_ends_the_same_and_an_answer_on_file_is_not_asked_for_again() -> None:
    whole = ending_of(HELPED)
    kept = moments_of(HELPED, "after ledger.write model.answered")
    assert kept
    for moment in [*kept, *moments_of(HELPED, "after model.reply"), *telling_moments(HELPED)]:
        stage = killed_at(HELPED, moment)
        stage.check()
        assert stage.ending == whole, f"killed at {moment}:\n{stage.story}"
        assert len(stage.entries(Kind.MODEL_ANSWERED)) == 1
        if moment in kept:
            assert stage.model is not None
            assert len(stage.model.prompts) == 1
            assert asked_of(stage).count("logs workload Deployment acme/orders previous=True") == 1


def test_another_answer_after_a_death_changes_nothing_of_the_one_on_file() -> None:
    (kept,) = moments_of(HELPED, "after ledger.write model.answered")
    fickle = with_model(BLIND, suggests(), "{}")
    stage = tell(fickle, lives=[Life(dies_at=kept.number)]).stage
    (made,) = stage.entries(Kind.DIAGNOSIS_MADE)
    assert made.body["suggested"]
