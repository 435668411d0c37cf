"""The part of the environment that says with which certificate we serve, and which authorities we believe."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from sre_agent.errors import SettingError

TLS_VARIABLES = ("TLS_CERT_FILE", "TLS_KEY_FILE")
"""Kept out of the runner's environment, which serves nobody."""


class TlsSettings(BaseModel):
    """Plain HTTP where no certificate is set, as behind a proxy that ends TLS itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tls_cert_file: Path | None = Field(
        None,
        description="certificate (PEM, then its chain) the API and the dashboard are served with; "
        "empty: plain HTTP",
    )
    tls_key_file: Path | None = Field(
        None, description="its private key (PEM, without a passphrase, mode 0640 or less)"
    )
    mcp_ca_file: Path | None = Field(
        None,
        description="authorities (PEM) that a tool server's https:// is believed by; empty: those of this system",
    )

    def tls_files(self) -> tuple[Path, Path] | None:
        """(certificate, key); None where TLS is off. Raises SettingError where one is set without the other."""
        certificate, key = self.tls_cert_file, self.tls_key_file
        if certificate is None and key is None:
            return None
        if certificate is None:
            raise SettingError("TLS_CERT_FILE", "not set, and TLS_KEY_FILE is", "the certificate of that key")
        if key is None:
            raise SettingError("TLS_KEY_FILE", "not set, and TLS_CERT_FILE is", "that certificate's key")
        return certificate, key
