"""The vendors' clients over a system that is slow, silent, gone or not to be trusted: an error in good time."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from kubernetes.aio.client.configuration import Configuration

from mcp_servers.github.client import GithubClient
from mcp_servers.k8s.access import Request
from mcp_servers.k8s.client import KubernetesApi
from mcp_servers.kit.errors import Code, ToolError
from mcp_servers.loki.client import Address, LokiClient
from mcp_servers.notion.client import NotionClient
from mcp_servers.prometheus.client import Addresses, PrometheusClient
from tests.components.mcp_processes import free_port
from tests.components.mcp_upstream.upstream import Handler, Upstream, drips, hangs_up, says, stays_silent

Call = Callable[[str], tuple[Any, Callable[[], Awaitable[Any]]]]
SECONDS = 0.6
PATIENCE = 8.0


def prometheus(url: str) -> tuple[Any, Callable[[], Awaitable[Any]]]:
    client = PrometheusClient(Addresses(url, url, "t"), seconds=SECONDS)
    return client, lambda: client.query("up", None)


def alertmanager(url: str) -> tuple[Any, Callable[[], Awaitable[Any]]]:
    client = PrometheusClient(Addresses(url, url, "t"), seconds=SECONDS)
    return client, client.silences


def loki(url: str) -> tuple[Any, Callable[[], Awaitable[Any]]]:
    client = LokiClient(Address(url, "t", "tenant"), seconds=SECONDS)
    return client, lambda: client.labels("", {})


def github(url: str) -> tuple[Any, Callable[[], Awaitable[Any]]]:
    client = GithubClient(token="t", url=url, seconds=SECONDS)
    return client, lambda: client.get("/repos/o/r")


def notion(url: str) -> tuple[Any, Callable[[], Awaitable[Any]]]:
    client = NotionClient(key="t", database="d" * 32, url=url, seconds=SECONDS)
    return client, client.pages


def kubernetes(url: str) -> tuple[Any, Callable[[], Awaitable[Any]]]:
    client = KubernetesApi(Configuration(host=url), "tester")  # type: ignore[no-untyped-call]
    return client, lambda: client.send(Request("GET", "/api/v1/namespaces"))


CALLS = (prometheus, alertmanager, loki, github, notion)
every_client = pytest.mark.parametrize("make", CALLS, ids=lambda make: make.__name__)


async def error_of(make: Call, url: str) -> ToolError:
    client, call = make(url)
    started = time.monotonic()
    with pytest.raises(ToolError) as caught:
        await call()
    assert time.monotonic() - started < PATIENCE
    await client.close()
    return caught.value


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with Upstream() as running:
        yield running


@every_client
@pytest.mark.parametrize("ill", [stays_silent, drips], ids=["silent", "dripping"])
async def test_a_system_that_never_finishes_is_given_up_in_time(
    make: Call, ill: Any, upstream: Upstream
) -> None:
    upstream.answer = ill
    error = await error_of(make, upstream.url)
    assert error.code is Code.TIMEOUT
    assert error.retryable
    assert "0.6 s" in error.message


@every_client
async def test_a_system_that_is_not_there_is_unavailable_and_its_address_is_named(make: Call) -> None:
    dead = f"http://127.0.0.1:{free_port()}"
    error = await error_of(make, dead)
    assert error.code is Code.UNAVAILABLE
    assert error.retryable
    assert dead in error.message
    assert "_URL" in error.try_next


@every_client
async def test_a_certificate_nobody_vouches_for_is_told_apart_from_an_outage(
    make: Call, tmp_path: Path
) -> None:
    with Upstream(own_certificate(tmp_path)) as upstream:
        error = await error_of(make, upstream.url)
    assert error.code is Code.UNAVAILABLE
    assert not error.retryable
    assert "TLS" in error.message
    assert "trust store" in error.try_next


@every_client
async def test_an_answer_cut_in_the_middle_is_no_answer(make: Call, upstream: Upstream) -> None:
    upstream.answer = hangs_up
    assert (await error_of(make, upstream.url)).code is Code.UNAVAILABLE


@pytest.mark.promise("KEEP-12")
@pytest.mark.parametrize("make", [*CALLS, kubernetes], ids=lambda make: make.__name__)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_no_redirect_leads_a_client_to_another_place(
    make: Call, status: int, upstream: Upstream
) -> None:
    with Upstream() as elsewhere:
        upstream.answer = says({}, status, Location=f"{elsewhere.url}/stolen")
        await error_of(make, upstream.url)
        assert elsewhere.asked == []


@pytest.mark.promise("KEEP-12")
async def test_a_github_that_sends_us_round_in_circles_is_left_with_a_word_and_the_next_call_is_its_own(
    upstream: Upstream,
) -> None:
    """Its client follows one 301 after another within the host, each by calling itself."""
    client, call = github(upstream.url)

    def round_in_circles(handler: Handler) -> None:
        there = "/there" if handler.path == "/here" else "/here"
        handler.say(301, b"{}", Location=f"{upstream.url}{there}")

    upstream.answer = round_in_circles
    with pytest.raises(ToolError, match="more than 3 redirects") as caught:
        await call()
    assert (caught.value.code, caught.value.retryable) == (Code.UPSTREAM_ERROR, False)
    assert len(upstream.asked) <= 5
    upstream.answer = says({"full_name": "o/r"})
    assert (await call())["full_name"] == "o/r"
    await client.close()


async def test_reads_through_github_send_nothing_but_get_and_queries(upstream: Upstream) -> None:
    client, _ = github(upstream.url)
    upstream.answer = says([])
    await client.get("/repos/o/r")
    await client.pages("/repos/o/r/pulls", most=10)
    upstream.answer = says({"data": {}})
    await client.ask("query { viewer { login } }", {})
    await client.close()
    assert [(verb, path.split("?")[0]) for verb, path, *_ in upstream.asked] == [
        ("GET", "/repos/o/r"),
        ("GET", "/repos/o/r/pulls"),
        ("POST", "/graphql"),
    ]


async def test_a_github_write_that_failed_on_the_way_is_not_sent_again(upstream: Upstream) -> None:
    client, _ = github(upstream.url)
    upstream.answer = says({"message": "bad gateway"}, 502)
    with pytest.raises(ToolError):
        await client.write("POST", "/repos/o/r/issues", {"title": "x"})
    assert len(upstream.asked) == 1
    with pytest.raises(ToolError):
        await client.get("/repos/o/r")
    assert len(upstream.asked) == 4
    await client.close()


async def test_prometheus_warnings_reach_the_caller(upstream: Upstream) -> None:
    upstream.answer = says(
        {"status": "success", "data": {"resultType": "vector", "result": []}, "warnings": ["partial answer"]}
    )
    client, call = prometheus(upstream.url)
    assert (await call()).warnings == ("partial answer",)
    await client.close()


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({"x_ratelimit_remaining": "0", "x_ratelimit_reset": "1769846400"}, "after 2026-01-31T08:00:00"),
        ({"retry_after": "30"}, "in 30 s"),
    ],
)
async def test_githubs_rate_limit_comes_as_403_and_says_its_reset(
    upstream: Upstream, headers: dict[str, str], said: str
) -> None:
    upstream.answer = says({"message": "API rate limit exceeded for user"}, 403, **headers)
    error = await error_of(github, upstream.url)
    assert error.code is Code.UNAVAILABLE
    assert error.retryable
    assert said in error.try_next


def own_certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    paths = folder / "certificate.pem", folder / "key.pem"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private = serialization.PrivateFormat.PKCS8
    paths[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, private, serialization.NoEncryption()))
    return paths
