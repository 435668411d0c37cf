"""The plain page shows what is on file to whoever has a token, and cannot be made to show or do anything else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import httpx
import pytest
from api_stage import WEBHOOK, Stage, token_of
from structlog.testing import capture_logs

from sre_agent.api.markup import el
from sre_agent.api.page import COOKIE, page
from sre_agent.api.parts import ApiSettings
from sre_agent.domain.diagnosis import Hypothesis, Layer
from sre_agent.domain.entity import EntityRef
from sre_agent.domain.incident import Outcome, Status
from sre_agent.domain.law import Role
from sre_agent.domain.shown import visible
from sre_agent.errors import StoreBusy
from sre_agent.ports.ledger import IncidentUpdate


@asynccontextmanager
async def browser(stage: Stage, token: str = "", *, scheme: str = "http") -> AsyncIterator[httpx.AsyncClient]:
    await stage.open_the_doors()
    transport = httpx.ASGITransport(page(stage.parts))
    async with httpx.AsyncClient(transport=transport, base_url=f"{scheme}://page") as client:
        if token:
            await client.post("/enter", data={"token": token})
        yield client


@pytest.mark.parametrize("path", ["/", "/left-alone", "/incidents/inc_1"])
async def test_without_a_session_there_is_only_the_door(path: str) -> None:
    stage = Stage()
    incident = await stage.incident()
    async with browser(stage) as client:
        answer = await client.get(path)
    assert answer.status_code == 401
    assert 'name="token"' in answer.text
    assert incident.title not in answer.text


@pytest.mark.parametrize("token", ["", "nonsense", WEBHOOK])
async def test_a_token_that_may_not_read_opens_nothing(token: str) -> None:
    stage = Stage()
    async with browser(stage) as client:
        answer = await client.post("/enter", data={"token": token})
        assert answer.status_code == 401
        assert COOKIE not in client.cookies


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_the_session_is_out_of_reach_of_scripts_and_other_sites(scheme: str) -> None:
    async with browser(Stage(), scheme=scheme) as client:
        answer = await client.post("/enter", data={"token": token_of(Role.VIEWER)})
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert ("secure" in cookie) == (scheme == "https")
    assert token_of(Role.VIEWER) not in cookie


async def test_behind_a_proxy_that_ends_tls_the_cookie_goes_over_tls_alone() -> None:
    stage = Stage()
    stage.with_parts(settings=ApiSettings(public_url="https://sre.example.org"))
    async with browser(stage) as client:
        answer = await client.post("/enter", data={"token": token_of(Role.VIEWER)})
    assert "secure" in answer.headers["set-cookie"].lower()


@pytest.mark.promise("KEEP-8")
async def test_guessing_at_this_door_counts_as_it_does_at_the_other_one() -> None:
    stage = Stage()
    async with browser(stage) as client:
        statuses = [
            (await client.post("/enter", data={"token": f"guess-{n}"})).status_code for n in range(51)
        ]
        waits = await client.post("/enter", data={"token": token_of(Role.VIEWER)})
    assert statuses == [401] * 50 + [429]
    assert "try again in" in waits.text
    assert int(waits.headers["retry-after"]) > 0
    async with stage.client(None) as api:
        assert (await api.post("/api/v1/login", json={"token": token_of(Role.VIEWER)})).status_code == 429


async def test_whoever_enters_leaves_or_fails_to_stands_in_the_audit_trail_without_their_token() -> None:
    stage = Stage()
    async with browser(stage) as client:
        await client.post("/enter", data={"token": "a-wrong-guess"})
        await client.post("/enter", data={"token": token_of(Role.VIEWER)})
        await client.post("/leave")
    told = stage.store.state.audit
    assert [each.action for each in told] == ["session.refused", "session.opened", "session.closed"]
    assert {each.actor for each in told[1:]} == {"a-viewer"}
    assert "guess" not in repr(told)
    assert token_of(Role.VIEWER) not in repr(told)


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}]
)
async def test_no_other_site_signs_a_browser_in_or_out(headers: dict[str, str]) -> None:
    async with browser(Stage(), token_of(Role.VIEWER)) as client:
        entered = await client.post("/enter", data={"token": token_of(Role.ADMIN)}, headers=headers)
        left = await client.post("/leave", headers=headers)
        assert (entered.status_code, left.status_code) == (403, 403)
        assert (await client.get("/")).status_code == 200


async def test_incidents_are_listed_and_opened() -> None:
    stage = Stage()
    incident, _ = await stage.awaiting()
    ended = IncidentUpdate(status=Status.RESOLVED, outcome=Outcome.RECOVERED, cause="leak", confidence=0.9)
    done = await stage.incident("done")
    await stage.write(done.id, "over", update=ended)
    async with browser(stage, token_of(Role.VIEWER)) as client:
        everything = (await client.get("/")).text
        unfinished = (await client.get("/?show=unfinished")).text
        one = await client.get(f"/incidents/{incident.id}")
    assert "done is slow" in everything
    assert "done is slow" not in unfinished
    assert f"sre-agent approve {incident.id}" in one.text
    assert "Restart Deployment shop/checkout." in one.text
    assert '<meta http-equiv="refresh"' in one.text


async def test_hypotheses_come_with_their_confidence() -> None:
    stage = Stage()
    incident = await stage.incident()
    entity = EntityRef(kind="Deployment", name="checkout", namespace="shop")
    guess = Hypothesis(
        rank=1, cause="leak", layer=Layer.RUNTIME, entity=entity, confidence=0.73, statement="It leaks."
    )
    await stage.write(incident.id, "ranked", hypotheses=(guess,))
    async with browser(stage, token_of(Role.VIEWER)) as client:
        text = (await client.get(f"/incidents/{incident.id}")).text
    assert 'value="0.73"' in text
    assert "73%" in text


async def test_nothing_on_file_can_become_markup() -> None:
    stage = Stage()
    nasty = '</td><script>alert(1)</script><img src=x onerror="alert(1)">'
    incident = await stage.incident(title=nasty)
    await stage.write(incident.id, nasty, "turned \u202e around \x1b[2J")
    async with browser(stage, token_of(Role.VIEWER)) as client:
        for path in ("/", f"/incidents/{incident.id}"):
            answer = await client.get(path)
            assert "<script" not in answer.text
            assert "<img" not in answer.text
            assert "\u202e" not in answer.text
            assert "\x1b" not in answer.text
            assert "script-src" not in answer.headers["content-security-policy"]
            assert "default-src 'none'" in answer.headers["content-security-policy"]


async def test_a_revoked_token_shuts_its_sessions() -> None:
    stage = Stage()
    async with browser(stage, token_of(Role.VIEWER)) as client:
        assert (await client.get("/")).status_code == 200
        await stage.parts.accounts.revoke_tokens("a-viewer")
        assert (await client.get("/")).status_code == 401


async def test_sessions_run_out_and_can_be_left() -> None:
    stage = Stage()
    async with browser(stage, token_of(Role.VIEWER)) as client:
        stage.clock.advance(timedelta(hours=12))
        assert (await client.get("/")).status_code == 401
        await client.post("/enter", data={"token": token_of(Role.VIEWER)})
        stolen = client.cookies[COOKIE]
        await client.post("/leave")
        client.cookies.set(COOKIE, stolen)
        assert (await client.get("/")).status_code == 401


async def test_what_does_not_exist_and_what_breaks_is_said_in_plain_words() -> None:
    class Busy:
        async def incidents(self, where: object, page: object) -> None:
            raise StoreBusy("the database is locked")

    class Broken:
        async def incidents(self, where: object, page: object) -> None:
            raise RuntimeError("inside")

    stage = Stage()
    async with browser(stage, token_of(Role.VIEWER)) as client:
        assert (await client.get("/incidents/inc_unknown")).status_code == 404
        assert (await client.get("/nope")).status_code == 404
        assert (await client.post("/enter", content=b"x" * 20_000)).status_code == 413
    for archive, code in ((Busy(), 503), (Broken(), 500)):
        async with browser(Stage().with_parts(archive=archive), token_of(Role.VIEWER)) as client:
            with capture_logs():
                answer = await client.get("/")
            assert answer.status_code == code
            assert "inside" not in answer.text


def test_elements_escape_what_is_not_markup() -> None:
    inner = el("b", "<&>", title='"x"')
    assert inner == '<b title="&quot;x&quot;">&lt;&amp;&gt;</b>'
    assert el("p", inner, None, 3) == f"<p>{inner}3</p>"
    assert el("input", required=True, disabled=False, value=None) == "<input required>"
    assert visible("a\x00\u2066b\n") == "a\\x00\\u2066b\n"
