"""Pods that are refused before they exist: no ServiceAccount, limit ranges, pod security, policies.

Words of the admission plugins ServiceAccount, LimitRanger, PodSecurity and ValidatingAdmissionPolicy, of webhooks
(`admission webhook "x" denied the request`), and of the older PodSecurityPolicy and OpenShift's SecurityContextConstraints.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from pydantic import JsonValue

from sre_agent.catalogue.cause import DECISIVE, STRONG, Cause, Entry, Lead, Neighbour
from sre_agent.catalogue.rollouts import revision_before
from sre_agent.catalogue.subjects import WORKLOADS, Subject, missing_pods, subjects, unmade
from sre_agent.catalogue.words import Said, brief, of_making, saying
from sre_agent.domain.diagnosis import Layer
from sre_agent.domain.evidence import Citation
from sre_agent.picture.objects import Obj
from sre_agent.picture.world import Picture

_NO_ACCOUNT = re.compile(
    r"error looking up service account (\S+)/(\S+?): |serviceaccounts? \"([^\"]+)\" not found", re.I
)
_LIMIT_RANGE = re.compile(
    r"(?:maximum|minimum) [\w./-]+ usage per (?:Container|Pod|PersistentVolumeClaim) is"
    r"|max limit to request ratio per|No (?:limit|request) is specified",
    re.I,
)
_POD_SECURITY = re.compile(
    r"violates PodSecurity|unable to validate against any (?:pod security policy|security context constraint)"
    r"|PodSecurityPolicy: |unable to admit pod: ",
    re.I,
)
_POLICY = re.compile(
    r"admission webhook \"([^\"]+)\" denied the request|ValidatingAdmissionPolicy '([^']+)'.* denied request",
    re.I | re.S,
)


def _refused(picture: Picture, pattern: re.Pattern[str]) -> Iterator[tuple[Subject, Said, float]]:
    """(workload, what was said, weight) of each whose pods are refused with these words."""
    for subject in subjects(picture):
        said = saying(of_making(picture, subject), pattern)
        if said and unmade(picture, subject):
            yield subject, said, DECISIVE


def account_of(owner: Obj) -> str:
    spec = owner.pod_template()
    return str(spec.get("serviceAccountName") or spec.get("serviceAccount") or "default")


def _missing_account(picture: Picture) -> Iterable[Lead]:
    spoken = set()
    for subject, said, weight in _refused(picture, _NO_ACCOUNT):
        found = _NO_ACCOUNT.search(said.text)
        name = (found.group(2) or found.group(3)) if found else account_of(subject.owner)
        spoken.add(id(subject))
        yield _account_lead(picture, subject, name, weight, (said.citation,))
    for subject in subjects(picture):
        name, space = account_of(subject.owner), subject.owner.namespace
        known = {one.name for one in picture.inventory.of("ServiceAccount", space)}
        if id(subject) in spoken or not known or name in known or not missing_pods(picture, subject):
            continue
        if not subject.live and not _runs_unlisted(picture, space, known):
            yield _account_lead(picture, subject, name, STRONG, ())


def _runs_unlisted(picture: Picture, space: str, known: set[str]) -> bool:
    """Whether others run under accounts that are not listed: then the list does not prove much."""
    return any(
        subject.live and subject.owner.namespace == space and account_of(subject.owner) not in known
        for subject in subjects(picture)
    )


def _account_lead(
    picture: Picture, subject: Subject, name: str, weight: float, said: tuple[Citation, ...]
) -> Lead:
    owner = subject.owner
    field = next((key for key in ("serviceAccountName", "serviceAccount") if key in owner.pod_template()), "")
    quoted = (owner.source.quote(f'"{field}": "{owner.pod_template()[field]}"'),) if field else ()
    return Lead(
        cause="missing_service_account",
        entity=owner.ref,
        weight=weight,
        statement=f"{owner.ref} gets no pods: its ServiceAccount {name} does not exist in {owner.namespace}.",
        citations=(*said, *quoted),
        hints={
            "account": name,
            **revision_before(picture, owner, lambda spec: spec.get("serviceAccountName")),
        },
    )


def _denied(code: str, pattern: re.Pattern[str], words: str) -> Callable[[Picture], Iterable[Lead]]:
    def find(picture: Picture) -> Iterable[Lead]:
        for subject, said, weight in _refused(picture, pattern):
            if code == "admission_policy_denied" and _POD_SECURITY.search(said.text):
                continue
            owner = subject.owner
            undo: dict[str, JsonValue] = revision_before(picture, owner, lambda spec: spec)
            text = (
                said.text[said.text.find("forbidden: ") + 11 :] if "forbidden: " in said.text else said.text
            )
            yield Lead(
                cause=code,
                entity=owner.ref,
                weight=weight,
                statement=f"{owner.ref} gets no pods: {words}: {brief(text)}",
                citations=(said.citation,),
                hints={"said": brief(text), **undo},
            )

    return find


_cause = partial(Cause, layer=Layer.RUNTIME, entity_kinds=WORKLOADS)

ENTRIES = (
    Entry(
        _cause(
            code="missing_service_account",
            title="Its ServiceAccount does not exist",
            description="The pod template names a ServiceAccount that is not there, so admission refuses every pod.",
            supports=("FailedCreate says 'error looking up service account'", "pods are not made, and the ServiceAccount is not listed"),
            rules_out=("the ServiceAccount is listed", "pods are made"),
            neighbours=(
                Neighbour("rbac_permission_denied", "the pods run, and their requests are forbidden"),
                Neighbour("namespace_pod_quota_exceeded", "the refusal names a quota"),
            ),
            remedies=("undo_rollout", "create_account_by_hand"),
        ),
        _missing_account,
    ),
    Entry(
        _cause(
            code="limit_range_violation",
            title="Outside the namespace's limit range",
            description="A LimitRange of the namespace bounds requests or limits, and the pod's lie outside.",
            supports=("FailedCreate says 'maximum/minimum … usage per Container is …'",),
            rules_out=("the refusal names a quota",),
            neighbours=(Neighbour("namespace_memory_quota_exceeded", "the sum of the namespace is bounded, not each container"),),
            remedies=("restore_requests", "undo_rollout", "fit_limit_range_by_hand"),
        ),
        _denied("limit_range_violation", _LIMIT_RANGE, "the limit range refuses them"),
    ),
    Entry(
        _cause(
            code="pod_security_violation",
            title="Refused by pod security",
            description="The pod asks for privileges that the namespace's pod security standard forbids.",
            supports=("FailedCreate says 'violates PodSecurity'",),
            rules_out=("a webhook of its own refuses it",),
            neighbours=(Neighbour("admission_policy_denied", "a webhook or policy refuses it, not pod security"),),
            remedies=("undo_rollout", "fit_pod_security_by_hand"),
        ),
        _denied("pod_security_violation", _POD_SECURITY, "pod security refuses them"),
    ),
    Entry(
        _cause(
            code="admission_policy_denied",
            title="Refused by an admission policy",
            description="A policy webhook or a ValidatingAdmissionPolicy says no to this pod.",
            supports=("FailedCreate says 'admission webhook … denied the request'",),
            rules_out=("the webhook could not be called at all",),
            neighbours=(
                Neighbour("admission_webhook_unavailable", "the webhook failed to answer: 'failed calling webhook'"),
                Neighbour("pod_security_violation", "the refusal is pod security's own"),
            ),
            remedies=("undo_rollout", "satisfy_policy_by_hand"),
        ),
        _denied("admission_policy_denied", _POLICY, "an admission policy refuses them"),
    ),
)  # fmt: skip
