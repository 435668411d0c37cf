"""What a person does where nothing that was read tells the healthy value: the command, its check and its undo, with the object's own names."""

from __future__ import annotations

from sre_agent.catalogue.remedies.placement import kubectl, kubectl_in
from sre_agent.catalogue.remedy import Drafts, Means, Remedy, Unfit, hint, manual
from sre_agent.domain.diagnosis import Hypothesis
from sre_agent.domain.entity import EntityRef


def _undo(entity: EntityRef) -> str:
    return f"Undo: {kubectl(entity, 'rollout undo')}."


def _container(hypothesis: Hypothesis) -> str:
    """Its name, or the place where a person writes it."""
    return str(hint(hypothesis, "container") or "CONTAINER")


def _correct_image(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    entity = hypothesis.entity
    container = _container(hypothesis)
    return manual(
        entity,
        f"See which images and tags there are (skopeo list-tags docker://REPOSITORY), and which one ran last: {kubectl(entity, 'rollout history')}.",
        f"Name one that exists: {kubectl(entity, 'set image')} {container}=REPOSITORY:TAG. {_undo(entity)} "
        "Check: its pods are Running with that image.",
    )


def _read_crash(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    entity = hypothesis.entity
    container = _container(hypothesis)
    return manual(
        entity,
        f"Read what it says last: {kubectl(entity, 'logs')} -c {container} --previous --tail=50.",
        f"If it began with a roll-out ({kubectl(entity, 'rollout history')}), take that back: {kubectl(entity, 'rollout undo')}; undo: the same again. "
        "Else put right what the program complains of. Check: the restart count stays for ten minutes.",
    )


def _take_change_back(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    entity = hypothesis.entity
    return manual(
        entity,
        f"Compare what ran before with what runs now: {kubectl(entity, 'rollout history')} --revision=N for the last two.",
        f"Take the change back where it was made (revert it and deploy), or for now: {kubectl(entity, 'rollout undo')}; undo: the same again. "
        "Check: the errors that came with it are gone.",
    )


def _raise_cpu(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    entity = hypothesis.entity
    container = _container(hypothesis)
    return manual(
        entity,
        f"See what {entity} needs: the highest rate of container_cpu_usage_seconds_total, and whether that is work or a loop.",
        f"Raise the limit above it: {kubectl(entity, 'set resources')} -c {container} --limits=cpu=AMOUNT, or spread the work over more replicas. "
        f"{_undo(entity)} Check: the share of throttled periods falls below 10 %.",
    )


def _look_at_dependency(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    entity = hypothesis.entity
    return manual(
        entity,
        f"The fault lies with what is called, not with its callers: look at {entity} first: its pods, its log, what it calls itself, and its latest change.",
        "Until it is mended, spare it: shorter time limits with few retries, a circuit breaker or a stale answer in its callers. "
        "Undo: the former settings. Check: the callers' errors and times are back to what they were.",
    )


def _make_ready(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    entity = hypothesis.entity
    return manual(
        entity,
        f"See why its pods are not ready: {kubectl_in(entity)} get endpointslices -l kubernetes.io/service-name={entity.name}; "
        f"{kubectl_in(entity)} describe pods tells of their readiness probes.",
        "Mend what the probe asks or what the program lacks; a probe that is right is not loosened. "
        f"Check: {kubectl_in(entity)} get endpoints {entity.name} shows addresses.",
    )


def _rerun_job(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    entity = hypothesis.entity
    within = kubectl_in(entity)
    return manual(
        entity,
        f"Read why it failed: {within} logs job/{entity.name} --tail=50. What it did before it failed must bear being done twice.",
        f"With the reason mended, run it again: {within} get job {entity.name} -o yaml > {entity.name}.yaml (the undo: apply it again); "
        f"{within} replace --force -f {entity.name}.yaml after taking out its selector and its controller-uid labels. Check: it completes.",
    )


REMEDIES = (
    Remedy("correct_image_by_hand", "A person names an image that exists", _correct_image),
    Remedy("read_crash_by_hand", "A person reads why the program exits", _read_crash),
    Remedy("take_change_back_by_hand", "A person takes the change back", _take_change_back),
    Remedy("raise_cpu_by_hand", "A person raises the CPU limit", _raise_cpu),
    Remedy("look_at_dependency_by_hand", "A person looks at what is called", _look_at_dependency),
    Remedy("make_ready_by_hand", "A person makes its pods ready", _make_ready),
    Remedy("rerun_job_by_hand", "A person mends the reason and runs the Job again", _rerun_job),
)
