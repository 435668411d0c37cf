"""A tool server's own environment, read once; what is missing or wrong is said by its name."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mcp_servers.kit.key_file import KeyFile, Keys, no_keys
from mcp_servers.kit.problems import SettingProblem
from mcp_servers.kit.tls import server_context

MIN_TOKEN_CHARS: Final = 32
LOG_LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


@dataclass(frozen=True)
class ServerSettings:
    """What every tool server needs, whichever system it is the hand for."""

    name: str
    host: str
    port: int
    token: str
    allowed_hosts: tuple[str, ...]
    cluster: str
    keys: Keys
    grant_store: Path | None
    log_level: str
    tls: ssl.SSLContext | None = None
    """What it is served with; None: plain HTTP."""

    @property
    def scheme(self) -> str:
        return "https" if self.tls else "http"

    @property
    def audience(self) -> str:
        return f"{self.name}@{self.cluster}"

    def __repr__(self) -> str:
        return f"ServerSettings({self.audience} on {self.host}:{self.port})"


def read_settings(env: Mapping[str, str], *, name: str, writes: bool) -> ServerSettings:
    """Raises SettingProblem. `writes`: the server has write tools, and so must keep used grants."""
    host = env.get("MCP_HOST", "").strip() or "127.0.0.1"
    port = whole_number(env, "MCP_PORT", low=0, high=65_535)
    store = env.get("GRANT_STORE", "").strip()
    if writes and not store:
        raise SettingProblem(
            "GRANT_STORE", "not set", "the path of the SQLite file that keeps used grants (made if absent)"
        )
    return ServerSettings(
        name=name,
        host=host,
        port=port,
        token=_token(env),
        allowed_hosts=_allowed_hosts(env, host, port),
        cluster=env.get("MCP_CLUSTER", "").strip() or "default",
        keys=_keys(env),
        grant_store=Path(store) if store else None,
        log_level=_log_level(env),
        tls=server_context(env),
    )


def required(env: Mapping[str, str], name: str, expected: str) -> str:
    """The value of a variable that must be set. Raises SettingProblem."""
    value = env.get(name, "").strip()
    if not value:
        raise SettingProblem(name, "not set", expected)
    return value


def whole_number(
    env: Mapping[str, str], name: str, *, low: int, high: int, default: int | None = None
) -> int:
    """A number within bounds. Raises SettingProblem, also where it is not set and has no default."""
    raw = env.get(name, "").strip()
    if not raw and default is not None:
        return default
    expected = f"a whole number from {low} to {high}"
    if not raw:
        raise SettingProblem(name, "not set", expected)
    if not raw.isascii() or not raw.isdigit() or not low <= int(raw) <= high:
        raise SettingProblem(name, repr(raw), expected)
    return int(raw)


def http_url(env: Mapping[str, str], name: str) -> str:
    """An http(s) address without its last slash, or empty where it is not set. Raises SettingProblem."""
    raw = env.get(name, "").strip()
    if raw and not raw.startswith(("http://", "https://")):
        raise SettingProblem(name, repr(raw), "an address that begins with http:// or https://")
    return raw.rstrip("/")


def file_text(env: Mapping[str, str], name: str) -> str:
    """The stripped text of the file a variable names, or empty where it is not set. Raises SettingProblem."""
    raw = env.get(name, "").strip()
    if not raw:
        return ""
    try:
        return Path(raw).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as problem:
        raise SettingProblem(
            name, f"{raw!r} ({problem})", "the path of a text file this process may read"
        ) from problem


def _token(env: Mapping[str, str]) -> str:
    token = env.get("MCP_TOKEN", "").strip()
    expected = f"the bearer token the agent sends, at least {MIN_TOKEN_CHARS} characters"
    if not token:
        raise SettingProblem("MCP_TOKEN", "not set", expected)
    if len(token) < MIN_TOKEN_CHARS:
        raise SettingProblem("MCP_TOKEN", f"{len(token)} characters long", expected)
    return token


def _allowed_hosts(env: Mapping[str, str], host: str, port: int) -> tuple[str, ...]:
    named = tuple(part.strip() for part in env.get("MCP_ALLOWED_HOSTS", "").split(",") if part.strip())
    if "*" in named:
        raise SettingProblem(
            "MCP_ALLOWED_HOSTS", "'*'", "a comma list of host:port (or host:*), each spelled out"
        )
    return named or (f"{host}:{port}" if port else f"{host}:*",)


def _keys(env: Mapping[str, str]) -> Keys:
    raw = env.get("GRANT_PUBLIC_KEY_FILE", "").strip()
    if not raw:
        return no_keys
    try:
        return KeyFile(Path(raw))
    except (OSError, ValueError) as problem:
        raise SettingProblem(
            "GRANT_PUBLIC_KEY_FILE",
            f"{raw!r}, which cannot be read as keys ({problem})",
            "the path of a file with the agent's Ed25519 public key, or several, in PEM form",
        ) from problem


def _log_level(env: Mapping[str, str]) -> str:
    level = env.get("LOG_LEVEL", "").strip().upper() or "INFO"
    if level not in LOG_LEVELS:
        raise SettingProblem("LOG_LEVEL", repr(level), f"one of {', '.join(LOG_LEVELS)}")
    return level
