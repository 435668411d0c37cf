"""The part of the environment that says with which certificate we serve, which authorities and which proxies we believe."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address, ip_network
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator

from sre_agent.errors import SettingError

TLS_VARIABLES = ("TLS_CERT_FILE", "TLS_KEY_FILE", "TRUSTED_PROXIES")
"""Kept out of the runner's environment, which serves nobody."""


def is_this_machine(host: str) -> bool:
    """A loopback address, or the name that stands for one; no other name is looked up."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


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
    trusted_proxies: str = Field(
        "",
        description="comma list of addresses and networks (10.1.0.7, 10.2.0.0/16) of proxies in front of us, whose "
        "X-Forwarded-For and X-Forwarded-Proto are believed; empty: nobody's are read",
    )
    mcp_ca_file: Path | None = Field(
        None,
        description="authorities (PEM) that a tool server's https:// is believed by; empty: those of this system",
    )

    mcp_plain_http_hosts: str = Field(
        "",
        description="comma list of hosts whose tool servers are spoken to over http://, token and all, because the "
        "network between is yours alone; empty: this machine",
    )

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, told: str) -> str:
        """Raises ValueError; also for the network of everybody, of whom each could then say who they are."""
        networks = [ip_network(part.strip()) for part in told.split(",") if part.strip()]
        if any(network.prefixlen == 0 for network in networks):
            raise ValueError("the network of everybody")
        return ",".join(map(str, networks))

    def check_addresses(self, urls: Mapping[str, str]) -> None:
        """`urls`: setting → address of a tool server. Raises SettingError where a token would go in the clear."""
        trusted = {host.strip().lower() for host in self.mcp_plain_http_hosts.split(",") if host.strip()}
        for setting, url in urls.items():
            parts = urlsplit(url)
            host = (parts.hostname or "").lower()
            if parts.scheme == "http" and not is_this_machine(host) and host not in trusted:
                raise SettingError(
                    setting,
                    f"{url!r}, where everybody on the way could read the bearer token",
                    f"an https:// address, or {host} in MCP_PLAIN_HTTP_HOSTS where the network between is yours alone",
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
