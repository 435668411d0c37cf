"""Makes the secrets of a launch, and lays before each container its own and nobody else's: run once, as root.

Each container's folder under /launch is a volume that only this program and that container ever see. Tokens
between agent and tool servers are new at each launch; while one container of the launch still runs (it holds a lock
on its folder), they stay as they are.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import subprocess  # runs the product's own command  # nosec B404
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

SERVERS = ("k8s", "prometheus", "loki", "github", "notion")
WRITERS = ("k8s", "github")
USERS = ("agent", *SERVERS, "lab")
"""Who holds a lock while it runs."""
GIVEN = {
    "agent": ("tls-cert", "tls-key"),
    "k8s": ("kubeconfig", "kubeconfig-write"),
    "prometheus": ("prometheus-token", "alertmanager-token"),
    "loki": ("loki-token",),
}
"""Files of the user's own that a container needs but may not be able to read where they lie."""
CONTAINER_USER = 10_001


@dataclass(frozen=True)
class Ground:
    """Where everything lies, and whom it is given to."""

    launch: Path
    given: Path
    give: Callable[[Path], None]
    """Makes a file or folder the property of the containers' user."""
    make_keys: Callable[[Path], None]
    """Makes grant.key and grant.pub in a folder, where they are absent."""


def prepare(ground: Ground, environment: Mapping[str, str]) -> list[str]:
    """Lay out everything; what is worth telling."""
    with ExitStack() as locks:
        idle = [_is_idle(ground, user, locks) for user in USERS]
        before = _read(ground.launch / "agent" / "env")
        tokens = _tokens(before, renew=all(idle))
        owned, told = _owned(environment, before)
        _lay_agent(ground, {**owned, **tokens})
        for server in SERVERS:
            _lay_server(ground, server, tokens[_token_of(server)])
        _lay(ground, "lab", {"webhook-token": owned["WEBHOOK_TOKEN"], "env": ""})
        _lay_postgres(ground, environment)
    told.append("new tokens for the tool servers" if all(idle) else "the platform runs: its tokens stay")
    return told


def _is_idle(ground: Ground, user: str, locks: ExitStack) -> bool:
    """Whether nobody uses the folder; then nobody may begin to before the locks are let go of."""
    folder = ground.launch / user
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    ground.give(folder)
    path = folder / "lock"
    if not path.exists():
        path.write_text("held by those who run with the tokens of this launch\n")
        ground.give(path)
    lock = locks.enter_context(path.open())
    try:
        fcntl.flock(lock.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _token_of(server: str) -> str:
    return f"MCP_{server.upper()}_TOKEN"


def _tokens(before: Mapping[str, str], *, renew: bool) -> dict[str, str]:
    names = [_token_of(server) for server in SERVERS]
    return {name: (not renew and before.get(name)) or secrets.token_urlsafe(32) for name in names}


def _owned(environment: Mapping[str, str], before: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """What is set wins over what this platform used before, and that over something new."""
    owned: dict[str, str] = {}
    told: list[str] = []
    for name in ("ADMIN_TOKEN", "WEBHOOK_TOKEN"):
        known = environment.get(name, "").strip() or before.get(name, "")
        owned[name] = known or secrets.token_urlsafe(32)
        if not known:
            told.append(f"{name}={owned[name]}   (made now; shown this once)")
    return owned, told


def _lay_agent(ground: Ground, variables: Mapping[str, str]) -> None:
    folder = ground.launch / "agent"
    ground.make_keys(folder)
    for name in ("grant.key", "grant.pub"):
        ground.give(folder / name)
    _lay(ground, "agent", {"env": _lines(variables), **_given(ground, "agent")})


def _lay_server(ground: Ground, server: str, token: str) -> None:
    files = {"env": _lines({"MCP_TOKEN": token})}
    if server in WRITERS:
        files["grant.pub"] = (ground.launch / "agent" / "grant.pub").read_text()
    _lay(ground, server, {**files, **_given(ground, server)})


def _given(ground: Ground, user: str) -> dict[str, str]:
    """The user's own files for this container, by name; one that is given no longer is taken away."""
    files: dict[str, str] = {}
    for name in GIVEN.get(user, ()):
        source = ground.given / name
        if source.is_file() and source.stat().st_size:
            files[name] = source.read_text()
        else:
            (ground.launch / user / name).unlink(missing_ok=True)
    return files


def _lay_postgres(ground: Ground, environment: Mapping[str, str]) -> None:
    """Its own user reads it; a database keeps the password it was first made with."""
    folder = ground.launch / "postgres"
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    path = folder / "password"
    if not path.exists():
        path.write_text(environment.get("POSTGRES_PASSWORD", "").strip() or secrets.token_urlsafe(24))
        path.chmod(0o444)


def _lay(ground: Ground, user: str, files: Mapping[str, str]) -> None:
    """Each whole or not at all, for its owner alone."""
    for name, text in files.items():
        path = ground.launch / user / name
        fresh = path.with_name(f".{name}.new")
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400), "w") as file:
            file.write(text)
        ground.give(fresh)
        os.replace(fresh, path)


def _lines(variables: Mapping[str, str]) -> str:
    return "".join(f"{name}={value}\n" for name, value in variables.items())


def _read(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    return dict(line.split("=", 1) for line in path.read_text().splitlines() if "=" in line)


def _give_to_container_user(path: Path) -> None:
    os.chown(path, CONTAINER_USER, CONTAINER_USER)


def _make_keys(folder: Path) -> None:
    command = shutil.which("python") or sys.executable
    subprocess.run(  # noqa: S603  # the product's own command  # nosec B603
        [command, "-m", "sre_agent.cli.main", "keys", "--folder", str(folder)],
        check=True,
        stdout=subprocess.DEVNULL,
    )


def unfit(environment: Mapping[str, str]) -> str:
    """Why nothing may start with these settings; empty where all is well."""
    if environment.get("TLS_CERT_FILE") and not environment.get("REAL_SYSTEMS"):
        return (
            "TLS_CERT_FILE is set, and PROMETHEUS_URL is not: the lab's Alertmanager knows no authority of yours; "
            "leave TLS_CERT_FILE out with the lab, or set PROMETHEUS_URL"
        )
    return ""


def main() -> None:
    if wrong := unfit(os.environ):
        sys.exit(wrong)
    ground = Ground(Path("/launch"), Path("/given"), _give_to_container_user, _make_keys)
    for line in prepare(ground, os.environ):
        print(line, flush=True)


if __name__ == "__main__":
    main()
