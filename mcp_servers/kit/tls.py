"""The certificate a tool server is served with, where the agent is on another machine."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from pathlib import Path

from mcp_servers.kit.problems import SettingProblem

CERTIFICATE, KEY = "MCP_TLS_CERT_FILE", "MCP_TLS_KEY_FILE"


def server_context(env: Mapping[str, str]) -> ssl.SSLContext | None:
    """What to serve with: TLS 1.2 or 1.3; None where no certificate is set. Raises SettingProblem."""
    certificate, key = (env.get(name, "").strip() for name in (CERTIFICATE, KEY))
    if not certificate and not key:
        return None
    if not (certificate and key):
        missing, there = (KEY, CERTIFICATE) if certificate else (CERTIFICATE, KEY)
        raise SettingProblem(missing, f"not set, and {there} is", "the other half of the pair")
    _check_mode(Path(key))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION
    try:
        context.load_cert_chain(certificate, key, password=_no_passphrase)
    except (ssl.SSLError, OSError, ValueError) as wrong:
        raise SettingProblem(
            CERTIFICATE,
            f"{certificate!r}, which cannot be served with the key in {key!r} ({wrong})",
            "a certificate in PEM, followed by those between it and its authority, and its key without a passphrase",
        ) from wrong
    return context


def _check_mode(key: Path) -> None:
    try:
        mode = key.stat().st_mode
    except OSError as wrong:
        raise SettingProblem(
            KEY, f"{str(key)!r} ({wrong.strerror})", "the path of a private key in PEM"
        ) from wrong
    if mode & 0o007:
        raise SettingProblem(KEY, f"{str(key)!r}, which everybody may use", "a file of mode 0640 or less")


def _no_passphrase() -> str:
    """Without this, OpenSSL would ask at the terminal and wait."""
    raise ValueError("the key has a passphrase")
