"""Where the platform is and who we are: from options, the environment, or `~/.sre-agent/config.yaml`."""

from __future__ import annotations

import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import yaml

from sre_agent.cli.exits import CommandFailed, ExitCode

DEFAULT_URL: Final = "http://127.0.0.1:8080"
CONFIG_FILE: Final = Path("~/.sre-agent/config.yaml")


@dataclass(frozen=True)
class Connection:
    """An address and a token, and where each came from."""

    url: str
    token: str = field(repr=False)
    warning: str = ""
    ca: str = ""
    """File of the authorities that an https address is believed by; empty: those of this system."""
    certificate: str = ""
    """File of the one certificate to believe instead: that of the platform that runs here."""


@dataclass(frozen=True)
class Here:
    """The platform that runs in the present folder; all empty where none does."""

    url: str = ""
    token: str = field(default="", repr=False)
    certificate: str = ""


@dataclass(frozen=True)
class Told:
    """What one source says of the connection; empty: nothing."""

    url: str = ""
    token: str = field(default="", repr=False)
    ca: str = ""


def connection(
    environment: Mapping[str, str],
    options: Told = Told(),
    *,
    config_file: Path = CONFIG_FILE,
    here: Here = Here(),
) -> Connection:
    """Options first, then SRE_AGENT_URL, SRE_AGENT_TOKEN and SRE_AGENT_CA, then the file, then the platform here.

    The token of the platform in the present folder goes nowhere else, and its certificate counts nowhere else.
    Raises CommandFailed where the file cannot be understood.
    """
    file = config_file.expanduser()
    of_file = _read(file)
    variables = Told(*(environment.get(f"SRE_AGENT_{name}", "") for name in ("URL", "TOKEN", "CA")))
    sources = (options, variables, of_file)
    place = (_first(one.url for one in sources) or here.url or DEFAULT_URL).rstrip("/")
    authorities, is_here = _first(one.ca for one in sources), place == here.url
    return Connection(
        url=place,
        token=_first(one.token for one in sources) or (here.token if is_here else ""),
        warning=_open_to_others(file) if of_file.token else "",
        ca=authorities,
        certificate=here.certificate if is_here and not authorities else "",
    )


def _first(values: Iterable[str]) -> str:
    return next(filter(None, values), "")


def _read(file: Path) -> Told:
    """A file that is not there says nothing."""
    try:
        told = yaml.safe_load(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Told()
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as wrong:
        raise CommandFailed(ExitCode.USAGE, f"{file} cannot be read: {wrong}") from None
    known = told if isinstance(told, dict) else {}
    if told is not None and not (isinstance(told, dict) and _is_flat(known)):
        raise CommandFailed(
            ExitCode.USAGE, f"{file} should hold `url:`, `token:` and `ca:`, and nothing else"
        )
    return Told(**{name: str(value) for name, value in known.items() if value is not None})


def _is_flat(told: Mapping[object, object]) -> bool:
    """Whether it holds our names alone and plain values: as text, a list of aliases can be larger than any memory."""
    return set(told) <= {"url", "token", "ca"} and all(
        isinstance(value, str | int | None) for value in told.values()
    )


def _open_to_others(file: Path) -> str:
    others = file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)
    return f"{file} holds a token and others may read it: chmod 600 {file}" if others else ""
