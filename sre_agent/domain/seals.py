"""Whether a signature of the audit trail is the platform's: Ed25519, checked with nothing but the public key; pure."""

from __future__ import annotations

import base64
import binascii
import hashlib

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from sre_agent.domain.audit import Genuine, signed_text
from sre_agent.errors import BadInput


def public_key(pem: str) -> Ed25519PublicKey:
    """Raises BadInput where it is no Ed25519 public key in PEM form."""
    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm) as wrong:
        raise BadInput(f"this is no public key in PEM form ({wrong})", field="public_key") from wrong
    if not isinstance(key, Ed25519PublicKey):
        raise BadInput(
            "the audit trail is signed with Ed25519; this key is of another kind", field="public_key"
        )
    return key


def fingerprint(key: Ed25519PublicKey) -> str:
    """SHA-256 of the key's 32 bytes, in hex: short enough to compare by eye."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()


def genuine_by(key: Ed25519PublicKey) -> Genuine:
    """The check for this key."""

    def genuine(purpose: str, seq: int, digest: str, signature: str) -> bool:
        try:
            key.verify(base64.urlsafe_b64decode(signature), signed_text(purpose, seq, digest))
        except (InvalidSignature, binascii.Error, ValueError):
            return False
        return True

    return genuine
