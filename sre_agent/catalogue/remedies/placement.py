"""Remedies for pods that get no node: uncordon, ask for what a node can give, or words for a person."""

from __future__ import annotations

import json

from sre_agent.catalogue.remedies.workloads import ROLLED_OUT, at
from sre_agent.catalogue.remedy import Draft, Drafts, Means, Remedy, Unfit, hint, manual, texts
from sre_agent.domain.diagnosis import Hypothesis
from sre_agent.domain.entity import EntityRef
from sre_agent.domain.frozen import JsonObject


def kubectl(entity: EntityRef, verb: str) -> str:
    """`kubectl -n shop patch deployment/web`."""
    return f"{kubectl_in(entity)} {verb} {entity.kind.lower()}/{entity.name}"


def kubectl_in(entity: EntityRef) -> str:
    """`kubectl -n shop`, for what concerns more than the object itself."""
    return f"kubectl -n {entity.namespace}" if entity.namespace else "kubectl"


def patch(entity: EntityRef, path: str, value: object = None) -> str:
    """The command that sets (or, without a value, removes) one field of the pod template."""
    place = "/spec/jobTemplate/spec/template/spec/" if entity.kind == "CronJob" else "/spec/template/spec/"
    one = {"op": "remove" if value is None else "add", "path": place + path}
    told = json.dumps([one if value is None else {**one, "value": value}])
    return f"{kubectl(entity, 'patch')} --type=json -p '{told}'"


PENDING = "Check: kubectl get pods -o wide shows its pods Running on a node. Undo: kubectl rollout undo."


