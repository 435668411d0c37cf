"""Remedies for scaling, roll-outs, batch work, roles and clouds."""

from __future__ import annotations

from sre_agent.catalogue.remedies.placement import kubectl
from sre_agent.catalogue.remedy import Draft, Drafts, Means, Remedy, Unfit, hint, manual
from sre_agent.domain.diagnosis import Hypothesis
from sre_agent.domain.entity import EntityRef
from sre_agent.domain.frozen import JsonObject


def _raise_maximum(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    scaler, most, space = hint(hypothesis, "scaler"), hint(hypothesis, "most"), hypothesis.entity.namespace
    return manual(
        EntityRef(kind="HorizontalPodAutoscaler", namespace=space, name=str(scaler)),
        f'If nodes and databases bear more: kubectl -n {space} patch hpa {scaler} -p \'{{"spec":{{"maxReplicas":MORE}}}}\'. Undo: the same with {most}.',
        f"Check: its metric falls below the target (kubectl -n {space} get hpa {scaler}).",
    )


def _bring_metrics_back(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    return manual(
        hypothesis.entity,
        "kubectl get apiservice v1beta1.metrics.k8s.io; kubectl -n kube-system logs deployment/metrics-server: bring it back. For utilisation, each container needs a request.",
        f"Until then scale by hand: {kubectl(hypothesis.entity, 'scale')} --replicas=N. Undo: the former number. Check: ScalingActive is True.",
    )


def _resume_rollout(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    entity = hypothesis.entity
    if hint(hypothesis, "paused"):
        return manual(
            entity,
            f"{kubectl(entity, 'rollout resume')}. Undo: {kubectl(entity, 'rollout pause')}. Check: {kubectl(entity, 'rollout status')}.",
        )
    return manual(
        entity,
        f"See why the new pods do not become ready: {kubectl(entity, 'rollout status')}; kubectl -n {entity.namespace} get pods, describe, logs.",
    )


def _make_room_in_budget(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    entity, budget = hypothesis.entity, hint(hypothesis, "budget")
    return manual(
        entity,
        f"Run one replica more for as long as the drain takes: {kubectl(entity, 'scale')} --replicas=ONE-MORE. Undo: the former number.",
        f"If the budget forbids every disruption for good (maxUnavailable: 0, or minAvailable as large as the replicas), relax it: kubectl -n {entity.namespace} edit pdb {budget}. Check: disruptionsAllowed is above 0.",
    )


def _end_pod(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    entity, pod = hypothesis.entity, hint(hypothesis, "pod")
    return manual(
        entity,
        f"See what pod {pod} still does (its log, its preStop hook, its finalizers). Only if it is certain to be dead: kubectl -n {entity.namespace} delete pod {pod} --grace-period=0 --force. It cannot be undone.",
        "For the next time: let the program end on SIGTERM, or give it a longer terminationGracePeriodSeconds.",
    )


def _run_job_again(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    cron, job, entity = hint(hypothesis, "cronjob"), hint(hypothesis, "job"), hypothesis.entity
    if not cron:
        return Unfit("the Job is not made by a CronJob from which it could be made again")
    name = f"{str(cron)[:40]}-{means.plan_name}"[:60].rstrip("-").lower()
    arguments: JsonObject = {"namespace": entity.namespace, "name": name, "from_cronjob": cron}
    target = EntityRef(kind="CronJob", namespace=entity.namespace, name=str(cron))
    words = f"Run {cron} once more{f', as {job} failed' if job else ''}."
    return (Draft("create_job", "k8s.create_job", arguments, target, words),)


def _raise_deadline(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    entity = hypothesis.entity
    return manual(
        entity,
        "See whether it worked all the time or hung (its pods' log). If it only needs longer: raise activeDeadlineSeconds in the template. Undo: the former value. Check: the next run completes.",
    )


def _resume_cronjob(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    entity = hypothesis.entity
    patch = '{"spec":{"suspend":%s}}'
    return manual(
        entity,
        f"If it was suspended by mistake: {kubectl(entity, 'patch')} -p '{patch % 'false'}'. Undo: the same with true. Check: lastScheduleTime moves on.",
    )


def _mend_schedule(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    entity = hypothesis.entity
    return manual(
        entity,
        f"Over 100 missed starts are never made up for: set startingDeadlineSeconds ({kubectl(entity, 'edit')}), and see why it was late (concurrencyPolicy Forbid with a run that hangs, a controller that was down). Undo: the former value. Check: lastScheduleTime moves on.",
    )


def _free_namespace(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    name = hypothesis.entity.name
    return manual(
        hypothesis.entity,
        f"List what is left: kubectl api-resources --verbs=list --namespaced -o name | xargs -n1 kubectl get -n {name} --ignore-not-found.",
        "Bring the controller of each finalizer back, so that it can clean up. Only if it will never come back: take the finalizer from that object. It cannot be undone.",
    )


def _grant_role(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    account, space, verb, resource = (
        hint(hypothesis, name) for name in ("account", "space", "verb", "resource")
    )
    check = f"kubectl auth can-i {verb} {resource} -n {space} --as=system:serviceaccount:{space}:{account}"
    return manual(
        hypothesis.entity,
        f"See who may what: {check}.",
        f"If it should: kubectl -n {space} create role {account}-{resource} --verb={verb} --resource={resource}; kubectl -n {space} create rolebinding {account}-{resource} --role={account}-{resource} --serviceaccount={space}:{account}. "
        "Undo: delete both. Check: the same command says yes.",
    )


def _ask_the_cloud(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    return manual(
        hypothesis.entity,
        "See the quota and its use in the cloud's console or CLI; free what is not needed, or ask for more.",
        "Check: the controller's next try succeeds (kubectl describe shows no further error).",
    )


REMEDIES = (
    Remedy("raise_maximum_by_hand", "A person raises the autoscaler's maximum", _raise_maximum),
    Remedy("bring_metrics_back_by_hand", "A person brings the metrics back", _bring_metrics_back),
    Remedy("resume_rollout_by_hand", "A person resumes the roll-out", _resume_rollout),
    Remedy("make_room_in_budget_by_hand", "A person makes room in the budget", _make_room_in_budget),
    Remedy("end_pod_by_hand", "A person ends the pod", _end_pod),
    Remedy("run_job_again", "Run the Job once more", _run_job_again),
    Remedy("raise_deadline_by_hand", "A person raises the deadline", _raise_deadline),
    Remedy("resume_cronjob_by_hand", "A person resumes the CronJob", _resume_cronjob),
    Remedy("mend_schedule_by_hand", "A person mends the schedule", _mend_schedule),
    Remedy("free_namespace_by_hand", "A person frees the namespace", _free_namespace),
    Remedy("grant_role_by_hand", "A person grants the role", _grant_role),
    Remedy("ask_the_cloud_by_hand", "A person asks the cloud for more", _ask_the_cloud),
)
