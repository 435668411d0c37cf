"""Workloads whose identity may not do what they try.

Words of the API server's authorizer: `pods is forbidden: User "system:serviceaccount:ns:name" cannot list resource "pods" in API
group "" in the namespace "ns"` (https://kubernetes.io/docs/reference/access-authn-authz/rbac/).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from sre_agent.catalogue.cause import SLIGHT, STRONG, Cause, Entry, Lead, Neighbour
from sre_agent.catalogue.families.admission import account_of
from sre_agent.catalogue.hearing import by_speaker, heard, least_doubt, quotes
from sre_agent.catalogue.subjects import WORKLOADS, subjects
from sre_agent.catalogue.words import is_timely
from sre_agent.domain.diagnosis import Layer
from sre_agent.domain.entity import EntityRef
from sre_agent.picture.world import Picture

_FORBIDDEN = re.compile(
    r"User \\?\"system:serviceaccount:([\w.-]+):([\w.-]+)\\?\" cannot (\w+) resource \\?\"([\w./-]+)\\?\"",
    re.I,
)


def _forbidden(picture: Picture) -> Iterable[Lead]:
    for ref, found in by_speaker(heard(picture, _FORBIDDEN)).items():
        match = found[-1][1]
        yield Lead(
            cause="rbac_permission_denied",
            entity=ref,
            weight=STRONG + SLIGHT - least_doubt(found),
            statement=f"{ref} may not do what it tries: ServiceAccount {match.group(2)} cannot {match.group(3)} {match.group(4)}.",
            citations=quotes(found),
            hints=_hints(match),
        )
    for event in picture.events:
        match_ = _FORBIDDEN.search(event.message)
        if match_ and is_timely(picture, event):
            yield Lead(
                cause="rbac_permission_denied",
                entity=_whose(picture, match_),
                weight=STRONG,
                statement=f"ServiceAccount {match_.group(2)} of {match_.group(1)} cannot {match_.group(3)} {match_.group(4)}.",
                citations=(event.quote(),),
                hints=_hints(match_),
            )


def _hints(match: re.Match[str]) -> dict[str, str]:
    return {
        "account": match.group(2),
        "space": match.group(1),
        "verb": match.group(3),
        "resource": match.group(4),
    }


def _whose(picture: Picture, match: re.Match[str]) -> EntityRef:
    """The workload that runs under this account, else the account."""
    for subject in subjects(picture):
        if subject.owner.namespace == match.group(1) and account_of(subject.owner) == match.group(2):
            return subject.owner.ref
    return EntityRef(kind="ServiceAccount", namespace=match.group(1), name=match.group(2))


ENTRIES = (
    Entry(
        Cause(
            code="rbac_permission_denied",
            layer=Layer.RUNTIME,
            entity_kinds=(*WORKLOADS, "ServiceAccount"),
            title="Its identity may not do what it tries",
            description="The workload's ServiceAccount has no role that allows what it asks of the API server.",
            supports=("'… is forbidden: User \"system:serviceaccount:…\" cannot …'",),
            rules_out=("the request is refused by a policy or a quota, not by its identity",),
            neighbours=(
                Neighbour("missing_service_account", "the account does not exist, and no pod is made"),
                Neighbour("expired_credentials", "the token is no longer accepted at all: 401, not 403"),
            ),
            remedies=("grant_role_by_hand",),
        ),
        _forbidden,
    ),
)
