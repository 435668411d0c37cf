"""What can be set natively can be set in containers too."""

from __future__ import annotations

import re
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
import yaml

from sre_agent.settings import TOOL_SERVERS, Settings

ROOT = Path(__file__).parents[3]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "infrastructure" / "docker-compose.yaml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
LAID_BY_INIT = {"ADMIN_TOKEN", "WEBHOOK_TOKEN", *(f"MCP_{name.upper()}_TOKEN" for name in TOOL_SERVERS)}


def test_every_setting_of_the_agent_reaches_its_container() -> None:
    handed_on = set(SERVICES["agent"]["environment"])
    assert {name.upper() for name in Settings.model_fields} - handed_on == LAID_BY_INIT


@pytest.mark.parametrize("server", TOOL_SERVERS)
def test_every_variable_a_tool_server_explains_reaches_its_container(server: str) -> None:
    page = (ROOT / "mcp_servers" / server / "README.md").read_text("utf-8")
    rows = re.findall(r"^\| (`[A-Z_`, or()]+) \|", page, re.M)
    explained = {name for row in rows for name in re.findall(r"`([A-Z][A-Z_]+)`", row)} - {"MCP_"}
    assert explained
    assert explained <= set(SERVICES[f"mcp-{server}"]["environment"])


def filled(text: str, **variables: str) -> str:
    """As compose fills in `${NAME}`, `${NAME:-else}` and `${NAME:+instead}`."""

    def value(found: re.Match[str]) -> str:
        name, how, word = found.groups()
        given = variables.get(name, "")
        if how == ":+":
            return word if given else ""
        return given or (word if how == ":-" else "")

    return re.sub(r"\$\{([A-Z_]+)(?:(:[-+])([^{}]*))?\}", value, text)


@pytest.mark.promise("KEEP-14")
@pytest.mark.parametrize("network", ["", "192.168.77"])
@pytest.mark.parametrize("more", ["", "10.9.0.0/16"])
def test_the_agent_believes_the_dashboards_address_and_nobody_is_given_it(network: str, more: str) -> None:
    said = {"EDGE_NETWORK": network, "TRUSTED_PROXIES": more}
    believed = filled(SERVICES["agent"]["environment"]["TRUSTED_PROXIES"], **said).split(",")
    dashboard = filled(SERVICES["dashboard"]["networks"]["edge"]["ipv4_address"], **said)
    (given,) = COMPOSE["networks"]["edge"]["ipam"]["config"]
    assert believed == [dashboard, *([more] if more else [])]
    assert ip_address(dashboard) in ip_network(filled(given["subnet"], **said))
    assert ip_address(dashboard) not in ip_network(filled(given["ip_range"], **said))
    others = [
        name
        for name, one in SERVICES.items()
        if isinstance(one.get("networks"), dict) and name != "dashboard"
    ]
    assert others == [], "nobody else has a fixed address"


@pytest.mark.promise("KEEP-14")
def test_with_a_certificate_nobody_is_believed_for_whatever_passes_the_dashboard_unopened() -> None:
    said = {"TLS_CERT_FILE": "cert.pem"}
    believed = filled(SERVICES["agent"]["environment"]["TRUSTED_PROXIES"], **said).split(",")
    (given,) = COMPOSE["networks"]["edge"]["ipam"]["config"]
    passing = ip_address(filled(SERVICES["dashboard"]["networks"]["edge"]["ipv4_address"], **said))
    assert str(passing) not in believed
    assert passing in ip_network(filled(given["subnet"], **said))
    assert passing not in ip_network(filled(given["ip_range"], **said))


@pytest.mark.promise("KEEP-14")
def test_the_dashboards_proxy_says_whom_it_sees_and_repeats_nothing_of_what_they_say() -> None:
    text = (ROOT / "infrastructure" / "images" / "dashboard.conf").read_text()
    told = dict(re.findall(r"proxy_set_header (\S+) (\S+);", text))
    assert told["X-Forwarded-For"] == "$remote_addr"
    assert (told["Forwarded"], told["X-Real-IP"]) == ('""', '""')
    assert "proxy_add_x_forwarded_for" not in text
    assert "real_ip_header" not in text
