"""Who we are to callers and whom we believe: certificates are checked whole before a port opens or a call is made."""

from __future__ import annotations

import ssl
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sre_agent.errors import SettingError
from sre_agent.settings_tls import TlsSettings

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
    from cryptography.x509 import Certificate

_BEGIN, _END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
_CERTIFICATE = "a certificate in PEM, followed by those between it and its authority"
_KEY = "a private key in PEM, without a passphrase"
_MODE = "a file of mode 0640 or less"


def server_context(settings: TlsSettings, now: datetime) -> ssl.SSLContext | None:
    """What to serve with: TLS 1.2 or 1.3; None where no certificate is set.

    Raises SettingError where a file cannot be read, the key is another's or open to everybody, or the certificate is
    of no use at `now`.
    """
    if (files := settings.tls_files()) is None:
        return None
    certificate, key = files
    _check(certificate, key, now)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION
    try:
        context.load_cert_chain(certificate, key)
    except (ssl.SSLError, OSError) as wrong:
        raise SettingError("TLS_CERT_FILE", f"{certificate} ({wrong})", _CERTIFICATE) from wrong
    return context


def pinned_context(certificate: Path) -> ssl.SSLContext:
    """Believes the first certificate of this file and no other, by whatever name it was called.

    For this machine's own platform, which is called by an address that its certificate need not name. Raises
    SettingError where there is none.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    text = _text("TLS_CERT_FILE", certificate, _CERTIFICATE).decode("ascii", "replace")
    try:
        context.load_verify_locations(cadata=f"{_BEGIN}{text.split(_BEGIN, 1)[1].split(_END, 1)[0]}{_END}\n")
    except (IndexError, ssl.SSLError) as wrong:
        raise SettingError("TLS_CERT_FILE", f"{certificate} ({wrong})", _CERTIFICATE) from wrong
    return context


def trusting_context(setting: str, authorities: Path) -> ssl.SSLContext:
    """Believes what these authorities signed, and nobody else. Raises SettingError by the setting's name."""
    expected = "a file of authorities' certificates in PEM"
    text = _text(setting, authorities, expected).decode("ascii", "replace")
    try:
        context = ssl.create_default_context(cadata=text)
    except (ssl.SSLError, ValueError) as wrong:
        raise SettingError(setting, f"{authorities} ({wrong})", expected) from wrong
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def trust_in_tool_servers(settings: TlsSettings) -> ssl.SSLContext | None:
    """Whom to believe about a tool server; None: this system's authorities. Raises SettingError."""
    return trusting_context("MCP_CA_FILE", settings.mcp_ca_file) if settings.mcp_ca_file else None


def _check(certificate: Path, key: Path, now: datetime) -> None:
    first, public = _certificate(certificate), _public_half(key)
    if wrong := _fault(first, now):
        found, expected = wrong
        raise SettingError("TLS_CERT_FILE", f"{certificate}, which {found}", expected)
    if first.public_key() != public:
        found = f"{key}, which is not the key of the certificate in {certificate}"
        raise SettingError("TLS_KEY_FILE", found, "the key that certificate was made for")


def _fault(certificate: Certificate, now: datetime) -> tuple[str, str] | None:
    """(what is wrong, what it should be)."""
    from cryptography.x509 import ExtensionNotFound, SubjectAlternativeName

    begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if now >= ends:
        return f"expired at {ends.isoformat()}", "one that is valid now: renew it, and start again"
    if now < begins:
        return f"is not valid before {begins.isoformat()}", "one that is valid now; is this clock right?"
    try:
        certificate.extensions.get_extension_for_class(SubjectAlternativeName)
    except ExtensionNotFound:
        return "names no host", "one with the hosts it is for as subjectAltName: clients look nowhere else"
    return None


def _certificate(path: Path) -> Certificate:
    from cryptography.x509 import load_pem_x509_certificates

    text = _text("TLS_CERT_FILE", path, _CERTIFICATE)
    try:
        return load_pem_x509_certificates(text)[0]
    except ValueError as wrong:
        raise SettingError("TLS_CERT_FILE", f"{path} (no certificate in PEM)", _CERTIFICATE) from wrong


def _public_half(path: Path) -> PublicKeyTypes:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    text = _text("TLS_KEY_FILE", path, _KEY)
    if path.stat().st_mode & 0o007:
        raise SettingError("TLS_KEY_FILE", f"{path}, which everybody may use", _MODE)
    try:
        return load_pem_private_key(text, password=None).public_key()
    except TypeError as locked:
        raise SettingError("TLS_KEY_FILE", f"{path}, which is locked by a passphrase", _KEY) from locked
    except (ValueError, UnsupportedAlgorithm) as wrong:
        # what stands in the file is not repeated: it may be a secret all the same
        raise SettingError("TLS_KEY_FILE", f"{path} (no private key in PEM)", _KEY) from wrong


def _text(setting: str, path: Path, expected: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as problem:
        raise SettingError(setting, f"{path} ({problem.strerror})", expected) from problem