def _mend_selector(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    selector, entity = texts(hint(hypothesis, "selector")), hypothesis.entity
    if not selector:
        return Unfit("the selector was not read")
    told = ",".join(f"{key}={value}" for key, value in selector.items())
    return manual(
        entity,
        f"Decide which is wrong: the selector of {entity} or the labels of the nodes (kubectl get nodes --show-labels).",
        f"If the node is only unlabelled: kubectl label node NODE {told.replace(',', ' ')}. Undo: the same keys with a minus at their end.",
        f"If the selector is wrong: {patch(entity, 'nodeSelector')}, or put the right value there. {PENDING}",
    )


def _mend_affinity(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    entity = hypothesis.entity
    return manual(
        entity,
        f"Compare the required node affinity of {entity} with the nodes' labels (kubectl get nodes --show-labels), and put right what is wrong.",
        f"Without the affinity: {patch(entity, 'affinity/nodeAffinity')}. {PENDING}",
    )


def _tolerate(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    entity, taints, nodes = hypothesis.entity, hint(hypothesis, "taints"), hint(hypothesis, "nodes")
    if not isinstance(taints, list) or not taints or not isinstance(nodes, list):
        return manual(
            entity,
            "See which taints keep it away: kubectl get nodes -o custom-columns=NAME:.metadata.name,TAINTS:.spec.taints.",
            f"Take away a taint that should not be there (kubectl taint nodes NODE KEY:EFFECT-; undo: set it again), or, where {entity} is meant "
            f"for these nodes, add a toleration: {kubectl(entity, 'edit')}. {PENDING}",
        )
    taint = str(taints[0])
    key = taint.split("=")[0].split(":")[0]
    effect = taint.rsplit(":", 1)[-1]
    toleration = {"key": key, "operator": "Exists", "effect": effect}
    return manual(
        entity,
        f"If the taint should not be there: kubectl taint nodes {' '.join(map(str, nodes))} {key}:{effect}-. Undo: kubectl taint nodes … {taint}.",
        f"If {entity} is meant for these nodes: {patch(entity, 'tolerations/-', toleration)} "
        f"(where it has no tolerations yet, add the list). {PENDING}",
    )


def _uncordon(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    nodes = hint(hypothesis, "nodes")
    if not isinstance(nodes, list) or not nodes:
        return Unfit("the cordoned nodes were not read")
    node = str(nodes[0])
    target = EntityRef(kind="Node", name=node)
    words = f"Uncordon node {node}, which suits the pods that wait, unless its maintenance is still going on."
    return (Draft("uncordon", "k8s.uncordon", {"node": node}, target, words),)


def _restore_requests(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    requests, limits = texts(hint(hypothesis, "requests")), texts(hint(hypothesis, "limits"))
    container, target = hint(hypothesis, "container"), hypothesis.entity
    if not (requests or limits) or target.kind not in ROLLED_OUT:
        return Unfit("no earlier revision that asked for less is known")
    told = ", ".join(f"{name} {value}" for name, value in sorted((requests or limits).items()))
    arguments: JsonObject = {
        **at(target),
        "container": container,
        "requests": dict(requests),
        "limits": dict(limits),
    }
    words = f"Let {container} of {target} ask for what it asked before: {told}."
    return (Draft("set_resources", "k8s.set_resources", arguments, target, words),)


def _lower_requests(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    entity, resource = hypothesis.entity, hint(hypothesis, "resource")
    container, largest = hint(hypothesis, "container"), hint(hypothesis, "largest")
    room = f"below {largest}, what the largest node has" if largest else "to what a node has free"
    return manual(
        entity,
        f"Lower the {resource} request of container {container} {room}: {kubectl(entity, 'set resources')} -c {container} --requests={resource}=AMOUNT.",
        f"Or add a node that can give {hint(hypothesis, 'asked') or 'what it asks'}. {PENDING}",
    )


def _relax_spreading(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    entity = hypothesis.entity
    return manual(
        entity,
        f"Run no more replicas of {entity} than there are places ({kubectl(entity, 'scale')} --replicas=N), or add nodes.",
        f"Or only prefer the spreading: preferredDuringSchedulingIgnoredDuringExecution, whenUnsatisfiable: ScheduleAnyway. {PENDING}",
    )


def _raise_requests(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    entity = hypothesis.entity
    return manual(
        entity,
        f"Request what {entity} really uses ({kubectl(entity, 'set resources')} --requests=memory=…): pods that use more than they request go first.",
        f"See what fills node {hint(hypothesis, 'node') or 'in question'}: kubectl describe node, kubectl top pods --sort-by=memory -A.",
    )


def _raise_disk_limit(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    entity = hypothesis.entity
    return manual(
        entity,
        f"Find what {entity} writes to local disk (logs, caches, temporary files), and bound it or write it to a volume.",
        "If it needs that much: raise resources.limits.ephemeral-storage, or the sizeLimit of its emptyDir. Undo: kubectl rollout undo.",
    )


def _raise_priority(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    entity = hypothesis.entity
    return manual(
        entity,
        f"Add room for both, or give {entity} a priorityClassName as high as it deserves (kubectl get priorityclasses).",
        "Check: no further Preempted events; its replicas are ready.",
    )


REMEDIES = (
    Remedy("uncordon", "Let pods come to the node again", _uncordon),
    Remedy("restore_requests", "Back to the requests that fitted", _restore_requests),
    Remedy("lower_requests_by_hand", "A person lowers the request or adds a node", _lower_requests),
    Remedy("mend_selector_by_hand", "A person mends the selector or labels a node", _mend_selector),
    Remedy("mend_affinity_by_hand", "A person mends the affinity", _mend_affinity),
    Remedy("tolerate_by_hand", "A person removes the taint or adds the toleration", _tolerate),
    Remedy("relax_spreading_by_hand", "A person makes room or relaxes the spreading", _relax_spreading),
    Remedy("raise_requests_by_hand", "A person requests what is used", _raise_requests),
    Remedy("raise_disk_limit_by_hand", "A person bounds the disk use", _raise_disk_limit),
    Remedy("raise_priority_by_hand", "A person sets priorities", _raise_priority),
)
