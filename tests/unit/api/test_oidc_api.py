"""Signing in at an identity provider: once, in one browser, to a page of ours, with the role that is due."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from api_stage import Stage

from sre_agent.api.departures import LIVES, Departures
from sre_agent.api.oidc import COOKIE as ON_THE_WAY
from sre_agent.api.origin import COOKIE
from sre_agent.api.parts import IdentityParts
from sre_agent.domain.identity import Vouched
from sre_agent.domain.law import Role
from sre_agent.errors import IdentityRefused, ProviderUnavailable
from sre_agent.ports.archive import Page
from sre_agent.ports.audit import AuditFilter
from sre_agent.ports.identity import Departure

START, BACK = "/api/v1/oidc/start", "/api/v1/oidc/callback"
ISSUER = "https://idp.example"


class Provider:
    """Vouches for ada where the code is the one it gave for that departure."""

    issuer = ISSUER

    def __init__(self) -> None:
        self.left: list[Departure] = []
        self.role: Role | None = Role.APPROVER
        self.down = False

    async def depart(self) -> Departure:
        if self.down:
            raise ProviderUnavailable("https://idp.example could not be asked; try again in a minute")
        state = f"state-{len(self.left)}"
        self.left.append(
            Departure(address=f"{ISSUER}/authorize?state={state}", state=state, nonce="n", verifier="v")
        )
        return self.left[-1]

    async def arrive(self, departure: Departure, code: str) -> Vouched:
        if code != f"code for {departure.state}" or self.role is None:
            raise IdentityRefused("ada is known, but nothing gives a role here")
        return Vouched(issuer=ISSUER, subject="1", name="ada", role=self.role)


@pytest.fixture
def provider() -> Provider:
    return Provider()


@asynccontextmanager
async def browser(provider: Provider, stage: Stage | None = None) -> AsyncIterator[httpx.AsyncClient]:
    stage = stage or Stage()
    if stage.parts.identity is None:
        stage.with_parts(identity=IdentityParts(provider))
    async with stage.client(None) as client:
        yield client


async def begun(client: httpx.AsyncClient, page: str = "") -> str:
    """The state that the browser takes along."""
    answer = await client.get(START, params={"page": page} if page else None)
    assert answer.status_code == 303
    return parse_qs(urlsplit(answer.headers["location"]).query)["state"][0]


async def back(client: httpx.AsyncClient, state: str, **more: str) -> httpx.Response:
    return await client.get(BACK, params={"state": state, "code": f"code for {state}", **more})


@pytest.mark.promise("KEEP-9")
async def test_there_and_back_begins_the_session_that_everybody_has(provider: Provider) -> None:
    stage = Stage()
    async with browser(provider, stage) as client:
        answer = await back(client, await begun(client, "/incidents?severity=critical"))
        assert (answer.status_code, answer.headers["location"]) == (303, "/incidents?severity=critical")
        cookies = answer.headers.get_list("set-cookie")
        ours = next(each for each in cookies if each.startswith(f"{COOKIE}=")).lower()
        assert "httponly" in ours
        assert "samesite=strict" in ours
        me = (await client.get("/api/v1/session")).json()
        assert (me["name"], me["role"]) == ("ada", "approver")
        left = await client.delete("/api/v1/session", headers={"X-CSRF-Token": me["csrf"]})
        assert left.status_code == 200
        assert (await client.get("/api/v1/session")).status_code == 401
    trail = await stage.parts.audit.entries(AuditFilter(actor="ada"), Page())
    assert {"session.opened", "session.closed"} <= {each.action for each in trail.items}


async def chosen(client: httpx.AsyncClient, current: str, password: str) -> httpx.Response:
    csrf = (await client.get("/api/v1/session")).json()["csrf"]
    body = {"current": current, "password": password}
    return await client.post("/api/v1/me/password", json=body, headers={"X-CSRF-Token": csrf})


@pytest.mark.promise("KEEP-15")
async def test_who_comes_by_a_provider_gets_no_password_of_their_own_to_outlive_it(
    provider: Provider,
) -> None:
    stage, new = Stage(), "correct horse battery staple"
    async with browser(provider, stage) as client:
        await back(client, await begun(client))
        refused = await chosen(client, "", new)
        assert (refused.status_code, "identity provider" in refused.json()["detail"]) == (403, True)
        assert not await stage.parts.accounts.has_password("ada")
    async with stage.client(Role.ADMIN) as admin:
        given = await admin.put("/api/v1/accounts/ada/password", json={"password": new})
        assert given.status_code == 200
    assert stage.store.state.audit[-1].detail == "by an administrator, beside the identity provider"
    async with browser(provider, stage) as client:
        await back(client, await begun(client))
        changed = await chosen(client, new, f"{new} 2")
        assert changed.status_code == 200


@pytest.mark.promise("KEEP-15")
async def test_a_session_by_a_provider_ends_by_itself_and_a_new_one_needs_its_word_again(
    provider: Provider,
) -> None:
    stage = Stage()
    async with browser(provider, stage) as client:
        await back(client, await begun(client))
        provider.role = None
        stage.clock.advance(stage.parts.settings.session_time)
        assert (await client.get("/api/v1/incidents")).status_code == 401
        assert (await back(client, await begun(client))).status_code == 401


@pytest.mark.promise("KEEP-15")
async def test_a_token_for_an_account_of_the_provider_ends_within_thirty_days(provider: Provider) -> None:
    stage = Stage()
    async with browser(provider, stage) as client:
        await back(client, await begun(client))
    late = (stage.clock.now() + timedelta(days=31)).isoformat()
    async with stage.client(Role.ADMIN) as admin:
        refused = await admin.post("/api/v1/accounts/ada/tokens", json={"label": "l", "expires_at": late})
        given = (await admin.post("/api/v1/accounts/ada/tokens", json={"label": "l"})).json()
        other = (await admin.post("/api/v1/accounts/a-viewer/tokens", json={"label": "l"})).json()
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "expires_at")
    assert given["expires_at"] == (stage.clock.now() + timedelta(days=30)).isoformat().replace("+00:00", "Z")
    assert other["expires_at"] is None


@pytest.mark.promise("KEEP-9")
async def test_the_way_back_works_once(provider: Provider) -> None:
    async with browser(provider) as client:
        state = await begun(client)
        kept = client.cookies[ON_THE_WAY]
        assert (await back(client, state)).status_code == 303
        client.cookies.set(ON_THE_WAY, kept, path="/api/v1/oidc")
        again = await back(client, state)
        assert again.status_code == 401
        assert "begin again" in again.json()["detail"]


@pytest.mark.promise("KEEP-9")
async def test_the_way_back_works_in_no_other_browser(provider: Provider) -> None:
    stage = Stage()
    async with browser(provider, stage) as client, browser(provider, stage) as victim:
        state = await begun(client)
        assert (await back(victim, state)).status_code == 401
        await begun(victim)
        assert (await back(victim, state)).status_code == 401
        assert COOKIE not in victim.cookies


async def test_the_way_back_closes_after_ten_minutes(provider: Provider) -> None:
    stage = Stage()
    async with browser(provider, stage) as client:
        state = await begun(client)
        stage.clock.advance(LIVES)
        assert (await back(client, state)).status_code == 401


@pytest.mark.parametrize("more", [{"iss": "https://evil.example"}, {"error": "access_denied"}, {"code": ""}])
async def test_a_return_that_says_something_else_is_refused(provider: Provider, more: dict[str, str]) -> None:
    async with browser(provider) as client:
        answer = await back(client, await begun(client), **more)
        assert answer.status_code == 401
        assert "evil" not in answer.text


@pytest.mark.parametrize(
    "page",
    [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "/%0d%0aset-cookie:x\r\n",
        "evil",
        "/x\ty",
        "/@@:",
    ],
)
async def test_nobody_is_sent_to_another_site(provider: Provider, page: str) -> None:
    async with browser(provider) as client:
        answer = await client.get(START, params={"page": page})
        assert answer.status_code == 422
        assert "location" not in answer.headers


@pytest.mark.promise("KEEP-9")
async def test_who_gets_no_role_gets_no_session_and_the_audit_says_why(provider: Provider) -> None:
    provider.role, stage = None, Stage()
    async with browser(provider, stage) as client:
        answer = await back(client, await begun(client))
        assert answer.status_code == 401
        assert COOKIE not in client.cookies
    trail = await stage.parts.audit.entries(AuditFilter(action="session.refused"), Page())
    assert "nothing gives a role" in trail.items[0].detail


async def test_a_provider_that_is_down_is_our_503(provider: Provider) -> None:
    provider.down = True
    async with browser(provider) as client:
        assert (await client.get(START)).status_code == 503


async def test_the_door_says_which_ways_there_are(provider: Provider) -> None:
    async with browser(provider) as client:
        assert (await client.get("/api/v1/sign-in")).json() == {"oidc": ISSUER}
    async with Stage().client(None) as client:
        assert (await client.get("/api/v1/sign-in")).json() == {"oidc": ""}
        assert (await client.get(START)).status_code == 404
        assert (await client.get(BACK, params={"state": "x", "code": "y"})).status_code == 404


async def test_many_failures_from_one_address_have_to_wait(provider: Provider) -> None:
    async with browser(provider) as client:
        for _ in range(50):
            assert (await back(client, "made up")).status_code == 401
        assert (await back(client, "made up")).status_code == 429
        assert (await client.get(START)).status_code == 429


def test_of_very_many_departures_the_oldest_is_forgotten() -> None:
    departures, one = Departures(), Departure(address="a", state="0", nonce="n", verifier="v")
    for number in range(10_001):
        departures.left(one.model_copy(update={"state": str(number)}), timedelta(), page="/")
    assert departures.back("0", "0", timedelta()) is None
    assert departures.back("10000", "10000", timedelta()) is not None


BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


async def test_a_person_who_is_not_let_in_reads_why_on_a_page_with_a_way_back(provider: Provider) -> None:
    provider.role = None
    async with browser(provider) as client:
        state = await begun(client)
        answer = await client.get(BACK, params={"state": state, "code": f"code for {state}"}, headers=BROWSER)
        assert answer.status_code == 401
        assert answer.headers["content-type"].startswith("text/html")
        assert "nothing gives a role here" in answer.text
        assert '<a href="/">' in answer.text
        assert "script-src" not in answer.headers["content-security-policy"]
        assert COOKIE not in client.cookies


async def test_what_stands_in_the_address_is_no_markup_on_that_page(provider: Provider) -> None:
    provider.down = True
    async with browser(provider) as client:
        for path in (START, f"{START}?page=//evil<script>", f"{BACK}?state=<script>&code={'x' * 4000}"):
            answer = await client.get(path, headers=BROWSER)
            assert answer.status_code in {401, 422, 503}
            assert answer.headers["content-type"].startswith("text/html")
            assert "<script" not in answer.text


async def test_a_program_gets_a_problem_detail_as_everywhere(provider: Provider) -> None:
    async with browser(provider) as client:
        answer = await client.get(BACK)
    assert answer.headers["content-type"] == "application/problem+json"
