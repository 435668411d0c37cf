"""A secret of any kind, planted at any way in, is on file nowhere: not in the database, not in an answer, not in a log."""

from __future__ import annotations

import base64
import io
import json
import logging
import secrets
import tarfile
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from structlog.testing import capture_logs

from sre_agent.adapters.redaction import redact_text
from sre_agent.api.app import build, shielded
from sre_agent.domain.law import Role
from tests.components.api.test_on_sqlite import House, house
from tests.unit.api.api_stage import token_of
from tests.unit.kit.secret_makings import tokens

KINDS = tokens()


def alert(**fields: object) -> dict[str, object]:
    # A firing of its own each time: the same one again would add nothing.
    labels = {
        "alertname": f"Down{secrets.token_hex(4)}",
        "namespace": "shop",
        "deployment": "cart",
        "severity": "critical",
    }
    told = {"status": "firing", "labels": labels, "startsAt": "2026-03-03T09:29:00Z", **fields}
    return {"version": "4", "status": "firing", "receiver": "r", "alerts": [told]}


async def in_an_annotation(client: httpx.AsyncClient, secret: str) -> httpx.Response:
    return await client.post(
        "/webhook/alert", json=alert(annotations={"description": f"it said {secret} and died"})
    )


async def in_an_annotation_that_is_a_link(client: httpx.AsyncClient, secret: str) -> httpx.Response:
    link = f"https://runbooks.example/page?access_token={secret}"
    return await client.post("/webhook/alert", json=alert(annotations={"runbook_url": link}))


async def in_the_generators_address(client: httpx.AsyncClient, secret: str) -> httpx.Response:
    link = f"https://shop:{secret}@prometheus.example/graph".replace("\n", "")
    return await client.post("/webhook/alert", json=alert(generatorURL=link))


async def in_a_question(client: httpx.AsyncClient, secret: str) -> httpx.Response:
    return await client.post("/api/v1/ask", json={"question": f"why does {secret} not work?"})


async def in_a_label(client: httpx.AsyncClient, secret: str) -> httpx.Response:
    told = alert()
    told["alerts"][0]["labels"]["note"] = secret  # type: ignore[index]
    return await client.post("/webhook/alert", json=told)


async def in_the_name_of_an_annotation(client: httpx.AsyncClient, secret: str) -> httpx.Response:
    told = alert(annotations={secret.replace("\n", " ")[:200]: "said so"})
    return await client.post("/webhook/alert", json=told)


async def in_a_fingerprint(client: httpx.AsyncClient, secret: str) -> httpx.Response:
    told = alert(annotations={"description": f"it said {secret}"})
    told["alerts"][0]["fingerprint"] = secret.replace("\n", " ")[:64]  # type: ignore[index]
    return await client.post("/webhook/alert", json=told)


async def in_base64(client: httpx.AsyncClient, secret: str) -> httpx.Response:
    coded = base64.b64encode(secret.encode()).decode()
    return await client.post("/webhook/alert", json=alert(annotations={"description": f"it said {coded}"}))


async def in_a_delivery_that_is_refused(client: httpx.AsyncClient, secret: str) -> httpx.Response:
    return await client.post("/webhook/alert", json=alert(startsAt=secret, annotations={"a": secret}))


async def in_a_field_that_is_wrong(client: httpx.AsyncClient, secret: str) -> httpx.Response:
    return await client.post("/api/v1/ask", json={"question": "why?", "namespace": secret, secret: secret})


async def in_a_path(client: httpx.AsyncClient, secret: str) -> httpx.Response:
    return await client.get(f"/api/v1/incidents/{quote(secret, safe='')}")


async def in_a_query(client: httpx.AsyncClient, secret: str) -> httpx.Response:
    return await client.get("/api/v1/incidents", params={"status": secret, "access_token": secret})


async def in_a_header(client: httpx.AsyncClient, secret: str) -> httpx.Response:
    worn = secret.replace("\n", " ")
    headers = {"Authorization": f"Bearer {worn}", "X-Request-Id": worn, "Cookie": f"session={worn}"}
    return await client.get("/api/v1/incidents", headers=headers)


async def in_a_reason(client: httpx.AsyncClient, secret: str) -> httpx.Response:
    opened = (await client.post("/webhook/alert", json=alert())).json()["opened"][0]
    return await client.post(f"/api/v1/incidents/{opened}/cancel", json={"reason": f"see {secret}"})


