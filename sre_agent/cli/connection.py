"""Where the platform is and who we are: from options, the environment, or `~/.sre-agent/config.yaml`."""

from __future__ import annotations

import stat
from collections.abc import Mapping
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


def connection(
    environment: Mapping[str, str],
    *,
    url: str = "",
    token: str = "",
    config_file: Path = CONFIG_FILE,
    here: tuple[str, str] = ("", ""),
) -> Connection:
    """Options first, then SRE_AGENT_URL and SRE_AGENT_TOKEN, then the file, then the platform that runs here.

    `here`: (address, token) of the platform in the present folder; its token goes nowhere else. Raises
    CommandFailed where the file cannot be understood.
    """
    file = config_file.expanduser()
    told = _read(file)
    token_of_file = told.get("token", "")
    place = (
        url or environment.get("SRE_AGENT_URL", "") or told.get("url", "") or here[0] or DEFAULT_URL
    ).rstrip("/")
    known = token or environment.get("SRE_AGENT_TOKEN", "") or token_of_file
    return Connection(
        url=place,
        token=known or (here[1] if place == here[0] else ""),
        warning=_open_to_others(file) if token_of_file else "",
    )


def _read(file: Path) -> dict[str, str]:
    """`url` and `token`; a file that is not there says nothing."""
    try:
        told = yaml.safe_load(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as wrong:
        raise CommandFailed(ExitCode.USAGE, f"{file} cannot be read: {wrong}") from None
    known = told if isinstance(told, dict) else {}
    if told is not None and (not isinstance(told, dict) or set(known) - {"url", "token"}):
        raise CommandFailed(ExitCode.USAGE, f"{file} should hold `url:` and `token:`, and nothing else")
    return {name: str(value) for name, value in known.items() if value is not None}


def _open_to_others(file: Path) -> str:
    others = file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)
    return f"{file} holds a token and others may read it: chmod 600 {file}" if others else ""
