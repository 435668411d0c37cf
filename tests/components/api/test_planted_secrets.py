"""A secret of any kind, planted at any way in, is on file nowhere: not in the database, not in an answer, not in a log."""

from __future__ import annotations

import json
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from pathlib import Path

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


WAYS: Mapping[str, Callable[[httpx.AsyncClient, str], Awaitable[httpx.Response]]] = {
    each.__name__: each
    for each in (
        in_an_annotation,
        in_an_annotation_that_is_a_link,
        in_the_generators_address,
        in_a_question,
    )
}


@pytest.mark.promise("KEEP-4")
@pytest.mark.parametrize("way", sorted(WAYS))
async def test_a_planted_secret_of_any_kind_is_on_file_nowhere(tmp_path: Path, way: str) -> None:
    answers: list[str] = []
    with capture_logs() as logs:
        async with house(tmp_path / "agent.db") as place, speaking(place) as client:
            for secret in KINDS.values():
                answer = await WAYS[way](client, secret)
                assert answer.status_code < 300, answer.text
                answers.append(answer.text)
            answers += [(await client.get(path)).text for path in ("/api/v1/incidents", "/metrics")]
    kept = on_disk(tmp_path)
    assert b"[redacted:" in kept
    said = json.dumps(logs, default=str) + "".join(answers)
    leaked = [
        kind
        for kind, secret in KINDS.items()
        if any(part.encode() in kept or part in said for part in telling(secret))
    ]
    assert leaked == []


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
