"""Remedies for what is refused or missing before a container exists."""

from __future__ import annotations

import json

from sre_agent.catalogue.remedies.placement import kubectl, patch
from sre_agent.catalogue.remedies.workloads import ROLLED_OUT, restart
from sre_agent.catalogue.remedy import Draft, Drafts, Means, Remedy, Unfit, hint, manual, texts
from sre_agent.domain.diagnosis import Hypothesis
from sre_agent.domain.entity import EntityRef
from sre_agent.domain.frozen import JsonObject


def _raise_quota(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    quota, keys, hard = hint(hypothesis, "quota"), hint(hypothesis, "keys"), texts(hint(hypothesis, "hard"))
    space = hypothesis.entity.name
    if not quota or not isinstance(keys, list):
        return Unfit("the quota was not read")
    more = json.dumps({"spec": {"hard": {str(key): "MORE" for key in keys}}})
    now = json.dumps({"spec": {"hard": {str(key): hard.get(str(key), "…") for key in keys}}})
    return manual(
        EntityRef(kind="ResourceQuota", namespace=space, name=str(quota)),
        f"See what uses it up: kubectl -n {space} describe resourcequota {quota}; remove or shrink what is not needed.",
        f"Or raise it: kubectl -n {space} patch resourcequota {quota} -p '{more}'. Undo: the same with '{now}'.",
        f"Check: kubectl -n {space} get events --field-selector reason=FailedCreate shows no new refusals.",
    )


def _create_account(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    entity, account = hypothesis.entity, hint(hypothesis, "account")
    if not account:
        return Unfit("the ServiceAccount's name was not read")
    return manual(
        entity,
        f"If it was deleted or never made: kubectl -n {entity.namespace} create serviceaccount {account} "
        "(with its role bindings). Undo: delete it.",
        f"If the name is wrong: {patch(entity, 'serviceAccountName', 'RIGHT-NAME')}. Undo: kubectl rollout undo. Check: its pods are made.",
    )


def _fit_limit_range(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    entity = hypothesis.entity
    return manual(
        entity,
        f"Compare with the bounds (kubectl -n {entity.namespace} describe limitrange) and set requests and limits within: "
        f"{kubectl(entity, 'set resources')} --requests=… --limits=…. Undo: kubectl rollout undo. Check: its pods are made.",
    )


def _fit_pod_security(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    entity = hypothesis.entity
    return manual(
        entity,
        f"Give up what is forbidden, field by field as the refusal lists it: {hint(hypothesis, 'said') or ''}",
        f"Only if {entity} truly needs it: move it to a namespace with a weaker pod-security.kubernetes.io/enforce label. Check: its pods are made.",
    )


def _satisfy_policy(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    entity = hypothesis.entity
    return manual(
        entity,
        f"Change {entity} so that the policy is met: {hint(hypothesis, 'said') or 'see the event'}",
        "Or ask the policy's owner for an exception. Check: its pods are made.",
    )


def _create_reference(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    entity, kind, name = hypothesis.entity, hint(hypothesis, "kind"), hint(hypothesis, "holder")
    key = hint(hypothesis, "key") or "KEY"
    if not name:
        return Unfit("what it refers to was not read")
    make = "configmap" if kind == "ConfigMap" else "secret generic"
    return manual(
        entity,
        f"If it was deleted or forgotten: kubectl -n {entity.namespace} create {make} {name} --from-literal={key}=… "
        "(for a missing key: kubectl edit). Undo: delete it.",
        f"If the reference is misspelt: put the right name into {entity}. Undo: kubectl rollout undo. Check: its pods leave CreateContainerConfigError.",
    )


def _restore_missing_key(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    holder, key, value = (hint(hypothesis, name) for name in ("config_map", "key", "value"))
    if not holder or not key or not isinstance(value, str):
        return Unfit("the value that was last applied for this key is not known")
    entity = hypothesis.entity
    target = EntityRef(kind="ConfigMap", namespace=entity.namespace, name=str(holder))
    arguments: JsonObject = {"namespace": target.namespace, "name": target.name, "key": key, "value": value}
    words = f"Put {key} back into {target}, as it was last applied."
    change = Draft("set_config_key", "k8s.set_config_key", arguments, target, words)
    return (
        (change, restart(entity, "so that its pods find the key")) if entity.kind in ROLLED_OUT else (change,)
    )


REMEDIES = (
    Remedy("raise_quota_by_hand", "A person frees or raises the quota", _raise_quota),
    Remedy("create_account_by_hand", "A person makes the ServiceAccount", _create_account),
    Remedy("fit_limit_range_by_hand", "A person fits the limit range", _fit_limit_range),
    Remedy("fit_pod_security_by_hand", "A person gives up the privileges", _fit_pod_security),
    Remedy("satisfy_policy_by_hand", "A person satisfies the policy", _satisfy_policy),
    Remedy("create_reference_by_hand", "A person makes what is referred to", _create_reference),
    Remedy("restore_missing_key", "Put the key back that was applied", _restore_missing_key),
)
