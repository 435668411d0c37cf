"""Pairs of Ed25519 keys in files: made where absent, and rotated so that nothing that was signed stops counting."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from mcp_servers.kit.grants import private_key_from_pem
from mcp_servers.kit.keyring import RingKey, pem_of, read_ring, rotated, written_ring


def make_key_pair(private_path: Path, public_path: Path) -> None:
    """Make both files where the private one is missing; where only the public one is, write it again.

    A file of public keys in which ours is the one in force stays as it is: others may still be ending in it.
    """
    private_path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if private_path.exists():
        key = private_key_from_pem(private_path.read_bytes())
    else:
        key = Ed25519PrivateKey.generate()
        _write(private_path, _private_pem(key), mode=0o600)
    if RingKey(key.public_key()) not in _ring_in(public_path):
        public_path.parent.mkdir(parents=True, exist_ok=True)
        _write(public_path, pem_of(key.public_key()).encode(), mode=0o644)


def rotate_key_pair(private_path: Path, public_path: Path, now: datetime) -> datetime:
    """Sign with a new key from now on; until when the old one counts. Raises OSError, or ValueError for a wrong file.

    The new public key is there before anything is signed with it, and each file is replaced in one go: whoever is
    killed in between leaves a pair that works.
    """
    old = private_key_from_pem(private_path.read_bytes())
    new = Ed25519PrivateKey.generate()
    before = (
        read_ring(public_path.read_text("utf-8")) if public_path.exists() else (RingKey(old.public_key()),)
    )
    ring = rotated(before, new.public_key(), now)
    _write(public_path, written_ring(ring).encode(), mode=0o644)
    _write(private_path, _private_pem(new), mode=0o600)
    return max((each.until for each in ring if each.until), default=now)


def _ring_in(path: Path) -> tuple[RingKey, ...]:
    try:
        return read_ring(path.read_text("utf-8"))
    except (OSError, ValueError):
        return ()


def _private_pem(key: Ed25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _write(path: Path, content: bytes, *, mode: int) -> None:
    """The mode is set at creation: there is no moment in which others may read it, or find half of it."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
