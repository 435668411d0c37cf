"""The front door over TLS with real sockets: old versions and plain HTTP are refused, and browsers are told to stay."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from infrastructure.lab.shop.certificates import Authority
from sre_agent.api.views import Me
from sre_agent.cli.client import Client
from sre_agent.cli.connection import Connection
from sre_agent.cli.exits import CommandFailed, ExitCode
from sre_agent.cli.native.processes import answers
from sre_agent.domain.law import Role
from sre_agent.settings_tls import TlsSettings
from sre_agent.tls import server_context
from tests.components.api.served import house, stage_of_now
from tests.unit.api.api_stage import token_of

pytestmark = pytest.mark.promise("KEEP-10")
HSTS = "strict-transport-security"


class Papers:
    """An authority of our own, and what it signed for `hosts`."""

    def __init__(self, folder: Path, *hosts: str) -> None:
        authority = Authority()
        made = authority.for_days(hosts, 30)
        self.ca, self.certificate, self.key = (folder / name for name in ("ca.pem", "cert.pem", "key.pem"))
        for path, text in (
            (self.ca, authority.certificate),
            (self.certificate, made.certificate),
            (self.key, made.key),
        ):
            path.write_bytes(text)
            path.chmod(0o600)

    def served(self) -> ssl.SSLContext | None:
        return server_context(
            TlsSettings(tls_cert_file=self.certificate, tls_key_file=self.key), datetime.now(UTC)
        )

    def believed(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.ca)


@pytest.fixture
def papers(tmp_path: Path) -> Papers:
    return Papers(tmp_path, "127.0.0.1", "localhost")


async def test_over_tls_the_api_and_the_page_tell_browsers_to_stay_with_it(papers: Papers) -> None:
    async with (
        house(stage_of_now(), papers.served()) as at,
        httpx.AsyncClient(verify=papers.believed()) as client,
    ):
        for port, path in ((at.port, "/healthz"), (at.port, "/api/v1/nothing"), (at.page_port, "/")):
            answer = await client.get(f"https://localhost:{port}{path}")
            assert answer.headers[HSTS] == "max-age=31536000"
            assert answer.headers["x-content-type-options"] == "nosniff"


async def test_over_plain_http_nothing_is_said_of_it(papers: Papers) -> None:
    async with house(stage_of_now()) as at, httpx.AsyncClient() as client:
        answer = await client.get(f"http://127.0.0.1:{at.port}/healthz")
    assert answer.status_code == 200
    assert HSTS not in answer.headers


async def test_plain_http_is_refused_on_a_port_that_speaks_tls(papers: Papers) -> None:
    async with house(stage_of_now(), papers.served()) as at, httpx.AsyncClient() as client:
        for port in (at.port, at.page_port):
            with pytest.raises(httpx.TransportError):
                await client.get(f"http://127.0.0.1:{port}/healthz")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_tls_1_2_and_1_3_are_spoken(papers: Papers, version: ssl.TLSVersion) -> None:
    async with house(stage_of_now(), papers.served()) as at:
        assert await shaken(at.port, papers, version) == version.name.replace("_", ".")


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
async def test_tls_1_1_is_refused_by_our_own_bound_and_not_for_want_of_a_cipher(papers: Papers) -> None:
    served = papers.served()
    assert served is not None
    served.set_ciphers("ALL:@SECLEVEL=0")
    async with house(stage_of_now(), served) as at:
        with pytest.raises((ssl.SSLError, ConnectionError)):  # the alert or the close comes first
            await shaken(at.port, papers, ssl.TLSVersion.TLSv1_1)
        served.minimum_version = ssl.TLSVersion.TLSv1_1
        assert await shaken(at.port, papers, ssl.TLSVersion.TLSv1_1) == "TLSv1.1"


async def shaken(port: int, papers: Papers, version: ssl.TLSVersion) -> str | None:
    """The version a client agrees on that speaks this one alone, even where its own library would rather not."""
    context = papers.believed()
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = version
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    agreed: str | None = writer.get_extra_info("ssl_object").version()
    writer.close()
    return agreed


async def test_the_session_cookie_goes_over_tls_alone(papers: Papers) -> None:
    async with (
        house(stage_of_now(), papers.served()) as at,
        httpx.AsyncClient(verify=papers.believed()) as client,
    ):
        address = f"https://localhost:{at.page_port}/enter"
        answer = await client.post(address, data={"token": token_of(Role.VIEWER)})
    assert answer.status_code == 303
    assert "secure" in answer.headers["set-cookie"].lower()


async def test_a_command_believes_the_authority_it_is_told_and_no_other(
    papers: Papers, tmp_path_factory: pytest.TempPathFactory
) -> None:
    stranger = Papers(tmp_path_factory.mktemp("stranger"), "127.0.0.1")

    def me(connection: Connection) -> str:
        with Client(connection) as client:
            return client.get("/api/v1/me", Me).name

    async with house(stage_of_now(), papers.served()) as at:
        told = Connection(f"https://127.0.0.1:{at.port}", token_of(Role.VIEWER), ca=str(papers.ca))
        assert await asyncio.to_thread(me, told)
        for other in (replace(told, ca=""), replace(told, ca=str(stranger.ca))):
            with pytest.raises(CommandFailed, match="cannot prove who it is") as failed:
                await asyncio.to_thread(me, other)
            assert failed.value.code is ExitCode.UNREACHABLE
            assert "--ca" in failed.value.hint


async def test_what_runs_here_is_known_by_its_very_certificate_whatever_host_that_names(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    own = Papers(tmp_path_factory.mktemp("own"), "sre.example")
    other = Papers(tmp_path_factory.mktemp("other"), "sre.example")
    async with house(stage_of_now(), own.served()) as at:
        health = f"https://127.0.0.1:{at.port}/healthz"
        assert await asyncio.to_thread(answers, health, own.certificate)
        assert not await asyncio.to_thread(answers, health, other.certificate)
        assert not await asyncio.to_thread(answers, health)
