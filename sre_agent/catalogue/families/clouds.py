"""What a cloud refuses: load balancers, and anything beyond its quota.

Words: the service controller (`SyncLoadBalancerFailed`, `Error syncing load balancer: failed to ensure load balancer: …`) and the
clouds' own errors (QuotaExceeded, LimitExceeded, VcpuLimitExceeded, InsufficientInstanceCapacity is not one of them).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import partial

from sre_agent.catalogue.cause import DECISIVE, FAIR, STRONG, Cause, Entry, Lead, Neighbour
from sre_agent.catalogue.families.control_plane import CLUSTER
from sre_agent.catalogue.hearing import heard, least_doubt, quotes
from sre_agent.catalogue.words import brief, is_timely
from sre_agent.domain.diagnosis import Layer
from sre_agent.picture.world import Picture

_QUOTA = re.compile(
    r"\b(?!Request)\w*(?:Quota|Limit)Exceeded\w*|quota .{0,40}exceeded|exceeded .{0,20}quota of (?:account|project|subscription)|\bTooMany(?:LoadBalancers|TargetGroups|Addresses|Certificates)\b|exceeded .{0,20}quota limit|(?:vCPU|address|instance|volume)\w* limit (?:was )?exceeded|QUOTA_EXCEEDED|OperationNotAllowed.{0,80}quota",
    re.I,
)
_KUBERNETES = re.compile(
    r"exceeded quota: |ResourceQuota|\b429\b|too many requests|rate[ _-]?limit|requests? per (?:second|minute)|retry[- ]after",
    re.I,
)
"""Quotas of a namespace, and of an interface that is asked too often."""
_BALANCER = re.compile(
    r"syncing load balancer|ensure(?:d)? load balancer|SyncLoadBalancerFailed|CreatingLoadBalancerFailed|no available (?:IPs?|addresses) .{0,40}(?:pool|service)|AllocationFailed",
    re.I,
)


def _balancer(picture: Picture) -> Iterable[Lead]:
    for service in picture.inventory.of("Service"):
        asks = service.dig("spec", "type") == "LoadBalancer" or service.implied
        if not asks or service.dig("status", "loadBalancer", "ingress"):
            continue
        said = [
            event
            for event in picture.events_about(service)
            if is_timely(picture, event) and _BALANCER.search(f"{event.reason} {event.message}")
        ]
        if said:
            yield Lead(
                cause="load_balancer_provisioning_failed",
                entity=service.ref,
                weight=DECISIVE - (FAIR if _QUOTA.search(said[-1].message) else 0.0),
                statement=f"{service.ref} gets no load balancer: {brief(said[-1].message, 180)}",
                citations=(said[-1].quote(), service.quote("spec", "type")),
            )


def _quota(picture: Picture) -> Iterable[Lead]:
    events = [
        event
        for event in picture.events
        if _QUOTA.search(event.message)
        and not _KUBERNETES.search(event.message)
        and is_timely(picture, event)
    ]
    found = [one for one in heard(picture, _QUOTA) if not _KUBERNETES.search(one[0].text)]
    if events or found:
        text = events[-1].message if events else found[-1][0].text
        yield Lead(
            cause="cloud_quota_exceeded",
            entity=CLUSTER,
            weight=DECISIVE if events else STRONG - least_doubt(found),
            statement=f"The cloud refuses for its quota: {brief(text, 180)}",
            citations=(*(event.quote() for event in events[-3:]), *quotes(found, 2)),
        )


_cause = partial(Cause, layer=Layer.INFRASTRUCTURE, remedies=("ask_the_cloud_by_hand",))
ENTRIES = (
    Entry(
        _cause(
            code="load_balancer_provisioning_failed", entity_kinds=("Service",), title="The cloud makes no load balancer", description="A Service of type LoadBalancer gets no address, because the cloud refuses or fails.",
            supports=("SyncLoadBalancerFailed, and the Service has no address",), rules_out=("the Service has an address",),
            neighbours=(Neighbour("cloud_quota_exceeded", "the refusal names a quota"), Neighbour("namespace_service_quota_exceeded", "Kubernetes' own quota refuses the Service")),
        ),
        _balancer,
    ),
    Entry(
        _cause(
            code="cloud_quota_exceeded", entity_kinds=("Cluster",), title="The cloud's quota is used up", description="The cloud refuses machines, volumes, addresses or load balancers because of its quota.",
            supports=("an error of the cloud that names a quota or limit",), rules_out=("the quota is a ResourceQuota of a namespace",),
            neighbours=(Neighbour("load_balancer_provisioning_failed", "one load balancer fails, for a reason other than quota"),),
        ),
        _quota,
    ),
)  # fmt: skip
