"""The platform as native processes: what each of them holds, and that it stands up again whatever is killed."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from sre_agent.settings import TOOL_SERVERS
from tests.components.native.platform_stand import PROCESSES, SECRETS, Stand, kill, runs, until

OWNED = {
    "github": {"ghp_secret-of-github"},
    "notion": {"secret_of-notion"},
    "loki": {"secret-of-loki"},
    "agent": {SECRETS["ADMIN_TOKEN"], SECRETS["WEBHOOK_TOKEN"], SECRETS["GROQ_API_KEY"]},
}


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    found = Stand(tmp_path_factory.mktemp("platform"))
    started = found.run("up")
    assert started.returncode == 0, started.stdout + started.stderr
    yield found
    found.run("down")


def environment(pid: int) -> dict[str, str]:
    parts = Path(f"/proc/{pid}/environ").read_text().split("\0")
    return dict(part.split("=", 1) for part in parts if "=" in part)


def open_files(pid: int) -> set[str]:
    found: set[str] = set()
    for each in Path(f"/proc/{pid}/fd").iterdir():
        try:
            found.add(os.readlink(each))
        except FileNotFoundError:
            continue
    return found


@pytest.mark.promise("KEEP-3")
def test_each_process_holds_its_own_credentials_and_nobody_elses(stand: Stand) -> None:
    pids = stand.pids()
    assert set(pids) == set(PROCESSES)
    for name, pid in pids.items():
        held = environment(pid)
        secrets = {value for value in SECRETS.values() if value in held.values()}
        assert secrets == OWNED.get(name, set()), name
        assert ("KUBECONFIG" in held) == (name == "k8s"), name
        assert ("PROMETHEUS_TOKEN_FILE" in held) == (name == "prometheus"), name
        assert ("GRANT_PRIVATE_KEY_FILE" in held) == (name == "agent"), name
        assert ("GRANT_PUBLIC_KEY_FILE" in held) == (name in ("k8s", "github")), name


@pytest.mark.promise("KEEP-3")
def test_each_tool_server_knows_its_own_token_alone_and_the_agent_knows_all(stand: Stand) -> None:
    held = {name: environment(pid) for name, pid in stand.pids().items()}
    tokens = {name: held[name]["MCP_TOKEN"] for name in TOOL_SERVERS}
    assert len(set(tokens.values())) == len(TOOL_SERVERS)
    for name in TOOL_SERVERS:
        assert not {tokens[other] for other in TOOL_SERVERS if other != name} & set(held[name].values())
        assert held["agent"][f"MCP_{name.upper()}_TOKEN"] == tokens[name]


@pytest.mark.promise("KEEP-3")
def test_no_process_has_another_ones_files_open(stand: Stand) -> None:
    ours = str(stand.folder)
    for name, pid in stand.pids().items():
        files = {file.removeprefix(ours) for file in open_files(pid) if file.startswith(ours)}
        foreign = [file for file in files if re.search(r"kubeconfig|-token|grant\.key|\.env", file)]
        assert not foreign, (name, foreign)
        grants = {Path(file).name.split(".")[0] for file in files if "/grants/" in file}
        assert grants <= {name}, (name, grants)
        assert not [file for file in files if "sre-agent.db" in file] or name == "agent"


@pytest.mark.promise("KEEP-3")
def test_neither_command_lines_nor_logs_nor_the_keeper_hold_a_secret(stand: Stand) -> None:
    tokens = {environment(stand.pids()[name])["MCP_TOKEN"] for name in TOOL_SERVERS}
    secrets = {*SECRETS.values(), *tokens}
    pids = [*stand.pids().values(), stand.state()["pid"]]
    told = [Path(f"/proc/{pid}/cmdline").read_text() for pid in pids]
    told += [path.read_text() for path in (stand.home / "logs").iterdir()]
    told += [path.read_text() for path in (stand.home / "run").iterdir()]
    told.append(Path(f"/proc/{stand.state()['pid']}/environ").read_text())
    assert not [secret for secret in secrets for text in told if secret in text]


def test_keys_and_folders_are_their_owners_alone(stand: Stand) -> None:
    assert stat.S_IMODE((stand.home / "keys" / "grant.key").stat().st_mode) == 0o600
    for folder in ("keys", "grants", "logs", "run"):
        assert stat.S_IMODE((stand.home / folder).stat().st_mode) == 0o700, folder
    for database in stand.home.glob("*.db*"):
        assert not stat.S_IMODE(database.stat().st_mode) & 0o077, database.name


def test_up_again_changes_nothing(stand: Stand) -> None:
    before = stand.state()
    again = stand.run("up")
    assert again.returncode == 0
    assert "runs already" in again.stdout
    assert before["api"] in again.stdout
    assert stand.state() == before


def test_a_tool_server_and_the_agent_that_are_killed_stand_up_again(stand: Stand) -> None:
    before = stand.pids()
    for name in ("agent", "github"):
        kill(before[name])
    until(lambda: all(stand.pids()[name] != before[name] for name in ("agent", "github")), "new processes")
    until(lambda: _answers(f"{stand.state()['api']}/healthz"), "the agent to answer again")
    after = stand.pids()
    assert {name for name in PROCESSES if after[name] != before[name]} == {"agent", "github"}
    assert "github ended (killed by SIGKILL); starting it again" in stand.log("keeper")
    held = environment(after["github"])
    assert held["MCP_TOKEN"] == environment(after["agent"])["MCP_GITHUB_TOKEN"]


def test_a_killed_keeper_leaves_nothing_running_and_the_next_start_works(stand: Stand) -> None:
    before = stand.pids()
    kill(stand.state()["pid"])
    until(lambda: not any(runs(pid) for pid in before.values()), "the processes to end with their keeper")
    started = stand.run("up")
    assert started.returncode == 0, started.stdout + started.stderr
    assert all(runs(pid) for pid in stand.pids().values())


def test_down_ends_every_process_and_says_so_once(stand: Stand) -> None:
    pids = [*stand.pids().values(), stand.state()["pid"]]
    assert stand.run("down").stdout.strip() == "Stopped."
    assert not [pid for pid in pids if runs(pid)]
    again = stand.run("down")
    assert (again.returncode, again.stdout.strip()) == (0, "Nothing runs.")


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False
