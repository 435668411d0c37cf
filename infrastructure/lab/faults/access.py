"""A Kubernetes API and one account there."""

from __future__ import annotations

import base64
import ssl
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import yaml


@dataclass(frozen=True)
class Access:
    """An address, whom to trust there, and either a token or a client certificate inside `tls`."""

    url: str
    tls: ssl.SSLContext
    token: str = ""

    @classmethod
    def with_token(cls, url: str, ca_file: Path, token: str) -> Self:
        return cls(url, ssl.create_default_context(cafile=str(ca_file)), token)

    @classmethod
    def from_kubeconfig(cls, path: Path) -> Self:
        """The only user of a kubeconfig whose credentials stand in the file itself."""
        said = yaml.safe_load(path.read_text())
        cluster, user = said["clusters"][0]["cluster"], said["users"][0]["user"]
        authority = base64.b64decode(cluster["certificate-authority-data"])
        tls = ssl.create_default_context(cadata=authority.decode())
        if "client-certificate-data" in user:
            _load_pair(tls, user["client-certificate-data"], user["client-key-data"])
        return cls(cluster["server"], tls, user.get("token", ""))


def _load_pair(tls: ssl.SSLContext, certificate: str, key: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        files = Path(folder, "client.crt"), Path(folder, "client.key")
        for file, text in zip(files, (certificate, key), strict=True):
            file.touch(mode=0o600)
            file.write_bytes(base64.b64decode(text))
        tls.load_cert_chain(*files)
