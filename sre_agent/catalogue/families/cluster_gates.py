"""What lets writes and clients into a cluster: admission webhooks, and the certificates of its components.

Words: the API server's `failed calling webhook "x"`, and Go's `x509: certificate has expired or is not yet valid`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import partial

from sre_agent.catalogue.cause import DECISIVE, SLIGHT, STRONG, Cause, Entry, Lead, Neighbour
from sre_agent.catalogue.families.control_plane import CLUSTER
from sre_agent.catalogue.hearing import heard, least_doubt, quotes
from sre_agent.catalogue.machines import ready_of
from sre_agent.catalogue.subjects import subjects
from sre_agent.catalogue.words import Said, brief, is_timely, of_making
from sre_agent.domain.diagnosis import Layer
from sre_agent.picture.events import EventView
from sre_agent.picture.world import Picture

_WEBHOOK = re.compile(r"failed calling webhook \"([^\"]+)\"", re.I)


_WEBHOOK_SERVICE = re.compile(r"https://([\w-]+)\.([\w-]+)\.svc|service \"([\w-]+)\"", re.I)


_EXPIRED = re.compile(
    r"x509: certificate has expired|certificate (?:has )?expired|client certificate.{0,30}expired|part of the existing bootstrap client certificate.{0,40}expired|the server has asked for the client to provide credentials",
    re.I,
)


_CLUSTER_SPEAKER = re.compile(
    r"kube-|kubelet|apiserver|etcd|controller-manager|scheduler|konnectivity|:6443|:10250|kubernetes\.default|Unable to connect to the server|/apis?/",
    re.I,
)


def _webhook(picture: Picture) -> Iterable[Lead]:
    said = [
        one
        for subject in subjects(picture)
        for one in of_making(picture, subject)
        if _WEBHOOK.search(one.text)
    ]
    said += [
        Said(event.message, event.quote())
        for event in picture.events
        if event.reason != "FailedCreate" and is_timely(picture, event) and _WEBHOOK.search(event.message)
    ]
    found = list(heard(picture, _WEBHOOK))
    text = said[-1].text if said else found[-1][0].text if found else ""
    if match := _WEBHOOK.search(text):
        service = _WEBHOOK_SERVICE.search(text)
        yield Lead(
            cause="admission_webhook_unavailable",
            entity=CLUSTER,
            weight=DECISIVE if said else STRONG - least_doubt(found),
            statement=f"Webhook {match.group(1)} does not answer, and what it judges is refused: {brief(text[-160:], 160)}",
            citations=(*(one.citation for one in said[-3:]), *quotes(found, 2)),
            hints={
                "webhook": match.group(1),
                "service": (service.group(1) or service.group(3)) if service else None,
            },
        )


def _certificates(picture: Picture) -> Iterable[Lead]:
    said = [
        Said(event.message, event.quote())
        for event in picture.events
        if _EXPIRED.search(event.message) and is_timely(picture, event) and _is_of_cluster(event)
    ]
    for node in picture.inventory.of("Node"):
        message = str(ready_of(picture, node.name).get("message") or "")
        if _EXPIRED.search(message):
            said.append(Said(message, node.source.quote(message)))
    found = [
        one
        for one in heard(picture, _EXPIRED)
        if _CLUSTER_SPEAKER.search(f"{one[0].speaker.ref.name} {one[0].text}")
    ]
    ends = [
        series
        for series in picture.series
        if re.search(
            r"certificate.*expiration|client_expiration_seconds|server_expiration_seconds", series.name
        )
        and series.last is not None
        and 1e9 < series.last < picture.frame.now.timestamp()
    ]
    if said or found or ends:
        yield Lead(
            cause="certificate_expired",
            entity=CLUSTER,
            weight=(DECISIVE if said or ends else STRONG + SLIGHT)
            - (least_doubt(found) if found and not said else 0.0),
            statement=f"A certificate of the control plane or a kubelet has run out: {brief((said[-1].text if said else found[-1][0].text if found else ends[0].name), 160)}",
            citations=(
                *(one.citation for one in said[-3:]),
                *quotes(found, 2),
                *(series.quote() for series in ends[:2]),
            ),
        )


def _is_of_cluster(event: EventView) -> bool:
    return (
        event.about[0] in ("Node", "Lease", "CertificateSigningRequest")
        or event.about[1] == "kube-system"
        or bool(_CLUSTER_SPEAKER.search(event.message))
    )


_cause = partial(Cause, layer=Layer.INFRASTRUCTURE)
_CL = ("Cluster",)
ENTRIES = (
    Entry(
        _cause(
            code="admission_webhook_unavailable", entity_kinds=_CL, title="A webhook does not answer", description="An admission webhook fails or is slow, and every write that it judges is refused.",
            supports=("'failed calling webhook'",), rules_out=("the webhook answered, and said no",),
            neighbours=(Neighbour("admission_policy_denied", "the webhook answers, and refuses"),), remedies=("mend_webhook_by_hand",),
        ),
        _webhook,
    ),
    Entry(
        _cause(
            code="certificate_expired", entity_kinds=_CL, title="A certificate of the cluster has run out", description="A control-plane or kubelet certificate has run out.",
            supports=("'x509: certificate has expired' among components of the cluster",), rules_out=("the certificate is of an ingress or of an application",),
            neighbours=(Neighbour("tls_certificate_invalid", "the certificate is the front door's"), Neighbour("node_clock_skew", "the certificate is good, and the clock is wrong")),
            remedies=("renew_cluster_certificates_by_hand",),
        ),
        _certificates,
    ),
)  # fmt: skip
