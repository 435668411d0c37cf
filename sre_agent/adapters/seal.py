"""The platform's seal: signs audit entries, and keeps the newest head where no hand in the database reaches it."""

from __future__ import annotations

import base64
import fcntl
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from logging.handlers import SysLogHandler
from pathlib import Path

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import ValidationError

from mcp_servers.kit.grants import private_key_from_pem
from sre_agent.domain.audit import AuditHead, Genuine, signed_text
from sre_agent.domain.seals import fingerprint, genuine_by
from sre_agent.errors import SettingError

_log = structlog.get_logger("audit")


class HeadFile:
    """The newest head in a file of its own, replaced whole; it never goes back. Usable from several threads and processes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._guard = threading.Lock()

    def read(self) -> AuditHead | None:
        """None where there is no file yet. Raises SettingError where it holds something else."""
        try:
            return AuditHead.model_validate_json(self._path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValidationError) as wrong:
            found = f"{self._path}, which does not hold the head of an audit trail ({type(wrong).__name__})"
            expected = "the file this platform wrote; keep it for the inquiry, and restore it from a backup"
            raise SettingError("AUDIT_HEAD_FILE", found, expected) from wrong

    def write(self, head: AuditHead) -> None:
        """Durable when this returns; an older head than the one that is there changes nothing."""
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._guard, _alone(self._path.with_suffix(".lock")):
            there = self.read()
            if there is not None and there.seq >= head.seq:
                return
            beside = self._path.with_suffix(".new")
            with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(head.model_dump_json().encode())
                file.flush()
                os.fsync(file.fileno())
            beside.replace(self._path)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """No other process is inside meanwhile: the API's and the runner's both write what they have signed."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


class Seal:
    """Holds the key that signs the trail. `syslog`: (host, port) that is told of every head by UDP, where given."""

    def __init__(
        self, key: Ed25519PrivateKey, heads: HeadFile, *, syslog: tuple[str, int] | None = None
    ) -> None:
        self._key = key
        self._heads = heads
        self._syslog = _Syslog(syslog) if syslog else None
        self.known = heads.read()
        """The newest head outside, as far as this process knows; what is in the database must lead there."""

    def sign(self, purpose: str, seq: int, digest: str) -> str:
        return base64.urlsafe_b64encode(self._key.sign(signed_text(purpose, seq, digest))).decode()

    @property
    def genuine(self) -> Genuine:
        return genuine_by(self._key.public_key())

    @property
    def fingerprint(self) -> str:
        return fingerprint(self._key.public_key())

    @property
    def public_pem(self) -> str:
        return self._key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def outside(self) -> AuditHead | None:
        """What the file holds now, whoever wrote it. Raises SettingError."""
        return self._heads.read()

    def publish(self, head: AuditHead) -> None:
        """Leave the head outside: in the file, in the process's log, and with syslog. Never fails what was done."""
        if self.known is not None and self.known.seq >= head.seq:
            return
        self.known = head
        _log.info("audit.head", seq=head.seq, hash=head.hash, signature=head.signature)
        try:
            self._heads.write(head)
        except (OSError, SettingError) as wrong:
            _log.error("audit.head_not_kept", error=str(wrong))
        if self._syslog is not None:
            self._syslog.tell(head)

    def refuse(self, head: AuditHead) -> None:
        """The database does not lead to the head outside: that head stays, as the proof that something was changed."""
        _log.error("audit.trail_torn", head_outside=self.known and self.known.seq, entry=head.seq)


class _Syslog:
    def __init__(self, address: tuple[str, int]) -> None:
        self._address = address

    def tell(self, head: AuditHead) -> None:
        """One datagram (RFC 3164, facility `auth`, severity `notice`); nobody waits for an answer."""
        priority = SysLogHandler.LOG_AUTH * 8 + SysLogHandler.LOG_NOTICE
        said = f"<{priority}>sre-agent: audit head seq={head.seq} hash={head.hash} signature={head.signature}"
        family = socket.AF_INET6 if ":" in self._address[0] else socket.AF_INET
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as out:
                out.sendto(said.encode(), self._address)
        except OSError as wrong:
            _log.warning("audit.syslog_unreachable", error=str(wrong))


def seal_from(key_file: Path, head_file: Path, *, syslog: tuple[str, int] | None = None) -> Seal:
    """Raises SettingError where the key cannot be used, or others may read it."""
    expected = "an Ed25519 private key in PEM form with mode 0600"
    try:
        if key_file.stat().st_mode & 0o077:
            raise SettingError("AUDIT_KEY_FILE", f"{key_file}, which others may read", expected)
        key = private_key_from_pem(key_file.read_bytes())
    except (OSError, ValueError) as problem:
        raise SettingError("AUDIT_KEY_FILE", f"{key_file} ({problem})", expected) from problem
    return Seal(key, HeadFile(head_file), syslog=syslog)
