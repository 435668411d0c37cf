"""Nobody reads or writes without a token, and nobody does more than their role lets them."""

from __future__ import annotations

import pytest
from api_stage import WEBHOOK, Stage, document, token_of
from fastapi import APIRouter
from fastapi.routing import APIRoute

from sre_agent.api.callers import GuardedRoute, check_table
from sre_agent.api.roles import FOR_ALERTMANAGER, LEAST_ROLE
from sre_agent.domain.law import Role


def operations() -> list[tuple[str, str, str]]:
    """(operation, method, path) of everything that is described, with the paths' blanks filled in."""
    blanks = {"incident_id": "inc_1", "evidence_id": "E1", "plan_digest": "0" * 64, "name": "ann"}
    found = []
    for path, methods in document()["paths"].items():
        for blank, value in blanks.items():
            path = path.replace(f"{{{blank}}}", value)
        found += [(told["operationId"], method.upper(), path) for method, told in methods.items()]
    return [*found, ("get_openapi", "GET", "/openapi.json")]


GUARDED = [each for each in operations() if each[0] in LEAST_ROLE]


def test_every_operation_but_liveness_and_the_door_stands_in_the_table_of_roles() -> None:
    assert {each[0] for each in operations()} - {each[0] for each in GUARDED} == {
        "get_liveness",
        "get_door",
        "open_session",
        "get_sign_in_ways",
        "start_oidc",
        "finish_oidc",
    }
    assert {each[0] for each in GUARDED} == set(LEAST_ROLE)


@pytest.mark.promise("KEEP-5")
async def test_without_a_token_nothing_is_told() -> None:
    async with Stage().client(None) as client:
        answers = {operation: await client.request(method, path) for operation, method, path in GUARDED}
    told = {
        operation: (answer.status_code, answer.headers.get("www-authenticate"), answer.json().get("type"))
        for operation, answer in answers.items()
    }
    refused = (401, 'Bearer realm="sre-agent"', "urn:sre-agent:problem:unauthenticated")
    assert told == dict.fromkeys(told, refused)


@pytest.mark.promise("KEEP-5")
@pytest.mark.parametrize("path", ["/", "/nope", "/api/v1", "/api/v1/incidents/inc_1/nope"])
async def test_a_stranger_does_not_even_learn_what_exists(path: str) -> None:
    async with Stage().client(None) as client:
        assert (await client.get(path)).status_code == 401


@pytest.mark.promise("KEEP-5")
@pytest.mark.parametrize("path", ["/healthz", "/docs"])
async def test_liveness_and_the_empty_page_are_open(path: str) -> None:
    async with Stage().client(None) as client:
        assert (await client.get(path)).status_code == 200


@pytest.mark.parametrize("role", list(Role))
async def test_each_role_opens_exactly_its_operations(role: Role) -> None:
    async with Stage().client(role) as client:
        for operation, method, path in GUARDED:
            if operation in {"stream_all", "stream_incident"}:
                continue  # an open stream has no end; its door is tried with sockets
            refused = (await client.request(method, path)).status_code == 403
            assert refused == (role.rank < LEAST_ROLE[operation].rank), operation


async def test_the_webhooks_token_posts_alerts_and_nothing_else() -> None:
    async with Stage().client(WEBHOOK) as client:
        for operation, method, path in GUARDED:
            code = (await client.request(method, path)).status_code
            assert (code != 403) == (operation in FOR_ALERTMANAGER), operation


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        f"Basic {token_of('viewer')}",
        token_of("viewer"),
        f"Bearer {token_of('viewer')}x",
    ],
)
async def test_what_is_not_a_known_bearer_token_is_refused(header: str) -> None:
    stage = Stage()
    async with stage.client(None) as client:
        answer = await client.get("/api/v1/me", headers={"Authorization": header} if header else {})
    assert answer.status_code == 401


async def test_alertmanager_may_send_its_token_as_a_password_too() -> None:
    async with Stage().client(None) as client:
        answers = [
            await client.get("/api/v1/me", auth=("anybody", word))
            for word in (WEBHOOK, token_of("admin"), "", WEBHOOK + "x")
        ]
        posted = await client.post("/webhook/alert", json={}, auth=("alertmanager", WEBHOOK))
    assert [answer.status_code for answer in answers] == [403, 401, 401, 401]
    assert posted.status_code == 422


async def test_a_token_in_the_address_is_no_token() -> None:
    async with Stage().client(None) as client:
        answer = await client.get("/api/v1/me", params={"token": token_of("admin")})
    assert answer.status_code == 401


async def test_a_revoked_token_is_refused_at_once() -> None:
    stage = Stage()
    async with stage.client(Role.VIEWER) as client:
        assert (await client.get("/api/v1/me")).json() == {"name": "a-viewer", "role": "viewer"}
        await stage.parts.accounts.revoke_tokens("a-viewer")
        assert (await client.get("/api/v1/me")).status_code == 401


async def test_a_viewer_is_refused_before_the_body_is_looked_at() -> None:
    async with Stage().client(Role.VIEWER) as client:
        answer = await client.post("/api/v1/ask", content=b"{", headers={"Content-Type": "application/json"})
    assert answer.status_code == 403


async def test_no_other_site_may_read_and_no_browser_may_guess_types() -> None:
    async with Stage().client(Role.VIEWER) as client:
        answer = await client.get("/api/v1/incidents", headers={"Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in answer.headers
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_a_route_that_is_not_in_the_table_cannot_be_served() -> None:
    forgotten = APIRouter(route_class=GuardedRoute)
    forgotten.add_api_route("/forgotten", lambda: None, operation_id="forgotten")
    with pytest.raises(ValueError, match="forgotten"):
        check_table([forgotten])


def test_a_route_that_does_not_look_at_roles_cannot_be_served() -> None:
    routers = [APIRouter(route_class=GuardedRoute) for _ in range(2)]
    for operation in LEAST_ROLE:
        routers[0].add_api_route(f"/{operation}", lambda: None, operation_id=operation)
    careless = APIRoute("/careless", lambda: None, operation_id="get_me")
    routers[1].routes.append(careless)
    with pytest.raises(ValueError, match="careless"):
        check_table(routers)
