"""The law we ship: what a careful company would say to each kind of step."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from policy_builders import MONDAY_NOON, blast, facts, judged, plan, step

import sre_agent
from docs.generate.tools import toolsets
from mcp_servers.kit.toolset import Kind
from sre_agent.domain.entity import EntityRef
from sre_agent.domain.law import Verdict
from sre_agent.domain.plan import BlastRadius, Risk, Undo
from sre_agent.policy.reading import LawFile
from sre_agent.policy_engine import PolicyEngine

FILE = Path(sre_agent.__file__).parent / "config" / "policies.yaml"
LAW = PolicyEngine.read([LawFile(FILE.name, FILE.read_text())])
NODE = EntityRef(kind="Node", name="node-2")
PULL = EntityRef(kind="PullRequest", name="#7", namespace="shop")
PRODUCTION = {"environment": "production"}
TO_FIVE = blast(replicas_before=3, replicas_after=5, away=0)


def restart(**more: Any) -> object:
    return step("rollout_restart", **more)


def verdict(one: Any, **more: Any) -> Verdict:
    return judged(LAW, one, **more).verdict


def rule_for(one: Any, **more: Any) -> str:
    return judged(LAW, one, **more).rule


def test_reads_are_allowed_even_in_a_freeze_of_a_protected_namespace() -> None:
    read = step("read", tool="get_object", target=EntityRef(kind="Pod", name="x", namespace="kube-system"))
    assert verdict(read, now=MONDAY_NOON, confidence=0.0, target_labels={}, **PRODUCTION) is Verdict.ALLOWED


def test_low_risk_is_allowed_outside_the_freeze() -> None:
    assert verdict(restart(), **PRODUCTION) is Verdict.ALLOWED


@pytest.mark.parametrize("environment", ["production", ""])
def test_low_risk_is_asked_about_while_customers_are_at_work(environment: str) -> None:
    assert rule_for(restart(), now=MONDAY_NOON, environment=environment) == "low-risk-in-freeze"


def test_the_freeze_does_not_hold_for_staging() -> None:
    assert verdict(restart(), now=MONDAY_NOON, environment="staging") is Verdict.ALLOWED


@pytest.mark.parametrize("risk", [Risk.MEDIUM, Risk.HIGH])
def test_higher_risk_is_asked_about(risk: Risk) -> None:
    assert verdict(step("scale", risk=risk)) is Verdict.NEEDS_APPROVAL


@pytest.mark.parametrize(
    ("action", "tool", "server", "target"),
    [
        ("create_revert_pull_request", "create_revert_pr", "github", PULL),
        ("merge_pull_request", "merge_pr", "github", PULL),
        ("create_pull_request", "create_pull_request", "github", PULL),
        ("delete_pod", "delete_pod", "k8s", EntityRef(kind="Pod", name="p", namespace="shop")),
        ("cordon", "cordon", "k8s", NODE),
        ("evict_pod", "evict_pod", "k8s", EntityRef(kind="Pod", name="p", namespace="shop")),
        ("rollout_restart", "", "k8s", EntityRef(kind="StatefulSet", name="orders", namespace="shop")),
        ("rollout_restart", "", "k8s", EntityRef(kind="Deployment", name="orders-db", namespace="shop")),
        ("rollout_restart", "", "k8s", EntityRef(kind="Deployment", name="redis", namespace="shop")),
    ],
)
def test_reverts_merges_deletes_moves_and_database_restarts_are_asked_about_even_if_called_low_risk(
    action: str, tool: str, server: str, target: EntityRef
) -> None:
    judgement = judged(LAW, step(action, tool=tool, server=server, target=target, risk=Risk.LOW))
    assert judgement.verdict is Verdict.NEEDS_APPROVAL
    assert judgement.roles == ("approver",)


def test_an_unknown_action_is_denied() -> None:
    assert verdict(step("format_disk")) is Verdict.DENIED


@pytest.mark.parametrize("namespace", ["kube-system", "kube-public", "istio-system"])
def test_the_platforms_own_namespaces_are_left_alone(namespace: str) -> None:
    one = restart(target=EntityRef(kind="Deployment", name="dns", namespace=namespace))
    assert rule_for(one) == "protected-namespace"


@pytest.mark.parametrize(
    "where", [{"target_labels": {0: {"sre-agent.io/protected": "true"}}},
              {"namespace_labels": {"sre-agent.io/protected": "true"}}]
)  # fmt: skip
@pytest.mark.parametrize("asked_by", ["alert", "rollback"])
def test_what_its_owners_protected_is_left_alone_forwards_and_backwards(
    where: dict[str, Any], asked_by: str
) -> None:
    assert rule_for(restart(), asked_by=asked_by, **where) == "protected-object"


def test_a_diagnosis_that_is_not_sure_is_asked_about() -> None:
    assert rule_for(restart(), confidence=0.69) == "low-confidence"
    assert verdict(restart(), confidence=0.7) is Verdict.ALLOWED


def test_a_target_nobody_could_look_at_is_asked_about() -> None:
    assert rule_for(restart(), target_labels={}) == "unseen-target"


def test_the_same_remediation_is_not_tried_twice_in_one_incident() -> None:
    tried = ("rollout_restart Deployment shop/checkout",)
    assert rule_for(restart(), failed_before=tried) == "failed-before"
    assert verdict(step("scale", blast_radius=TO_FIVE), failed_before=tried) is Verdict.ALLOWED


def test_a_target_that_is_acted_on_too_often_is_asked_about() -> None:
    assert rule_for(restart(), actions_last_hour={"Deployment shop/checkout": 3}) == "too-often"


def test_scaling_to_nothing_is_asked_about() -> None:
    gone = blast(replicas_before=3, replicas_after=0)
    assert rule_for(step("scale", blast_radius=gone)) == "scale-to-zero"
    assert rule_for(step("scale", blast_radius=BlastRadius())) == "scale-to-zero"
    assert verdict(step("scale", blast_radius=TO_FIVE)) is Verdict.ALLOWED


def test_an_undo_is_allowed_in_a_freeze_with_little_confidence() -> None:
    undo = step("scale", risk=Risk.HIGH, undo=Undo(call=None, statement="it is one"))
    world = {"now": MONDAY_NOON, "confidence": 0.1, "asked_by": "rollback", "target_labels": {}, **PRODUCTION}
    assert rule_for(undo, **world) == "undo-restores"


def test_every_action_the_catalogue_can_draft_is_known() -> None:
    remedy = pytest.importorskip("sre_agent.catalogue.remedy")
    unknown = [name for name in remedy.RISK_OF if LAW.judge(plan(step(name, server="none")), facts())
               .judgements[0].sentence.startswith(f"{name!r} is no kind")]  # fmt: skip
    assert unknown == []


@pytest.mark.parametrize("where", ["target_labels", "namespace_labels"])
@pytest.mark.parametrize("level", ["observe", "suggest", "approve"])
def test_a_team_sets_the_level_of_what_it_owns_by_a_label(where: str, level: str) -> None:
    labels = {"sre-agent.io/autonomy": level}
    told = {0: labels} if where == "target_labels" else labels
    assert judged(LAW, restart(), **{where: told}).autonomy == level


def test_without_a_label_the_rules_decide() -> None:
    assert judged(LAW, restart()).autonomy == "act"


NOTHING_TO_TAKE_BACK = {"rollout_restart", "create_issue"}
"""After these the world is as people described it: the template, and all that runs."""
FINAL = sorted(
    (server, tool.name)
    for server, tools in toolsets().items()
    for tool in tools.tools.values()
    if tool.kind is Kind.WRITE and not tool.trace.undone_by
)


@pytest.mark.parametrize(("server", "tool"), FINAL)
@pytest.mark.promise("ACT-6")
def test_a_write_that_no_tool_takes_back_is_asked_about_however_low_its_risk(server: str, tool: str) -> None:
    action = next(name for name, tools in LAW.law.actions.items() if f"{server}/{tool}" in tools)
    final = Undo(call=None, statement="It does not come back.")
    given = step(action, tool=tool, server=server, undo=final, risk=Risk.LOW)
    allowed = tool in NOTHING_TO_TAKE_BACK
    assert verdict(given) is (Verdict.ALLOWED if allowed else Verdict.NEEDS_APPROVAL)
    assert ("no-way-back" in judged(LAW, given).matched) is not allowed
