"""The answer of `sre-agent diagnose --from`, in the shape of the snapshot format."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import JsonValue

from sre_agent.domain.diagnosis import Diagnosis, Hypothesis
from sre_agent.domain.entity import EntityRef
from sre_agent.domain.evidence import Unknown
from sre_agent.domain.frozen import Frozen, JsonObject
from sre_agent.offline.planning import PlannedStep


class Answer(Frozen):
    """One recorded incident diagnosed."""

    name: str
    diagnosis: Diagnosis
    plan: tuple[JsonObject, ...] = ()
    tool_calls: int = 0
    seconds: float = 0.0

    def as_json(self) -> JsonObject:
        """The documented shape; keys beyond it only add."""
        told = self.diagnosis
        return {
            "outcome": told.outcome.value,
            "reason": told.reason,
            "phase": told.phase.value,
            "pattern": told.pattern,
            "facts": [fact.model_dump(mode="json") for fact in told.facts],
            "failures": [failure.model_dump(mode="json") for failure in told.failures],
            "hypotheses": [_hypothesis(one) for one in told.hypotheses],
            "plan": list(self.plan),
            "chain": [link.model_dump(mode="json") for link in told.chain],
            "layers": {layer.value: state.value for layer, state in told.layers.items()},
            "timeline": [entry.model_dump(mode="json") for entry in told.timeline],
            "unknowns": [unknown_words(one) for one in told.unknowns],
            "collect_next": list(told.collect_next),
            "tool_calls": self.tool_calls,
            "seconds": round(self.seconds, 3),
        }


def unknown_words(unknown: Unknown) -> str:
    return f"{unknown.what}: {unknown.why} (would have told: {unknown.would_have_told})"


def _entity(entity: EntityRef) -> JsonObject:
    return {"kind": entity.kind, "namespace": entity.namespace or None, "name": entity.name}


def _hypothesis(one: Hypothesis) -> JsonObject:
    evidence: list[JsonValue] = [citation.model_dump(mode="json") for citation in one.evidence]
    return {
        "rank": one.rank,
        "cause": one.cause,
        "layer": one.layer.value,
        "entity": _entity(one.entity),
        "confidence": one.confidence,
        "statement": one.statement,
        "evidence": evidence,
        "ruled_out_by": one.ruled_out_by,
        "discriminating_test": one.discriminating_test,
        "change": one.change.model_dump(mode="json") if one.change else None,
    }


def plan_told(plan: Sequence[PlannedStep]) -> tuple[JsonObject, ...]:
    """Each step with the law's word on it."""
    return tuple(
        {
            "action": one.step.action,
            "target": _entity(one.step.target),
            "arguments": one.arguments,
            "risk": one.step.risk.value,
            "needs_approval": one.needs_approval,
            "statement": one.step.statement,
            "rule": one.judgement.rule if one.judgement else None,
            "verdict": one.judgement.verdict.value if one.judgement else None,
        }
        for one in plan
    )
