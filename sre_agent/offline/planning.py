"""The plan for a recorded incident: the first remedy that fits, judged by the default law; nothing is carried out."""

from __future__ import annotations

from dataclasses import dataclass

from sre_agent.catalogue.remedies.index import remedies_for
from sre_agent.catalogue.remedy import Draft, Drafts, Means, Unfit
from sre_agent.decide.drafting import plan_of, step_key, step_of
from sre_agent.domain.alert import Severity
from sre_agent.domain.diagnosis import Diagnosis, Hypothesis
from sre_agent.domain.entity import EntityRef
from sre_agent.domain.frozen import JsonObject
from sre_agent.domain.ids import IncidentId
from sre_agent.domain.law import Judgement, PlanFacts, Verdict
from sre_agent.domain.plan import Plan, Step
from sre_agent.intake.severity import severity_of
from sre_agent.picture.world import Picture
from sre_agent.policy.facts import environment_in
from sre_agent.policy_engine import PolicyEngine

RECORDED = IncidentId("recorded")
_SERVERS = frozenset({"k8s", "prometheus", "loki", "github", "notion"})


@dataclass(frozen=True)
class PlannedStep:
    """One step with what the law says of it. A step for a person's hands has no judgement."""

    step: Step
    arguments: JsonObject
    judgement: Judgement | None

    @property
    def needs_approval(self) -> bool:
        return self.judgement is None or self.judgement.verdict is not Verdict.ALLOWED


def planned(diagnosis: Diagnosis, picture: Picture, law: PolicyEngine) -> tuple[PlannedStep, ...]:
    """Steps for the root cause; none where no root cause stands."""
    root = diagnosis.root
    if root is None:
        return ()
    drafts = _drafts(root) if was_read(root.entity, picture) else _by_hand(root)
    steps = [step_of(draft, index, {}, step_key(RECORDED, 1, index)) for index, draft in enumerate(drafts)]
    plan = plan_of(root, steps, incident_id=RECORDED, attempt=1, made_at=picture.frame.now)
    ruling = law.judge(plan, _facts(plan, root, picture))
    judged = {judgement.step: judgement for judgement in ruling.judgements}
    return tuple(
        PlannedStep(step, draft.arguments, judged.get(step.index))
        for step, draft in zip(steps, drafts, strict=True)
    )


def _drafts(root: Hypothesis) -> Drafts:
    means = Means(servers=_SERVERS, plan_name=RECORDED)
    for remedy in remedies_for(root.cause):
        drafts = remedy.way(root, means)
        if not isinstance(drafts, Unfit):
            return drafts
    return _by_hand(root)


def _by_hand(root: Hypothesis) -> Drafts:
    return (Draft("manual", "", {}, root.entity, f"No safe automatic step is known. {root.statement}"),)


def was_read(ref: EntityRef, picture: Picture) -> bool:
    """Whether the object itself, or a pod of it, was read; what only series, logs or alerts name has no arguments to act with."""
    found = picture.inventory.get(ref.kind, ref.name, ref.namespace)
    if found is None or not found.implied:
        return True
    return any(not pod.implied for pod in picture.inventory.pods_of(found))


def _facts(plan: Plan, root: Hypothesis, picture: Picture) -> PlanFacts:
    space = picture.inventory.get("Namespace", root.entity.namespace or picture.frame.namespace)
    labels = _texts(space.labels) if space is not None else {}
    severities = [severity_of(alert.labels) for alert in picture.frame.alerts]
    worst = min((one for one in severities if one is not None), key=lambda one: one.rank, default=None)
    targets = {step.index: _labels(step.target, picture) for step in plan.steps}
    return PlanFacts(
        now=picture.frame.now,
        confidence=root.confidence,
        severity=(worst or Severity.WARNING).value,
        environment=environment_in(labels),
        namespace_labels=labels,
        target_labels={index: found for index, found in targets.items() if found is not None},
        asked_by="alert" if picture.frame.alerts else "question",
    )


def _labels(target: EntityRef, picture: Picture) -> dict[str, str] | None:
    obj = picture.inventory.get(target.kind, target.name, target.namespace)
    return _texts(obj.labels) if obj is not None else None


def _texts(labels: object) -> dict[str, str]:
    return {str(key): str(value) for key, value in labels.items()} if isinstance(labels, dict) else {}
