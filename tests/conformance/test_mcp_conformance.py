"""Every tool server, as a process, passes each scenario of the official suite that is about what it offers."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.components.mcp_processes import ServerProcess
from tests.components.mcp_serving import TOKEN
from tests.conformance.lent_token import lending
from tests.conformance.suite import APPLIES, DOES_NOT_APPLY, checks, scenarios

pytestmark = pytest.mark.conformance

NOWHERE = "http://127.0.0.1:9"
SERVERS = {
    "k8s": {},
    "prometheus": {"PROMETHEUS_URL": NOWHERE},
    "loki": {"LOKI_URL": NOWHERE},
    "github": {"GITHUB_API_URL": NOWHERE, "GITHUB_REPOSITORIES": "acme/shop"},
    "notion": {},
}
"""The protocol is held to the suite; the systems behind the servers need not be there."""


@pytest.fixture(scope="module", params=list(SERVERS))
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the suite reaches one server: through the door that lends it the token."""
    folder = tmp_path_factory.mktemp(request.param)
    with socket.create_server(("127.0.0.1", 0)) as door:
        address = f"127.0.0.1:{door.getsockname()[1]}"
        process = ServerProcess(
            f"mcp_servers.{request.param}",
            folder,
            MCP_ALLOWED_HOSTS=address,
            RUNBOOK_DIR=str(folder),
            **SERVERS[request.param],
        ).start()
        try:
            with lending(door, f"http://127.0.0.1:{process.port}", TOKEN):
                yield f"http://{address}/mcp"
        finally:
            process.stop()


@pytest.mark.parametrize("scenario", APPLIES)
def test_the_server_passes(url: str, scenario: str, tmp_path: Path) -> None:
    found = checks(url, scenario, tmp_path)

    assert found, "the suite checked nothing"
    assert [check for check in found if check["status"] == "FAILURE"] == []


def test_no_scenario_is_passed_over_in_silence() -> None:
    assert scenarios() == {*APPLIES, *DOES_NOT_APPLY}
    assert not set(APPLIES) & set(DOES_NOT_APPLY)
