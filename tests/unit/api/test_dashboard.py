"""The dashboard's files stand beside the API on one origin, under a policy that lets only their own scripts run."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from api_stage import Stage, token_of

from sre_agent.agent_runtime import create_page
from sre_agent.api.app import build, shielded
from sre_agent.api.parts import Platform
from sre_agent.domain.law import Role

HASH = "sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI="


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    out = tmp_path / "out"
    for name, text in {
        "index.html": "<title>list</title>",
        "404.html": "<title>nothing</title>",
        "platform.html": "<title>platform</title>",
        "clusters/_.html": "<title>room</title>",
        "_next/static/a.js": "let a = 1;",
        "policy.json": json.dumps({"index.html": [HASH]}),
    }.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_text(text)
    (tmp_path / "secret.html").write_text("secret")
    return out


@asynccontextmanager
async def browser(folder: Path | None) -> AsyncIterator[httpx.AsyncClient]:
    stage = Stage()
    await stage.open_the_doors()
    settings = replace(stage.parts.settings, dashboard=folder)
    parts = replace(stage.parts, settings=settings)
    app = create_page(Platform(parts=parts), shielded(build(parts), parts))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://window") as client:
        yield client


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/", "list"),
        ("/platform", "platform"),
        ("/clusters/_", "room"),
        ("/clusters/west%20of%20here", "room"),
        ("/clusters/any?incident=inc_1", "room"),
    ],
)
async def test_every_cluster_is_served_the_one_page(folder: Path, path: str, title: str) -> None:
    async with browser(folder) as client:
        answer = await client.get(path)
    assert (answer.status_code, f"<title>{title}</title>" in answer.text) == (200, True)


@pytest.mark.parametrize(
    "path", ["/policy.json", "/../secret.html", "/%2e%2e/secret", "/..%2fsecret.html", "/clusters/a/b", "/x"]
)
async def test_what_the_build_did_not_make_for_people_is_not_there(folder: Path, path: str) -> None:
    async with browser(folder) as client:
        answer = await client.get(path)
    assert answer.status_code == 404
    assert "secret" not in answer.text.replace("secret.html", "")


async def test_scripts_run_only_by_their_hash_or_from_our_own_files(folder: Path) -> None:
    async with browser(folder) as client:
        said = (await client.get("/")).headers["content-security-policy"]
    rules = dict(rule.split(" ", 1) for rule in said.split("; "))
    assert rules["script-src"] == f"'self' '{HASH}'"
    assert rules["default-src"] == "'none'"
    assert rules["connect-src"] == "'self'"
    assert rules["frame-ancestors"] == "'none'"


async def test_files_named_by_their_content_are_kept_by_browsers_and_pages_are_not(folder: Path) -> None:
    async with browser(folder) as client:
        script, page = await client.get("/_next/static/a.js"), await client.get("/")
    assert "immutable" in script.headers["cache-control"]
    assert script.headers["content-encoding"] == "gzip"
    assert page.headers["cache-control"] == "no-cache"


async def test_the_api_answers_beside_it_and_asks_for_a_token(folder: Path) -> None:
    async with browser(folder) as client:
        refused = await client.get("/api/v1/incidents")
        headers = {"Authorization": f"Bearer {token_of(Role.VIEWER)}"}
        answered = await client.get("/api/v1/incidents", headers=headers)
    assert (refused.status_code, answered.status_code) == (401, 200)


async def test_the_address_of_an_incident_leads_to_its_room(folder: Path) -> None:
    async with browser(folder) as client:
        answer = await client.get("/incidents/inc_1&x=y")
    assert answer.headers["location"] == "/clusters/_?incident=inc_1%26x%3Dy"


async def test_files_are_only_read(folder: Path) -> None:
    async with browser(folder) as client:
        assert (await client.request("DELETE", "/")).status_code == 405


@pytest.mark.parametrize("missing", ["policy.json", "index.html", "clusters/_.html"])
async def test_without_a_whole_build_the_plain_page_stands_in(folder: Path, missing: str) -> None:
    (folder / missing).unlink()
    async with browser(folder) as client:
        answer = await client.get("/")
    assert (answer.status_code, 'action="/enter"' in answer.text) == (401, True)


async def test_without_a_folder_too() -> None:
    async with browser(None) as client:
        assert (await client.get("/")).status_code == 401