WAYS: Mapping[str, Callable[[httpx.AsyncClient, str], Awaitable[httpx.Response]]] = {
    each.__name__: each
    for each in (
        in_an_annotation,
        in_an_annotation_that_is_a_link,
        in_the_generators_address,
        in_a_question,
        in_a_label,
        in_a_reason,
        in_the_name_of_an_annotation,
        in_a_fingerprint,
        in_base64,
    )
}
REFUSED: Mapping[str, Callable[[httpx.AsyncClient, str], Awaitable[httpx.Response]]] = {
    each.__name__: each
    for each in (
        in_a_delivery_that_is_refused,
        in_a_field_that_is_wrong,
        in_a_path,
        in_a_query,
        in_a_header,
    )
}
LEAVING = ("", "/journal", "/alerts", "/postmortem", "/snapshot")
"""What can be read, exported or carried away of an incident."""


@pytest.mark.promise("KEEP-4")
@pytest.mark.parametrize("way", sorted(WAYS))
async def test_a_planted_secret_of_any_kind_is_on_file_nowhere(tmp_path: Path, way: str) -> None:
    answers: list[bytes] = []
    with capture_logs() as logs:
        async with house(tmp_path / "agent.db") as place, speaking(place) as client:
            for secret in KINDS.values():
                answer = await WAYS[way](client, secret)
                assert answer.status_code < 300, answer.text
                answers.append(answer.content)
            answers += [await carried_away(client)]
    kept = on_disk(tmp_path)
    assert b"[redacted:" in kept
    assert leaked(kept, *answers, json.dumps(logs, default=str).encode()) == []


@pytest.mark.promise("KEEP-4")
@pytest.mark.parametrize("way", sorted(REFUSED))
async def test_a_refusal_repeats_no_secret_to_a_log_or_to_the_database(
    tmp_path: Path, way: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Nor in its answer, but for the path that the caller has just named."""
    answers: list[bytes] = []
    with capture_logs() as logs, caplog.at_level(logging.DEBUG, logger="sre_agent"):
        async with house(tmp_path / "agent.db") as place, speaking(place) as client:
            for secret in KINDS.values():
                answer = await REFUSED[way](client, secret)
                assert answer.status_code < 500
                answers.append(answer.content)
    written = json.dumps(logs, default=str).encode() + caplog.text.encode()
    assert leaked(on_disk(tmp_path), *answers, written) == []


@pytest.mark.promise("KEEP-4")
async def test_what_the_name_of_a_label_or_an_annotation_announces_is_on_file_nowhere(tmp_path: Path) -> None:
    """Nothing in the value itself tells."""
    announced = {
        "db_password": "swordfish-of-bob",
        "api_key": 'correct "horse" battery',
        "DB_PASS": "a=b c=d",
    }
    async with house(tmp_path / "agent.db") as place, speaking(place) as client:
        told = alert(annotations={**announced, "runbook": "kept-as-it-is"})
        told["alerts"][0]["labels"] |= announced  # type: ignore[index]
        assert (await client.post("/webhook/alert", json=told)).status_code == 200
        away = await carried_away(client)
    kept = on_disk(tmp_path) + away
    assert [
        value for value in ("swordfish", "correct", "horse", "a=b", "c=d") if value.encode() in kept
    ] == []
    assert b"kept-as-it-is" in kept


async def carried_away(client: httpx.AsyncClient) -> bytes:
    """Everything that is told of the newest incident, its snapshot unpacked, and the audit trail as it is exported."""
    auditor = {"Authorization": f"Bearer {token_of(Role.APPROVER)}"}
    newest = (await client.get("/api/v1/incidents")).json()["items"][0]["id"]
    told = [await client.get(f"/api/v1/incidents/{newest}{what}") for what in LEAVING]
    told += [
        await client.get(path, headers=auditor)
        for path in ("/api/v1/audit", "/api/v1/audit/export", "/metrics")
    ]
    assert {each.status_code for each in told} == {200}, [
        str(each.url) for each in told if each.status_code != 200
    ]
    return b"".join(each.content + unpacked(each.content) for each in told)


def unpacked(content: bytes) -> bytes:
    """Every file of an archive; nothing where it is none."""
    try:
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as archive:
            files = [archive.extractfile(member) for member in archive.getmembers()]
            return b"".join(file.read() for file in files if file is not None)
    except tarfile.ReadError:
        return b""


def leaked(*places: bytes) -> list[str]:
    """Kinds of which anything telling stands in one of these places."""
    return [
        kind
        for kind, secret in KINDS.items()
        if any(part.encode() in place for place in places for part in telling(secret))
    ]


def on_disk(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.glob("agent.db*"))


def telling(secret: str) -> list[str]:
    """What must not be found: the whole, or of a key any line of its body."""
    return [line for line in secret.split("\n") if len(line) > 16 and not line.startswith("-----")]


def speaking(place: House) -> httpx.AsyncClient:
    """With the product's own redaction, as a responder."""
    parts = replace(place.parts, redact=redact_text)
    headers = {"Authorization": f"Bearer {token_of(Role.RESPONDER)}"}
    transport = httpx.ASGITransport(shielded(build(parts), parts))
    return httpx.AsyncClient(transport=transport, base_url="http://api", headers=headers)
