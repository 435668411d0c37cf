"""Remedies for the places around a workload: its Service, its node, its repository, its front door."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from pydantic import JsonValue

from sre_agent.catalogue.remedy import Draft, Drafts, Means, Remedy, Unfit, hint, manual, texts
from sre_agent.domain.diagnosis import Hypothesis
from sre_agent.domain.entity import EntityRef
from sre_agent.domain.frozen import JsonObject
from sre_agent.domain.mitigation import TimeBox

REPAIR: Final = timedelta(hours=24)
"""How long a node stays cordoned, before somebody must want it to."""


def _repair_selector(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    selector = texts(hint(hypothesis, "selector"))
    if not selector:
        return Unfit("the labels of the pods it is meant for are not known")
    target = hypothesis.entity
    arguments: JsonObject = {"namespace": target.namespace, "name": target.name, "selector": dict(selector)}
    told = ", ".join(f"{key}={value}" for key, value in sorted(selector.items()))
    return (Draft("set_selector", "k8s.set_selector", arguments, target, f"Let {target} select {told}."),)


def _move_off_node(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    node = str(hint(hypothesis, "node") or hypothesis.entity.name)
    pods = hint(hypothesis, "pods")
    target = EntityRef(kind="Node", name=node)
    hours = REPAIR.total_seconds() / 3600
    words = f"Cordon node {node}, so that nothing new is placed there; for {hours:.0f} hours."
    fix = f"Repair node {node}, or replace it."
    box = TimeBox(lasts_seconds=int(REPAIR.total_seconds()), fix=fix)
    moves = [_moved(texts(pod), node) for pod in pods] if isinstance(pods, list) else []
    return (Draft("cordon", "k8s.cordon", {"node": node}, target, words, time_box=box), *moves)


def _moved(pod: Mapping[str, JsonValue], node: str) -> Draft:
    """A pod whose kubelet is gone never says that it ended, so a StatefulSet waits for it until it is deleted."""
    namespace, name = str(pod.get("namespace")), str(pod.get("name"))
    target = EntityRef(kind="Pod", namespace=namespace, name=name)
    if pod.get("owner") == "StatefulSet":
        arguments: JsonObject = {"namespace": namespace, "pod": name, "grace_seconds": 0}
        words = f"Delete {target} without waiting for node {node}, so that it is made anew elsewhere."
        return Draft("delete_pod", "k8s.delete_pod", arguments, target, words)
    words = f"Evict {target} from node {node}."
    return Draft("evict_pod", "k8s.evict_pod", {"namespace": namespace, "pod": name}, target, words)


def _revert_change(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    number, target = hint(hypothesis, "pull_number"), hypothesis.entity
    if "github" not in means.servers:
        return Unfit("no GitHub server is connected")
    if not isinstance(number, int):
        return Unfit("no merged pull request is known that brought the release")
    branch = f"sre-agent/revert-{number}-{means.plan_name}"
    pull = EntityRef(kind="PullRequest", name=f"#{number}", namespace=target.namespace)
    # Not the hypothesis' statement: that quotes titles and logs, and what a bot writes on a forge can be a command.
    reason = f"It brought the fault of {target}, found as {hypothesis.cause}."
    revert: JsonObject = {"number": number, "branch": branch, "reason": reason}
    merge: JsonObject = {"head_branch": branch}
    return (
        Draft(
            "create_revert_pull_request",
            "github.create_revert_pr",
            revert,
            pull,
            f"Open a pull request that reverts #{number}.",
        ),
        Draft(
            "merge_pull_request",
            "github.merge_pr",
            merge,
            pull,
            f"Merge the revert of #{number} when its checks have passed; the pipeline deploys it.",
            follows=True,
        ),
    )


def _renew_certificate(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    secret, host = hint(hypothesis, "secret"), hint(hypothesis, "host")
    where = f"Secret {secret}" if secret else "the front door"
    return manual(
        hypothesis.entity,
        f"Issue a new certificate for {host or 'the host'}; only its authority can.",
        f"Put it into {where} of namespace {hypothesis.entity.namespace} (kubectl create secret tls … --dry-run=client -o yaml | kubectl apply -f -).",
        f"Check its end: openssl s_client -connect {host or 'HOST'}:443 -servername {host or 'HOST'} </dev/null | openssl x509 -noout -enddate.",
    )


def _tell_a_person(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    return manual(hypothesis.entity, f"No safe automatic step is known. {hypothesis.statement}")


REMEDIES = (
    Remedy("repair_selector", "Let the Service select the pods it is meant for", _repair_selector),
    Remedy("move_off_node", "Cordon the node and move its pods", _move_off_node),
    Remedy("revert_change", "Revert the pull request and let the pipeline deploy", _revert_change),
    Remedy("renew_certificate_by_hand", "A person renews the certificate", _renew_certificate),
    Remedy("tell_a_person", "Hand over with what is known", _tell_a_person),
)
