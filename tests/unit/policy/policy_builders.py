"""Plans, facts and laws for the tests of the law."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sre_agent.domain.entity import EntityRef
from sre_agent.domain.ids import IncidentId, StepKey
from sre_agent.domain.law import Input, Judgement, PlanFacts
from sre_agent.domain.plan import BlastRadius, Call, Plan, Risk, Step, Undo
from sre_agent.policy.lawbook import Law
from sre_agent.policy.reading import LawFile, read_law
from sre_agent.policy_engine import PolicyEngine

SATURDAY = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
MONDAY_NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)

FRAME = """\
version: 1
actions:
  scale: [k8s/scale]
  restart: [k8s/rollout_restart]
rules:
"""


def rule(name: str, when: str, verdict: str, **more: Any) -> str:
    lines = [
        f"  - id: {name}",
        f"    when: '{when}'",
        f"    verdict: {verdict}",
        f"    reason: because of {name}",
    ]
    return "\n".join(lines + [f"    {key}: {value}" for key, value in more.items()]) + "\n"


def law(*rules: str, frame: str = FRAME) -> Law:
    return read_law([LawFile("test.yaml", frame + "".join(rules))])


def step(action: str = "scale", tool: str = "", **more: Any) -> Step:
    tools = {"restart": "rollout_restart", "create_revert_pull_request": "create_revert_pr"}
    target = more.pop("target", EntityRef(kind="Deployment", name="checkout", namespace="shop"))
    index = more.pop("index", 0)
    server = more.pop("server", "k8s")
    fields: dict[str, Any] = {
        "index": index,
        "action": action,
        "call": Call(server=server, tool=tool or tools.get(action, action), arguments={"name": target.name}),
        "target": target,
        "statement": f"{action} {target}.",
        "risk": Risk.LOW,
        "undo": Undo(call=Call(server=server, tool="scale", arguments={}), statement="as before"),
        "key": StepKey(f"step-{index}"),
        "blast_radius": blast(),
    }
    return Step(**(fields | more))


def blast(**more: Any) -> BlastRadius:
    """One of three ready pods at a time, within every budget."""
    return BlastRadius(**({"pods": 3, "away": 1, "ready": 3, "budget": "allows"} | more))


CALM = {
    "silence": "none", "rollout": "none", "flapping": "no", "other_responder": "none",
    "failed_alike": "0", "failures_in_a_row": "0",
}  # fmt: skip
"""What is found where nothing speaks against acting."""


def restraints(**found: str) -> dict[int, tuple[Input, ...]]:
    inputs = tuple(Input(name=name, value=value) for name, value in (CALM | found).items())
    return dict.fromkeys(range(10), inputs)


def manual(index: int = 0) -> Step:
    undo = Undo(call=None, statement="nothing was done")
    return step("manual", index=index, call=None, undo=undo)


def plan(*steps: Step, attempt: int = 1) -> Plan:
    return Plan(
        incident_id=IncidentId("inc_0000000000000001"),
        attempt=attempt,
        cause="replicas_too_few",
        entity=EntityRef(kind="Deployment", name="checkout", namespace="shop"),
        steps=steps,
        made_at=SATURDAY,
    )


def facts(**more: Any) -> PlanFacts:
    fields: dict[str, Any] = {
        "now": SATURDAY,
        "confidence": 0.95,
        "severity": "critical",
        "environment": "staging",
        "target_labels": {index: {} for index in range(10)},
        "restraints": restraints(),
    }
    return PlanFacts(**(fields | more))


def judged(under: Law | PolicyEngine, one: Step, **more: Any) -> Judgement:
    engine = under if isinstance(under, PolicyEngine) else PolicyEngine(under)
    (judgement,) = engine.judge(plan(one), facts(**more)).judgements
    return judgement
