"""A wrong setting stops the start with its name, what it was, and what it should be."""

from __future__ import annotations

from pathlib import Path

import pytest

from sre_agent import bootstrap
from sre_agent.errors import SettingError
from sre_agent.law_source import LawSource
from sre_agent.settings import Settings, read

WRONG = {
    "AGENT_PORT": ("eighty", "a whole number from 1 to 65535"),
    "DASHBOARD_PORT": ("70000", "a whole number from 0 to 65535"),
    "POLICY_PROFILE": ("lax", "one of default, strict, read-only"),
    "POLICY_POLL_SECONDS": ("0", "a number above 0 to 3600"),
    "RUNNER_CONCURRENCY": ("-1", "a whole number from 0 to 64"),
    "MAX_TURNS": ("0", "a whole number from 1 to 100"),
    "BASELINE_SECONDS": ("5", "a whole number from 20 to 604800"),
    "RATE_WINDOW_SECONDS": ("1", "a whole number from 2 to 3600"),
    "VERIFY_SETTLE_SECONDS": ("1.5", "a whole number from 1 to 86400"),
    "VERIFY_TIMEOUT_SECONDS": ("1", "a whole number from 5 to 86400"),
    "POLL_SECONDS": ("0", "a number above 0 to 60"),
    "QUESTION_SECONDS": ("601", "a whole number from 1 to 600"),
    "APPROVAL_SECONDS": ("1h", "a whole number from 10 to 2592000"),
    "AUDIT_KEEP_DAYS": ("0", "a whole number from 1 to 36500"),
    "AUDIT_SYSLOG": ("logs.example", "text (host:port that is told of each audit head by UDP)"),
    "TRUSTED_PROXIES": (
        "0.0.0.0/0",
        "text (comma list of addresses and networks (10.1.0.7, 10.2.0.0/16) of proxies in front of us, whose "
        "X-Forwarded-For and X-Forwarded-Proto are believed; empty: nobody's are read)",
    ),
    "TRUST_START": ("never", "one of observe, suggest, approve, act"),
    "LOG_LEVEL": ("loud", "one of DEBUG, INFO, WARNING, ERROR"),
    "LOG_FORMAT": ("xml", "one of json, console"),
    "LLM_PROVIDER": ("openapi", "one of ollama, groq, openai, anthropic, none"),
    "LLM_SECONDS": ("0", "a whole number from 1 to 300"),
    "LLM_MAX_TOKENS": ("12", "a whole number from 64 to 8192"),
    "LLM_PRICE_IN": ("-1", "a number from 0 to 1000000"),
    "LLM_PRICE_OUT": ("free", "a number from 0 to 1000000"),
    "OLLAMA_BASE_URL": ("localhost:11434", "an address that begins with http:// or https://"),
    "OPENAI_BASE_URL": ("ftp://there", "an address that begins with http:// or https://"),
    "MCP_K8S_URL": ("k8s:9000", "an address that begins with http:// or https://"),
    "MCP_LOKI_URL": ("http://", "an address that begins with http:// or https://"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_told_by_name_with_what_it_was_and_what_it_should_be(name: str) -> None:
    value, expected = WRONG[name]
    with pytest.raises(SettingError) as caught:
        read({name: value})
    assert caught.value.name == name
    assert f"setting {name} is {value!r}; it should be {expected}" in str(caught.value)


def test_every_setting_that_is_not_mere_text_is_tried_here() -> None:
    plain = (str, Path, Path | None)
    typed = {
        name.upper()
        for name, field in Settings.model_fields.items()
        if field.annotation not in plain and "Secret" not in str(field.annotation)
    }
    assert typed <= WRONG.keys(), typed - WRONG.keys()


def test_an_empty_setting_is_one_that_is_not_set() -> None:
    plain = read({})
    assert [name for name in Settings.model_fields if read({name.upper(): "  "}) != plain] == []


def test_a_level_may_be_written_small() -> None:
    assert read({"LOG_LEVEL": "warning"}).log_level == "WARNING"


def test_a_secret_in_an_address_is_not_shown() -> None:
    with pytest.raises(SettingError) as caught:
        read({"OPENAI_BASE_URL": "ftp://me:swordfish@there"})
    assert "swordfish" not in str(caught.value)


def test_recovery_that_could_never_hold_long_enough_is_refused() -> None:
    with pytest.raises(SettingError, match="VERIFY_SETTLE_SECONDS is 900, and VERIFY_TIMEOUT_SECONDS is 600"):
        read({"VERIFY_SETTLE_SECONDS": "900"})


def test_a_tool_server_without_its_token_is_missed_at_the_start() -> None:
    with pytest.raises(SettingError, match="MCP_K8S_TOKEN is not set, and MCP_K8S_URL is"):
        read({"MCP_K8S_URL": "http://127.0.0.1:9001/mcp"})


@pytest.mark.promise("KEEP-10")
@pytest.mark.parametrize(
    "url",
    [
        "http://tools.example:8000/mcp",
        "http://10.0.0.7:8000/mcp",
        "http://localhost.evil.example/mcp",
        "http://127.0.0.1.evil.example/mcp",
        "http://[::ffff:10.0.0.7]/mcp",
        "http://127.0.0.1@evil.example/mcp",
        "HTTP://tools.example/mcp",
    ],
)
def test_a_bearer_token_goes_in_the_clear_to_this_machine_alone(url: str) -> None:
    with pytest.raises(SettingError, match="MCP_K8S_URL"):
        read({"MCP_K8S_URL": url, "MCP_K8S_TOKEN": "t" * 40})


@pytest.mark.parametrize(
    ("url", "trusted"),
    [
        ("http://127.0.0.1:8000/mcp", ""),
        ("http://localhost:8000/mcp", ""),
        ("http://[::1]:8000/mcp", ""),
        ("https://tools.example/mcp", ""),
        ("http://mcp-k8s:8000/mcp", "mcp-loki, MCP-K8S"),
    ],
)
def test_over_tls_on_this_machine_and_where_the_network_is_trusted_by_name_it_goes(
    url: str, trusted: str
) -> None:
    given = {"MCP_K8S_URL": url, "MCP_K8S_TOKEN": "t" * 40, "MCP_PLAIN_HTTP_HOSTS": trusted}
    assert read(given).server("k8s")[0] == url


@pytest.mark.parametrize("name", ["policy_path", "agent_config_path"])
def test_a_file_that_is_not_there_is_told_by_the_settings_name(name: str, tmp_path: Path) -> None:
    reading = {"policy_path": lambda path: LawSource(path).read(), "agent_config_path": bootstrap.read_belt}[
        name
    ]
    with pytest.raises(SettingError, match=rf"{name.upper()} is {tmp_path}/none\.yaml"):
        reading(tmp_path / "none.yaml")
