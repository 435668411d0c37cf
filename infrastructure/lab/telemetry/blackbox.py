"""blackbox-exporter: asks a URL as a client from outside would, and tells how that went."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from urllib.parse import urlsplit

from cryptography import x509

from infrastructure.lab.seams import ConnectionRefused, NameNotResolved
from infrastructure.lab.telemetry.exposition import Exposition

Locate = Callable[[str, int], tuple[str, int]]
"""Host and port of a URL → the address to connect to."""
_LIMIT_SECONDS = 0.9


@dataclass
class Finding:
    """What one probe found."""

    status: int = 0
    trusted: bool | None = None
    """None for a plain connection."""
    expires_at: float = 0.0
    seconds: float = 0.0

    connected: bool = False

    @property
    def succeeded(self) -> bool:
        return 200 <= self.status < 300 and self.trusted is not False


async def probe(url: str, locate: Locate, trusted: bytes) -> Finding:
    """One GET of the URL; never raises for what the target does."""
    finding, started = Finding(), monotonic()
    try:
        async with asyncio.timeout(_LIMIT_SECONDS):
            await _visit(url, locate, trusted, finding)
    except (OSError, TimeoutError, NameNotResolved, ConnectionRefused, ValueError):
        finding.status = 0
    finding.seconds = monotonic() - started
    return finding


async def _visit(url: str, locate: Locate, trusted: bytes, finding: Finding) -> None:
    parts = urlsplit(url)
    secure, host = parts.scheme == "https", parts.hostname or ""
    address, port = locate(host, parts.port or (443 if secure else 80))
    context = _looking() if secure else None
    reader, writer = await asyncio.open_connection(
        address, port, ssl=context, server_hostname=host if secure else None
    )
    finding.connected = True
    try:
        if secure:
            _read_certificate(writer.get_extra_info("ssl_object"), host, trusted, finding)
        path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        line = await reader.readline()
        finding.status = int(line.split()[1]) if len(line.split()) > 1 else 0
    finally:
        writer.close()


def _looking() -> ssl.SSLContext:
    """A context that shows any certificate: the probe reports on bad ones, so it must get to see them."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _read_certificate(shown: ssl.SSLObject, host: str, trusted: bytes, finding: Finding) -> None:
    raw = shown.getpeercert(binary_form=True)
    if raw is None:
        finding.trusted = False
        return
    certificate = x509.load_der_x509_certificate(raw)
    finding.expires_at = certificate.not_valid_after_utc.timestamp()
    finding.trusted = _is_good(certificate, host, trusted)


def _is_good(certificate: x509.Certificate, host: str, trusted: bytes) -> bool:
    now = datetime.now(UTC)
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        return False
    try:
        certificate.verify_directly_issued_by(x509.load_pem_x509_certificate(trusted))
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except Exception:  # noqa: BLE001 - bulkhead: whatever is wrong with a certificate, it is not good
        return False
    return host in names.get_values_for_type(x509.DNSName)


def probe_page(finding: Finding, module: str) -> str:
    """`http_2xx` wants a good answer over a trusted connection; `tls_connect` looks at any certificate shown.

    As the exporter does, a connection that is not trusted yields no certificate metrics to `http_2xx`.
    """
    page = Exposition()
    page.add("probe_duration_seconds", finding.seconds)
    if module == "tls_connect":
        page.add("probe_success", float(finding.connected))
    else:
        page.add("probe_success", float(finding.succeeded))
        page.add("probe_http_status_code", finding.status if finding.trusted is not False else 0)
    if finding.expires_at and (module == "tls_connect" or finding.trusted):
        page.add("probe_ssl_earliest_cert_expiry", finding.expires_at)
    return page.text()
