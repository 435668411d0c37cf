"""A certificate that would fail callers stops the start instead, by its setting's name and in words."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from infrastructure.lab.shop.certificates import Authority
from sre_agent.cli.native.launching import launch_at
from sre_agent.cli.native.specs import Launch, platform
from sre_agent.errors import SettingError
from sre_agent.settings import TOOL_SERVERS, read
from sre_agent.settings_tls import TlsSettings
from sre_agent.tls import pinned_context, server_context, trusting_context

pytestmark = pytest.mark.promise("KEEP-10")
AUTHORITY = Authority()
GOOD = AUTHORITY.for_days(["sre.example"], 30)
# not before it was issued, however long that took
NOW = datetime.now(UTC)


def written(folder: Path, certificate: bytes, key: bytes) -> TlsSettings:
    paths = folder / "cert.pem", folder / "key.pem"
    paths[0].write_bytes(certificate)
    paths[1].write_bytes(key)
    paths[1].chmod(0o600)
    return TlsSettings(tls_cert_file=paths[0], tls_key_file=paths[1])


def refused(settings: TlsSettings) -> str:
    with pytest.raises(SettingError) as wrong:
        server_context(settings, NOW)
    return str(wrong.value)


def test_without_a_certificate_there_is_no_tls() -> None:
    assert server_context(read({}), NOW) is None


def test_a_good_pair_serves_nothing_older_than_tls_1_2(tmp_path: Path) -> None:
    context = server_context(written(tmp_path, GOOD.certificate, GOOD.key), NOW)
    assert context is not None
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2


@pytest.mark.parametrize(
    ("one", "missing"), [("TLS_CERT_FILE", "TLS_KEY_FILE"), ("TLS_KEY_FILE", "TLS_CERT_FILE")]
)
def test_one_without_the_other_is_no_setting(one: str, missing: str) -> None:
    with pytest.raises(SettingError, match=rf"{missing} is not set, and {one} is"):
        read({one: "/etc/tls.pem"})


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    settings = TlsSettings(tls_cert_file=tmp_path / "none.pem", tls_key_file=tmp_path / "none.key")
    said = refused(settings)
    assert "TLS_CERT_FILE" in said
    assert "none.pem (No such file or directory)" in said


def test_what_is_no_certificate_and_what_is_no_key_is_told_apart(tmp_path: Path) -> None:
    assert "no certificate in PEM" in refused(written(tmp_path, b"hello", GOOD.key))
    said = refused(written(tmp_path, GOOD.certificate, b"s3cret"))
    assert "TLS_KEY_FILE" in said
    assert "s3cret" not in said


def test_the_key_of_another_certificate_is_refused(tmp_path: Path) -> None:
    other = AUTHORITY.for_days(["sre.example"], 30)
    said = refused(written(tmp_path, GOOD.certificate, other.key))
    assert "TLS_KEY_FILE" in said
    assert "not the key of the certificate" in said


def test_a_key_behind_a_passphrase_is_refused_and_nobody_is_asked_for_it(tmp_path: Path) -> None:
    locked = load_pem_private_key(GOOD.key, None).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"word")
    )
    assert "locked by a passphrase" in refused(written(tmp_path, GOOD.certificate, locked))


def test_a_key_that_everybody_may_read_is_refused(tmp_path: Path) -> None:
    settings = written(tmp_path, GOOD.certificate, GOOD.key)
    (tmp_path / "key.pem").chmod(0o644)
    assert "mode 0640 or less" in refused(settings)


@pytest.mark.parametrize(("begins", "words"), [(-20, "expired at"), (5, "is not valid before")])
def test_a_certificate_out_of_its_time_is_refused(tmp_path: Path, begins: int, words: str) -> None:
    start = NOW + timedelta(days=begins)
    made = AUTHORITY.issue(["sre.example"], not_before=start, not_after=start + timedelta(days=10))
    said = refused(written(tmp_path, made.certificate, made.key))
    assert "TLS_CERT_FILE" in said
    assert words in said


def test_a_certificate_that_names_no_host_is_refused(tmp_path: Path) -> None:
    # an authority's own certificate has no subjectAltName
    assert "names no host" in refused(written(tmp_path, AUTHORITY.certificate, GOOD.key))


def test_a_file_without_authorities_is_named_by_its_setting(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nothing")
    with pytest.raises(SettingError, match="MCP_CA_FILE"):
        trusting_context("MCP_CA_FILE", tmp_path / "ca.pem")
    with pytest.raises(SettingError, match="TLS_CERT_FILE"):
        pinned_context(tmp_path / "ca.pem")


def test_a_launch_with_a_certificate_is_reached_by_https_and_its_tool_servers_by_loopback_as_before() -> None:
    ports = {name: 9000 + number for number, name in enumerate((*TOOL_SERVERS, "agent", "dashboard"))}
    tokens = dict.fromkeys(TOOL_SERVERS, "t" * 32)
    launch = Launch(Path("/home"), ports, tokens, certificate=Path("/cert.pem"))
    assert launch.url("agent").startswith("https://127.0.0.1:")
    assert launch.url("dashboard").startswith("https://")
    *servers, agent = platform({}, launch)
    assert agent.health.startswith("https://")
    assert agent.certificate == Path("/cert.pem")
    assert {one.health.split(":")[0] for one in servers} == {"http"}


def test_a_launch_is_refused_where_the_agent_could_not_serve_or_the_lab_could_not_call(
    tmp_path: Path,
) -> None:
    settings = written(tmp_path, GOOD.certificate, GOOD.key)
    known = {"TLS_CERT_FILE": str(settings.tls_cert_file), "TLS_KEY_FILE": str(settings.tls_key_file)}
    with pytest.raises(SettingError, match="PROMETHEUS_URL is not"):
        launch_at(tmp_path, known, any_port=True)
    watched = known | {"PROMETHEUS_URL": "http://prometheus:9090"}
    assert launch_at(tmp_path, watched, any_port=True).certificate == settings.tls_cert_file
    (tmp_path / "cert.pem").write_text("gone")
    with pytest.raises(SettingError, match="no certificate in PEM"):
        launch_at(tmp_path, watched, any_port=True)
