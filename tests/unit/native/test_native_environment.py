"""Which process may know which variable: decided in one place, and checked for every one of them."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from pathlib import Path

import pytest

from sre_agent.cli.native.environment import EVERYBODY, OWN, environment_for, in_the_lab, of_real_systems
from sre_agent.cli.native.launching import known_variables
from sre_agent.cli.native.specs import WRITERS, Launch, lab_settings, platform
from sre_agent.settings import TOOL_SERVERS

SYSTEMS = {name: f"secret-of-{name}" for server in TOOL_SERVERS for name in OWN[server]}
NAMES = (*TOOL_SERVERS, "agent", "dashboard")
LAUNCH = Launch(
    home=Path("/home-of-it"),
    ports={name: 20_000 + place for place, name in enumerate(NAMES)},
    tokens={name: f"token-of-{name}" for name in TOOL_SERVERS},
)
LAB = {
    "agent_kubeconfig": "/lab/kubeconfig",
    "prometheus_url": "http://127.0.0.1:1",
    "alertmanager_url": "http://127.0.0.1:2",
    "loki_url": "http://127.0.0.1:3",
    "github_api_url": "http://127.0.0.1:4",
    "github_token": "lab-token",
    "github_repository": "shop/shop",
    "notion_url": "http://127.0.0.1:5",
    "notion_api_key": "lab-key",
    "notion_database_id": "lab-database",
    "cluster": "lab",
}


def environments(known: Mapping[str, str]) -> dict[str, Mapping[str, str]]:
    return {spec.name: spec.environment for spec in platform(known, LAUNCH)}


@pytest.mark.promise("KEEP-3")
def test_no_variable_of_a_system_goes_to_two_processes() -> None:
    for one, other in combinations(OWN, 2):
        assert not set(OWN[one]) & set(OWN[other]), (one, other)


@pytest.mark.promise("KEEP-3")
def test_each_tool_server_holds_its_own_credentials_and_no_other_secret() -> None:
    known = {
        **SYSTEMS,
        "ADMIN_TOKEN": "secret-admin",
        "WEBHOOK_TOKEN": "secret-webhook",
        "GROQ_API_KEY": "secret-groq",
    }
    for name, environment in environments(known).items():
        held = {value for value in environment.values() if value.startswith(("secret-", "token-of-"))}
        if name == "agent":
            tokens = {f"token-of-{server}" for server in TOOL_SERVERS}
            assert held == {*tokens, "secret-admin", "secret-webhook", "secret-groq"}
        else:
            assert held == {*(f"secret-of-{own}" for own in OWN[name]), f"token-of-{name}"}


@pytest.mark.promise("KEEP-3")
def test_only_the_agent_is_told_of_the_private_key_and_only_writers_of_the_public_one() -> None:
    for name, environment in environments({}).items():
        assert ("GRANT_PRIVATE_KEY_FILE" in environment) == (name == "agent")
        assert ("GRANT_PUBLIC_KEY_FILE" in environment) == (name in WRITERS)
        assert str(LAUNCH.private_key) not in {value for key, value in environment.items() if name != "agent"}


def test_no_token_stands_on_a_command_line() -> None:
    for spec in platform({**SYSTEMS, "ADMIN_TOKEN": "secret-admin"}, LAUNCH):
        words = " ".join(spec.arguments)
        assert "secret" not in words
        assert "token" not in words


def test_nothing_of_a_real_system_stays_behind_when_the_lab_is_watched() -> None:
    """A KUBECONFIG_WRITE that stayed would send the lab's steps to a real cluster."""
    known = in_the_lab({**SYSTEMS, "ADMIN_TOKEN": "mine", "PATH": "/bin"}, lab_settings(LAB))
    assert not [value for value in known.values() if value.startswith("secret-of-")]
    assert known["KUBECONFIG"] == "/lab/kubeconfig"
    assert (known["ADMIN_TOKEN"], known["PATH"], known["CLUSTER"]) == ("mine", "/bin", "lab")


def test_what_the_lab_leaves_unused_is_known_by_name() -> None:
    assert of_real_systems({"KUBECONFIG": "/k", "LOKI_URL": "", "ADMIN_TOKEN": "mine"}) == {
        "KUBECONFIG": "/k"
    }


def test_every_process_reaches_the_same_cluster_name() -> None:
    """The audience of a grant holds it: agent and writers must agree."""
    held = environments({"CLUSTER": "prod"})
    assert {held[name]["MCP_CLUSTER"] for name in TOOL_SERVERS} == {held["agent"]["CLUSTER"]} == {"prod"}


def test_an_empty_variable_is_left_out() -> None:
    assert environment_for("loki", {"LOKI_URL": "", "LOKI_TENANT": "a"}) == {"LOKI_TENANT": "a"}


def test_the_shell_wins_over_the_file_and_only_for_variables_we_know(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("LOKI_URL=http://file\nGITHUB_TOKEN=from-file\nKUBECONFIG=~/kube/config\n")
    known = known_variables(path, {"LOKI_URL": "http://shell", "SOME_SECRET": "x", "HOME": "/h"})
    assert (known["LOKI_URL"], known["GITHUB_TOKEN"]) == ("http://shell", "from-file")
    assert "SOME_SECRET" not in known
    assert known["KUBECONFIG"] == str(Path("~/kube/config").expanduser())


def test_what_everybody_may_know_opens_nothing() -> None:
    assert not [
        name for name in EVERYBODY if any(word in name for word in ("TOKEN", "KEY", "SECRET", "PASSWORD"))
    ]
