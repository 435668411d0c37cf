"""The link for a first visit: its word stands where no server and no proxy logs it."""

from __future__ import annotations

import httpx

from sre_agent.cli.client import Client
from sre_agent.cli.connection import Connection
from sre_agent.cli.sign_in import link_for


def test_the_word_of_a_link_stands_in_the_fragment_alone() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(f"{request.method} {request.url.raw_path.decode()}")
        told = {"name": "ann/b", "link": "srel_word", "expires_at": "2026-03-03T10:30:00Z"}
        return httpx.Response(201, json=told)

    with Client(Connection("http://api", "token"), transport=httpx.MockTransport(answer)) as client:
        link = link_for(client, "ann/b", "https://sre.example.org/")
    assert link == "https://sre.example.org/#link=srel_word"
    assert asked == ["POST /api/v1/accounts/ann%2Fb/link"]
