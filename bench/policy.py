"""What one decision of the law costs: the shipped law, and fifty rules of one's own, on a plan of one step."""

from __future__ import annotations

import time
import timeit

from bench.figures import Figure, Measured, median
from bench.stage import Stage
from sre_agent.domain.entity import EntityRef
from sre_agent.domain.ids import IncidentId, StepKey
from sre_agent.domain.law import PlanFacts
from sre_agent.domain.plan import Call, Plan, Risk, Step, Undo
from sre_agent.law_source import PROFILES, shipped_law
from sre_agent.policy.reading import LawFile
from sre_agent.policy_engine import PolicyEngine
from sre_agent.testing.clock import A_TUESDAY_MORNING

BELOW_MS = 1.0
RULES = 50
TARGET = EntityRef(kind="Deployment", name="checkout", namespace="shop")
CALL = Call(server="k8s", tool="rollout_restart", arguments={"kind": "Deployment", "name": "checkout"})


def a_plan() -> Plan:
    step = Step(
        index=0,
        action="rollout_restart",
        call=CALL,
        target=TARGET,
        statement="Restart it.",
        risk=Risk.LOW,
        undo=Undo(call=None, statement="nothing to take back"),
        key=StepKey("step-0"),
    )
    incident = IncidentId("inc_0000000000000001")
    return Plan(
        incident_id=incident, attempt=1, cause="leak", entity=TARGET, steps=(step,), made_at=A_TUESDAY_MORNING
    )


def many_rules() -> PolicyEngine:
    rules = "".join(
        f"  - {{id: r{n}, when: 'pods > {n} && target_namespace == \"n{n}\"', verdict: denied, reason: no. {n}}}\n"
        for n in range(RULES)
    )
    return PolicyEngine.read(
        [
            LawFile(
                "many.yaml",
                f"version: 1\nactions: {{rollout_restart: [k8s/rollout_restart]}}\nrules:\n{rules}",
            )
        ]
    )


async def policy(stage: Stage, *, quick: bool) -> Measured:
    """Nothing of the stage is used: a decision is a pure function."""
    return measured(rounds=20 if quick else 200)


def measured(*, rounds: int) -> Measured:
    laws = {f"shipped law, {name}": shipped_law(name) for name in PROFILES} | {f"{RULES} rules": many_rules()}
    return Measured(
        tuple(
            Figure(f"a decision ({name})", _ms(law, rounds), "ms", below=BELOW_MS)
            for name, law in laws.items()
        )
    )


def _ms(law: PolicyEngine, rounds: int) -> float:
    """Milliseconds of processor time (others at work do not count), the median of so many rounds of ten."""
    plan, facts = a_plan(), PlanFacts(now=A_TUESDAY_MORNING, confidence=0.9, severity="critical")
    law.judge(plan, facts)
    return median(
        [
            timeit.timeit(lambda: law.judge(plan, facts), timer=time.process_time, number=10) * 100
            for _ in range(rounds)
        ]
    )
