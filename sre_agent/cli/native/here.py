"""The platform that runs in this folder, so that whoever started it need not say where it is and who they are."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sre_agent.cli.connection import Here
from sre_agent.cli.native import envfile
from sre_agent.cli.native.home import Home
from sre_agent.errors import SettingError


def running_here(environment: Mapping[str, str], folder: Path) -> Here:
    """Address, administrator's token and certificate of the platform kept in this folder.

    The token is read from the `.env` that the first start wrote for its owner alone: whoever may read
    that file is the administrator already.
    """
    home = Home((folder / environment.get("SRE_AGENT_HOME", "var")).resolve())
    state = home.state()
    if not state.get("ready") or home.keeper_pid() is None:
        return Here()
    token = environment.get("ADMIN_TOKEN", "") or _administrators(folder / ".env")
    return Here(str(state.get("api", "")), token, str(state.get("certificate", "")))


def _administrators(file: Path) -> str:
    """The token in the file; none where the file cannot be read, as then somebody else started the platform."""
    try:
        return envfile.read(file).get("ADMIN_TOKEN", "")
    except SettingError:
        return ""
