"""Signing in from a browser: no script can read a session, no other site can use it, and guessing takes long."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest
from api_stage import Stage, token_of

from sre_agent.api.origin import COOKIE
from sre_agent.domain.law import Role

PASSWORD = "correct horse battery staple"


async def sign_in(client: httpx.AsyncClient, **said: str) -> dict[str, Any]:
    answer = await client.post("/api/v1/login", json=said)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def test_a_token_becomes_a_session_whose_cookie_no_script_reads_and_no_other_site_sends() -> None:
    async with Stage().client(None) as client:
        answer = await client.post("/api/v1/login", json={"token": token_of(Role.APPROVER)})
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert "secure" not in cookie
        assert token_of(Role.APPROVER) not in cookie
        assert (await client.get("/api/v1/me")).json() == {"name": "a-approver", "role": "approver"}
        again = (await client.get("/api/v1/session")).json()
    assert again["csrf"] == answer.json()["csrf"]
    assert again["name"] == "a-approver"


async def test_a_page_that_asks_who_is_there_is_told_also_that_it_is_nobody() -> None:
    stage = Stage()
    async with stage.client(None) as client:
        assert (await client.get("/api/v1/login")).json() == {"session": None}
        client.cookies.set(COOKIE, "sres_made_up")
        assert (await client.get("/api/v1/login")).json() == {"session": None}
        client.cookies.clear()
        opened = (await client.post("/api/v1/login", json={"token": token_of(Role.VIEWER)})).json()
        told = (await client.get("/api/v1/login")).json()["session"]
        assert (told["name"], told["role"], told["csrf"]) == ("a-viewer", "viewer", opened["csrf"])
        stage.clock.advance(stage.settings.session_time)
        assert (await client.get("/api/v1/login")).json() == {"session": None}


@pytest.mark.parametrize("public_url", ["https://sre.example.org", ""])
async def test_where_people_come_by_tls_the_cookie_is_secure(public_url: str) -> None:
    stage = Stage()
    stage.with_parts(settings=stage.settings.__class__(public_url=public_url))
    async with stage.client(None) as client:
        client.base_url = httpx.URL("https://api" if not public_url else "http://api")
        answer = await client.post("/api/v1/login", json={"token": token_of(Role.VIEWER)})
    assert "secure" in answer.headers["set-cookie"].lower()


@pytest.mark.promise("KEEP-8")
async def test_a_write_within_a_session_needs_what_only_our_own_page_could_read() -> None:
    stage = Stage()
    body = {"name": "ann", "role": "viewer"}
    async with stage.client(None) as client:
        csrf = (await sign_in(client, token=token_of(Role.ADMIN)))["csrf"]
        for wrong in ([], [(b"x-csrf-token", b"wrong")], [(b"x-csrf-token", b"\xff")]):
            answer = await client.post("/api/v1/accounts", json=body, headers=wrong)
            assert answer.status_code == 403
            assert answer.json()["type"].endswith("cross-site")
        assert (
            await client.post("/api/v1/accounts", json=body, headers={"X-CSRF-Token": csrf})
        ).status_code == 201


async def test_signing_out_ends_the_session_also_for_whoever_copied_the_cookie() -> None:
    async with Stage().client(None) as client:
        csrf = (await sign_in(client, token=token_of(Role.VIEWER)))["csrf"]
        copied = dict(client.cookies)
        assert (await client.delete("/api/v1/session", headers={"X-CSRF-Token": csrf})).status_code == 200
        client.cookies.update(copied)
        assert (await client.get("/api/v1/me")).status_code == 401


async def test_a_session_ends_by_itself() -> None:
    stage = Stage()
    async with stage.client(None) as client:
        await sign_in(client, token=token_of(Role.VIEWER))
        stage.clock.advance(stage.settings.session_time)
        assert (await client.get("/api/v1/me")).status_code == 401


async def test_a_sessions_value_is_no_bearer_token_and_a_token_is_no_session() -> None:
    async with Stage().client(None) as client:
        await sign_in(client, token=token_of(Role.VIEWER))
        value = client.cookies["sre_agent_login"]
        client.cookies.clear()
        bearer = {"Authorization": f"Bearer {value}"}
        assert (await client.get("/api/v1/me", headers=bearer)).status_code == 401
        client.cookies.set("sre_agent_login", token_of(Role.VIEWER))
        assert (await client.get("/api/v1/me")).status_code == 401


async def test_a_password_signs_in_once_an_administrator_has_set_it() -> None:
    stage = Stage()
    async with stage.client(Role.ADMIN) as client:
        path = "/api/v1/accounts/a-viewer/password"
        assert (await client.put(path, json={"password": "short"})).status_code == 422
        assert (await client.put(path, json={"password": "xx A-Viewer xx"})).status_code == 422
        assert (await client.put(path, json={"password": PASSWORD})).status_code == 200
        nobodys = "/api/v1/accounts/nobody/password"
        assert (await client.put(nobodys, json={"password": PASSWORD})).status_code == 404
    async with stage.client(None) as client:
        assert (await sign_in(client, name="a-viewer", password=PASSWORD))["role"] == "viewer"


async def test_whoever_changes_their_password_knows_the_present_one() -> None:
    stage = Stage()
    other = {"current": "wrong", "password": "another horse entirely"}
    async with stage.client(Role.VIEWER) as client:
        first = await client.post("/api/v1/me/password", json={"current": "", "password": PASSWORD})
        wrong = await client.post("/api/v1/me/password", json=other)
        right = await client.post("/api/v1/me/password", json={**other, "current": PASSWORD})
    assert (first.status_code, wrong.status_code, right.status_code) == (200, 403, 200)
    told = [entry.action for entry in stage.store.state.audit]
    assert told == ["password.changed", "password.refused", "password.changed"]


@pytest.mark.promise("KEEP-8")
async def test_after_five_wrong_passwords_even_the_right_one_has_to_wait() -> None:
    stage = Stage()
    async with stage.client(None) as client:
        await stage.parts.accounts.set_password("a-viewer", PASSWORD)
        for _ in range(5):
            answer = await client.post("/api/v1/login", json={"name": "a-viewer", "password": "guess"})
            assert answer.status_code == 401
        right = {"name": "a-viewer", "password": PASSWORD}
        answer = await client.post("/api/v1/login", json=right)
        assert answer.status_code == 429
        assert 0 < int(answer.headers["retry-after"]) <= 300
        stage.clock.advance(timedelta(minutes=5))
        assert (await client.post("/api/v1/login", json=right)).status_code == 200


async def test_an_address_that_tries_many_names_has_to_wait_too() -> None:
    async with Stage().client(None) as client:
        statuses = [
            (await client.post("/api/v1/login", json={"name": f"n{n}", "password": "x"})).status_code
            for n in range(51)
        ]
    assert statuses == [401] * 50 + [429]


@pytest.mark.promise("KEEP-8")
async def test_who_can_sign_in_cannot_guess_the_passwords_of_others_for_ever() -> None:
    stage = Stage()
    async with stage.client(None) as client:
        statuses = []
        for n in range(60):
            guess = {"name": f"somebody-{n}", "password": "x"}
            statuses.append((await client.post("/api/v1/login", json=guess)).status_code)
            await client.post("/api/v1/login", json={"token": token_of(Role.VIEWER)})
    assert statuses == [401] * 50 + [429] * 10


@pytest.mark.promise("KEEP-8")
async def test_signing_in_forgives_what_was_mistyped_at_that_address_alone() -> None:
    stage = Stage()
    async with stage.client(None) as home, stage.client(None, address="203.0.113.9") as elsewhere:
        await stage.parts.accounts.set_password("a-viewer", PASSWORD)
        right, wrong = (
            {"name": "a-viewer", "password": PASSWORD},
            {"name": "a-viewer", "password": "guess"},
        )
        for client, said, status in [
            *[(elsewhere, wrong, 401)] * 2,
            *[(home, wrong, 401)] * 2,
            (home, right, 200),
            *[(elsewhere, wrong, 401)] * 3,
            (elsewhere, right, 429),
        ]:
            assert (await client.post("/api/v1/login", json=said)).status_code == status


async def test_every_try_stands_in_the_audit_trail_without_what_was_entered() -> None:
    stage = Stage()
    async with stage.client(None) as client:
        await client.post("/api/v1/login", json={"name": "ada", "password": "my secret guess"})
        await sign_in(client, token=token_of(Role.VIEWER))
    told = stage.store.state.audit
    assert [entry.action for entry in told] == ["session.refused", "session.opened"]
    assert "guess" not in repr(told)
    assert token_of(Role.VIEWER) not in repr(told)


@pytest.mark.promise("KEEP-8")
async def test_a_one_time_link_signs_in_once() -> None:
    stage = Stage()
    async with stage.client(Role.ADMIN) as client:
        link = (await client.post("/api/v1/accounts/a-approver/link")).json()["link"]
        assert (await client.post("/api/v1/accounts/nobody/link")).status_code == 404
    async with stage.client(None) as client:
        assert (
            await client.get("/api/v1/me", headers={"Authorization": f"Bearer {link}"})
        ).status_code == 401
        assert (await sign_in(client, token=link))["role"] == "approver"
        client.cookies.clear()
        assert (await client.post("/api/v1/login", json={"token": link})).status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"token": "t", "name": "ada"},
        {"name": "a b", "password": "x"},
        {"token": "x" * 1001},
        {"who": "me"},
    ],
)
async def test_a_malformed_login_is_refused(body: dict[str, str]) -> None:
    async with Stage().client(None) as client:
        assert (await client.post("/api/v1/login", json=body)).status_code == 422


async def test_the_webhooks_token_opens_no_session() -> None:
    stage = Stage()
    async with stage.client(None) as client:
        answer = await client.post("/api/v1/login", json={"token": stage.settings.webhook_token})
    assert answer.status_code == 401


async def test_who_comes_with_a_token_has_no_session_to_speak_of() -> None:
    async with Stage().client(Role.VIEWER) as client:
        assert (await client.get("/api/v1/session")).status_code == 404
