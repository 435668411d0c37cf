"""A missing or wrong setting stops the start with its name, what was found and what it should be."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from mcp_servers.kit.problems import SettingProblem
from mcp_servers.kit.settings import (
    file_text,
    http_url,
    read_settings,
    required,
    whole_number,
)
from tests.unit.kit.grant_makings import PRIVATE_KEY

GOOD = {"MCP_PORT": "8101", "MCP_TOKEN": "t" * 40, "GRANT_STORE": "/tmp/x.db"}  # noqa: S108 - never opened


def problem(**changed: str) -> SettingProblem:
    with pytest.raises(SettingProblem) as wrong:
        read_settings(GOOD | changed, name="k8s", writes=True)
    assert wrong.value.name in str(wrong.value)
    assert "should be" in str(wrong.value)
    return wrong.value


def test_what_is_given_is_read_and_the_rest_has_safe_defaults() -> None:
    settings = read_settings(GOOD, name="k8s", writes=True)
    assert (settings.host, settings.port) == ("127.0.0.1", 8101)
    assert settings.allowed_hosts == ("127.0.0.1:8101",)
    assert settings.audience == "k8s@default"
    assert not settings.keys(0)


@pytest.mark.parametrize("missing", ["MCP_PORT", "MCP_TOKEN", "GRANT_STORE"])
def test_what_must_be_set_is_named_when_it_is_not(missing: str) -> None:
    assert problem(**{missing: ""}).name == missing


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MCP_PORT", "eighty"),
        ("MCP_PORT", "70000"),
        ("MCP_PORT", "-1"),
        ("MCP_PORT", "²"),
        ("MCP_TOKEN", "short"),
        ("MCP_ALLOWED_HOSTS", "*"),
        ("LOG_LEVEL", "loud"),
        ("GRANT_PUBLIC_KEY_FILE", "/nowhere/key.pem"),
        ("MCP_TLS_KEY_FILE", ""),
        ("MCP_TLS_KEY_FILE", "/nowhere/key.pem"),
    ],
)
def test_what_is_wrong_is_named_with_what_it_should_be(name: str, value: str) -> None:
    beside = {"MCP_TLS_CERT_FILE": "/nowhere/certificate.pem"} if name.startswith("MCP_TLS") else {}
    assert problem(**beside, **{name: value}).name == name


def test_a_key_that_everybody_may_use_or_that_is_none_serves_nobody(tmp_path: Path) -> None:
    key = tmp_path / "key.pem"
    key.write_text("no key")
    pair = {"MCP_TLS_CERT_FILE": str(key), "MCP_TLS_KEY_FILE": str(key)}
    key.chmod(0o644)
    assert "everybody" in str(problem(**pair))
    key.chmod(0o600)
    assert "cannot be served" in str(problem(**pair))
    assert problem(MCP_TLS_KEY_FILE=str(key)).name == "MCP_TLS_CERT_FILE"


def test_a_token_is_never_repeated() -> None:
    assert "hushhush" not in str(problem(MCP_TOKEN="hushhush"))
    assert "t" * 40 not in repr(read_settings(GOOD, name="k8s", writes=True))


def test_a_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_text("-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n")
    assert problem(GRANT_PUBLIC_KEY_FILE=str(tmp_path / "key.pem")).name == "GRANT_PUBLIC_KEY_FILE"


def test_the_public_key_is_read(tmp_path: Path) -> None:
    pem = PRIVATE_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "key.pem").write_bytes(pem)
    settings = read_settings(
        GOOD | {"GRANT_PUBLIC_KEY_FILE": str(tmp_path / "key.pem")}, name="k8s", writes=True
    )
    assert list(settings.keys(0)) == [PRIVATE_KEY.public_key()]


def test_a_server_that_only_reads_needs_no_store() -> None:
    assert read_settings(GOOD | {"GRANT_STORE": ""}, name="loki", writes=False).grant_store is None


def test_several_hosts_may_be_allowed() -> None:
    settings = read_settings(
        GOOD | {"MCP_ALLOWED_HOSTS": "mcp-k8s:8101, localhost:8101"}, name="k8s", writes=True
    )
    assert settings.allowed_hosts == ("mcp-k8s:8101", "localhost:8101")


def test_values_of_other_settings_are_checked_the_same_way(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(" secret \n")
    env = {
        "URL": "http://loki:3100/",
        "BAD_URL": "loki:3100",
        "N": "7",
        "FILE": str(tmp_path / "token"),
        "GONE": "/no",
    }
    assert http_url(env, "URL") == "http://loki:3100"
    assert http_url(env, "UNSET") == ""
    assert whole_number(env, "N", low=1, high=9) == 7
    assert whole_number(env, "UNSET", low=1, high=9, default=3) == 3
    assert file_text(env, "FILE") == "secret"
    assert file_text(env, "UNSET") == ""
    assert required(env, "N", "a number") == "7"
    for name, read in (("BAD_URL", http_url), ("GONE", file_text)):
        with pytest.raises(SettingProblem, match=name):
            read(env, name)
    with pytest.raises(SettingProblem, match="UNSET"):
        required(env, "UNSET", "anything")
