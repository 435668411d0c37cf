"""Decides a launch from the settings: ports that can be had, fresh tokens; says by name what is wrong."""

from __future__ import annotations

import errno
import os
import secrets
import socket
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from sre_agent.cli.native import envfile
from sre_agent.cli.native.environment import EVERYBODY, OWN, environment_for, is_watching_something
from sre_agent.cli.native.ports import free_ports
from sre_agent.cli.native.specs import Launch
from sre_agent.errors import SettingError
from sre_agent.settings import TOOL_SERVERS, Settings, read
from sre_agent.tls import server_context

_OWN_HOME = "~/"


def known_variables(env_file: Path, environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The file's assignments, over which the environment wins for variables that we know; as Compose has it.

    Raises SettingError for a line that is none.
    """
    names = {*EVERYBODY, *(name for own in OWN.values() for name in own)}
    from_file = {name: _with_own_home(value) for name, value in envfile.read(env_file).items()}
    return {**from_file, **{name: value for name, value in environment.items() if name in names}}


def _with_own_home(value: str) -> str:
    """Shells put the home folder for `~/`; in a file nobody does."""
    return os.path.expanduser(value) if value.startswith(_OWN_HOME) else value


def agent_settings(known: Mapping[str, str]) -> Settings:
    """The agent's settings, checked as it will check them itself. Raises SettingError."""
    return read(environment_for("agent", known))


def launch_at(home: Path, known: Mapping[str, str], *, any_port: bool) -> Launch:
    """Ports and tokens for a launch. Raises SettingError where one is wrong, or a port that was asked for is taken."""
    settings = agent_settings(known)
    _check_certificate(settings, known)
    names = (*TOOL_SERVERS, "agent", "dashboard")
    ports = dict(zip(names, free_ports(len(names)), strict=True))
    if not any_port:
        ports["agent"], ports["dashboard"] = settings.agent_port, settings.dashboard_port
        check_ports(settings)
    tokens = {name: secrets.token_urlsafe(32) for name in TOOL_SERVERS}
    return Launch(home, ports, tokens, settings.agent_host, settings.tls_cert_file)


def _check_certificate(settings: Settings, known: Mapping[str, str]) -> None:
    """Raises SettingError where the agent could not serve with it, or the lab could not call it."""
    if server_context(settings, datetime.now(UTC)) and not is_watching_something(known):
        expected = (
            "left out with the lab, whose Alertmanager knows no authority of yours; or set PROMETHEUS_URL"
        )
        raise SettingError("TLS_CERT_FILE", "set, and PROMETHEUS_URL is not", expected)


def check_ports(settings: Settings) -> None:
    """Raises SettingError where the agent could not listen as it is told to."""
    wished = {"AGENT_PORT": settings.agent_port, "DASHBOARD_PORT": settings.dashboard_port}
    if settings.agent_port == settings.dashboard_port:
        raise SettingError("DASHBOARD_PORT", f"{settings.dashboard_port}, as AGENT_PORT is", "another port")
    for name, port in wished.items():
        if port:
            _check_port(name, port, settings.agent_host)


def _check_port(name: str, port: int, host: str) -> None:
    try:
        _try(port, host)
    except socket.gaierror:
        raise SettingError("AGENT_HOST", repr(host), "an address of this machine") from None
    except OSError as refusal:
        if refusal.errno == errno.EADDRNOTAVAIL:
            raise SettingError("AGENT_HOST", repr(host), "an address of this machine") from None
        raise SettingError(
            name, f"{port}, {_REFUSED.get(refusal.errno or 0, refusal.strerror)}", _MEND
        ) from None


_MEND = "a free port; set it in .env, or stop that program"
_REFUSED = {
    errno.EADDRINUSE: "which another program uses",
    errno.EACCES: "on which only an administrator may listen",
}


def _try(port: int, host: str) -> None:
    """Listen there for an instant."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))
