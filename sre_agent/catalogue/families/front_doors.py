"""The way in: ingresses and their certificates."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sre_agent.catalogue.cause import DECISIVE, STRONG, Cause, Entry, Lead, Neighbour
from sre_agent.domain.diagnosis import Layer
from sre_agent.picture.events import EventView
from sre_agent.picture.logs import LogLine
from sre_agent.picture.objects import Obj, items
from sre_agent.picture.series import Series
from sre_agent.picture.world import Picture

BAD_CERTIFICATE = re.compile(
    r"certificate has expired|CERTIFICATE_VERIFY_FAILED|certificate is not (?:yet )?valid|NET::ERR_CERT|x509:"
    r"|certificate signed by unknown authority|self.signed certificate|hostname mismatch|does not match the certificate|no alternative certificate subject name matches"
    r"|local SSL certificate .{0,80} was not found|error getting SSL certificate|SSLHandshakeException|unable to verify the first certificate",
    re.I,
)


def _certificates(picture: Picture) -> Iterable[Lead]:
    for ingress in picture.inventory.of("Ingress"):
        expired = _expired_series(picture, ingress)
        told: list[LogLine | EventView] = [*_complaints(picture, ingress), *_refused(picture, ingress)]
        absent = _absent_secret(picture, ingress)
        if expired is None and not told and not absent:
            continue
        host = (_hosts(ingress) or [""])[0]
        secret = next(
            (str(one.get("secretName")) for one in ingress.items("spec", "tls") if one.get("secretName")), ""
        )
        yield Lead(
            cause="tls_certificate_invalid",
            entity=ingress.ref,
            weight=DECISIVE if expired else STRONG,
            statement=f"{ingress.ref} serves an expired or invalid certificate for {host}"
            + (
                f" (Secret {absent} does not exist)." if absent else f" (Secret {secret})." if secret else "."
            ),
            citations=((expired.quote(),) if expired else ())
            + tuple(one.quote() for one in told[-1:])
            + ((ingress.quote("spec", "tls"),) if absent else ()),
            hints={"secret": secret, "host": host},
        )


def _absent_secret(picture: Picture, ingress: Obj) -> str:
    """A Secret of its TLS section that was looked for and is not there: the controller's own certificate is served."""
    if not picture.looked_at("secrets") or not picture.inventory.of("Secret", ingress.namespace):
        return ""
    named = [str(one.get("secretName")) for one in ingress.items("spec", "tls") if one.get("secretName")]
    missing = [one for one in named if picture.inventory.get("Secret", one, ingress.namespace) is None]
    return missing[0] if missing else ""


def _hosts(ingress: Obj) -> list[str]:
    rules = [str(rule["host"]) for rule in ingress.items("spec", "rules") if rule.get("host")]
    return rules or [str(host) for one in ingress.items("spec", "tls") for host in one.get("hosts") or ()]


def _expired_series(picture: Picture, ingress: Obj) -> Series | None:
    """A certificate expiry in the past, for one of the hosts of this ingress."""
    for one in picture.series_named("probe_ssl_earliest_cert_expiry", "certificates"):
        named = any(host in value for host in _hosts(ingress) for value in one.labels.values())
        if named and one.last is not None and one.last < picture.frame.now.timestamp():
            return one
    return None


def _secrets_of(ingress: Obj) -> list[str]:
    """As controllers name them: `namespace/secret`."""
    named = [str(one.get("secretName")) for one in ingress.items("spec", "tls") if one.get("secretName")]
    return [f"{ingress.namespace}/{one}" for one in named]


def _refused(picture: Picture, ingress: Obj) -> list[EventView]:
    """Warnings of its controller about the certificate that it should serve."""
    told = [one for one in picture.events_about(ingress) if one.is_warning]
    return [one for one in told if BAD_CERTIFICATE.search(one.message)]


def _complaints(picture: Picture, ingress: Obj) -> list[LogLine]:
    hosts = [*_hosts(ingress), *_secrets_of(ingress)]
    lines = (line for chunk in picture.logs for line in chunk.lines)
    return [
        line
        for line in lines
        if BAD_CERTIFICATE.search(line.words) and any(host in line.raw for host in hosts)
    ]


def backends(ingress: Obj) -> list[str]:
    """Names of the Services that an Ingress sends traffic to."""
    paths = [path for rule in ingress.items("spec", "rules") for path in items(rule, "http", "paths")]
    return [
        str(path["backend"]["service"]["name"]) for path in paths if path.get("backend", {}).get("service")
    ]


ENTRIES = (
    Entry(
        Cause(
            code="tls_certificate_invalid",
            layer=Layer.INTEGRATION,
            entity_kinds=("Ingress", "Gateway"),
            title="The front door's certificate is not valid",
            description="Clients refuse the connection because the certificate is expired or does not fit the host.",
            supports=(
                "the certificate's end lies in the past",
                "clients say that the certificate has expired",
            ),
            rules_out=("the certificate is valid for the host and the present time",),
            neighbours=(
                Neighbour(
                    "certificate_expired", "a control-plane or kubelet certificate, not the front door's"
                ),
                Neighbour("ingress_misconfigured", "the handshake succeeds and the route is wrong"),
            ),
            remedies=("renew_certificate_by_hand",),
        ),
        _certificates,
    ),
)
