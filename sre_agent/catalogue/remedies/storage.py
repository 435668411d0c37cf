"""Remedies for claims and volumes: data is at stake, so a person does it, by exact words."""

from __future__ import annotations

from sre_agent.catalogue.remedies.placement import kubectl
from sre_agent.catalogue.remedy import Drafts, Means, Remedy, Unfit, hint, manual
from sre_agent.domain.diagnosis import Hypothesis

BOUND = "Check: kubectl get pvc says Bound, and the pods start."
_MENDS = {
    "occupied": "name another free volume in the claim, or release {volume} first (only if its data is no longer needed)",
    "access": "ask for an access mode that is offered ({wants}), or make a volume that offers the claim's",
    "capacity": "ask for no more than {wants}, or make a larger volume",
    "selector": "select labels that a volume carries, or label a free volume: kubectl label pv {volume} KEY=VALUE",
    "class": "name a storage class that exists ({wants}), or make the one that is named",
}


def _mend_claim(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    entity, claim = hypothesis.entity, hint(hypothesis, "claim")
    way = _MENDS.get(str(hint(hypothesis, "lacks")))
    if not claim or not way:
        return Unfit("which demand of the claim is not met is not known")
    told = way.format(
        volume=hint(hypothesis, "volume") or "the volume",
        wants=hint(hypothesis, "wants") or "see kubectl get pv,storageclass",
    )
    return manual(
        entity,
        f"Save the claim as it is: kubectl -n {entity.namespace} get pvc {claim} -o yaml > {claim}.yaml (the undo: apply it again).",
        f"A claim's demands cannot be changed in place. Delete it while it is still Pending (it holds no data), and make it anew: {told}. {BOUND}",
    )


def _restart_provisioner(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    name = hint(hypothesis, "class")
    return manual(
        hypothesis.entity,
        f"Find the provisioner of class {name}: kubectl get storageclass {name} -o jsonpath='{{.provisioner}}'; then its pods and their log.",
        f"Bring it back: restart its Deployment. Undo: none is needed. {BOUND}",
    )


def _free_volume(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    return manual(
        hypothesis.entity,
        "See who holds it: kubectl get volumeattachments; the pod that still uses it on another node must end first (for good, not only Terminating).",
        "If that node is dead for certain: taint it node.kubernetes.io/out-of-service=nodeshutdown:NoExecute, so that the volume is let go. Undo: remove the taint.",
        "Check: the attachment moves to the pod's node, and the pod starts.",
    )


def _mend_mount(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    return manual(
        hypothesis.entity,
        f"What the kubelet says: {hint(hypothesis, 'said') or 'see the events of the pod'}",
        "See on the node whether the driver, the path or the server of the volume is there, and put it right. Check: no further FailedMount, and the pod starts.",
    )


def _own_volume(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    entity, path = hypothesis.entity, hint(hypothesis, "path") or "its mount"
    if hint(hypothesis, "read_only"):
        return manual(
            entity,
            f"The mount at {path} is read-only: take readOnly away if {entity} must write there ({kubectl(entity, 'edit')}). Undo: kubectl rollout undo. Check: its pods stay up.",
        )
    return manual(
        entity,
        f"Compare the owner of {path} with the user of the process (ls -ln, id); give the pod spec.securityContext.fsGroup, or let an init container chown it once.",
        f"{kubectl(entity, 'edit')}. Undo: kubectl rollout undo. Check: no further 'permission denied' in its log, and its pods stay up.",
    )


def _grow_volume(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    entity, claim = hypothesis.entity, hint(hypothesis, "claim") or "CLAIM"
    return manual(
        entity,
        f"See what fills it: {kubectl(entity, 'exec')} -- du -xsh /… ; delete only what is certainly not needed.",
        f'Or grow it, where its class allows: kubectl -n {entity.namespace} patch pvc {claim} -p \'{{"spec":{{"resources":{{"requests":{{"storage":"MORE"}}}}}}}}\'. '
        "It cannot be shrunk again. Check: df shows space, and the errors stop.",
    )


REMEDIES = (
    Remedy("mend_claim_by_hand", "A person makes the claim anew", _mend_claim),
    Remedy("restart_provisioner_by_hand", "A person brings the provisioner back", _restart_provisioner),
    Remedy("free_volume_by_hand", "A person lets the volume go", _free_volume),
    Remedy("mend_mount_by_hand", "A person mends the mount", _mend_mount),
    Remedy("own_volume_by_hand", "A person gives the process its volume", _own_volume),
    Remedy("grow_volume_by_hand", "A person frees or grows the volume", _grow_volume),
)
