"""Kubeconfig files, as kubectl and every client library read them."""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass
from pathlib import Path

import yaml

from infrastructure.lab.kube.auth.certificates import KeyPair


def _encoded(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


@dataclass(frozen=True)
class Kubeconfig:
    cluster: str
    url: str
    authority: bytes

    def for_certificate(self, user: str, pair: KeyPair) -> str:
        return self._text(
            user,
            {
                "client-certificate-data": _encoded(pair.certificate),
                "client-key-data": _encoded(pair.key),
            },
            "default",
        )

    def for_token(self, user: str, token: str, namespace: str) -> str:
        return self._text(user, {"token": token}, namespace)

    def _text(self, user: str, credentials: dict[str, str], namespace: str) -> str:
        cluster = {"server": self.url, "certificate-authority-data": _encoded(self.authority)}
        context = {"cluster": self.cluster, "user": user, "namespace": namespace}
        document = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": self.cluster, "cluster": cluster}],
            "users": [{"name": user, "user": credentials}],
            "contexts": [{"name": self.cluster, "context": context}],
            "current-context": self.cluster,
        }
        return yaml.safe_dump(document, sort_keys=False)


def write_private(path: Path, text: str | bytes) -> Path:
    """Only the owner may read it, from its first moment."""
    path.parent.mkdir(parents=True, exist_ok=True)
    raw = text.encode() if isinstance(text, str) else text
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(raw)
    return path
