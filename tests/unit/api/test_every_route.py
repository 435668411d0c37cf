"""Every route, as everybody, in every way it could be reached from where it should not be."""

from __future__ import annotations

import httpx
import pytest
from api_stage import WEBHOOK, Stage
from test_callers import operations

from sre_agent.api.roles import LEAST_ROLE
from sre_agent.domain.law import Role

WHO = {
    **dict.fromkeys(
        (
            *("get_me", "get_session", "close_session", "change_password", "get_metrics", "get_readiness"),
            *(
                "get_openapi",
                "list_incidents",
                "list_clusters",
                "get_incident",
                "list_incident_alerts",
                "get_journal",
            ),
            *("list_alerts_left_alone", "stream_incident", "stream_all", "list_evidence", "get_snapshot"),
            *("get_evidence_body", "list_hypotheses", "list_plans", "get_plan", "get_postmortem"),
            *("get_postmortem_markdown", "list_servers", "list_tools", "get_topology", "list_log_signatures"),
            *("list_postmortem_versions", "get_postmortem_version", "list_runs", "get_run_report"),
            *("list_similar_incidents", "list_integrations", "get_evals", "list_notifications"),
            *(
                "list_trust",
                "list_mitigations",
                "list_trust_samples",
                "get_setup",
                "get_signals",
                "get_policies",
                "explain_policy",
            ),
        ),
        Role.VIEWER,
    ),
    **dict.fromkeys(
        (
            *("receive_alerts", "ask_question", "cancel_incident", "retry_incident"),
            *("approve_plan", "reject_plan", "test_integration", "send_test_alert", "look_at_plan"),
            *("replay_incident", "ask_model_about_incident", "link_fix", "edit_postmortem"),
        ),
        Role.RESPONDER,
    ),
    **dict.fromkeys(
        (
            *("list_audit", "verify_audit", "export_audit", "demote_trust"),
            *("restore_mitigation", "keep_mitigation", "open_fix_ticket", "break_glass"),
        ),
        Role.APPROVER,
    ),
    **dict.fromkeys(
        (
            *("list_accounts", "create_account", "issue_token", "revoke_tokens", "set_password"),
            *(
                "issue_link",
                "cut_audit",
                "test_notifications",
                "list_user_links",
                "link_user",
                "unlink_user",
                "promote_trust",
                "simulate_policy",
            ),
        ),
        Role.ADMIN,
    ),
}
"""Written a second time on purpose: whoever adds a route, or lowers a role, must say so here, too."""

OPEN = {"get_liveness", "get_door", "open_session", "get_sign_in_ways", "start_oidc", "finish_oidc"}
STREAMS = {"stream_incident", "stream_all"}
ROUTES = operations()
WRITES = [each for each in ROUTES if each[1] != "GET"]
HOSTILE_SITES = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Origin": "http://api.evil.example"},
    {"Origin": "http://api@evil.example"},
]


def test_every_route_has_a_line_here_and_the_line_says_what_the_code_says() -> None:
    assert {operation for operation, _, _ in ROUTES} == WHO.keys() | OPEN
    assert dict(LEAST_ROLE) == WHO


async def status(client: httpx.AsyncClient, method: str, path: str, **more: object) -> int:
    answer = await client.request(method, path, **more)  # type: ignore[arg-type]
    assert answer.status_code < 500, (method, path, answer.text)
    return answer.status_code


@pytest.mark.promise("KEEP-5")
@pytest.mark.parametrize("role", [*Role, "webhook", "nobody", "a stranger"])
async def test_a_walk_over_all_routes_opens_exactly_what_the_role_may(role: Role | str) -> None:
    tokens = {"webhook": WEBHOOK, "nobody": None, "a stranger": "sre_unknown"}
    stage = Stage()
    async with stage.client(tokens.get(role, role)) as client:
        for operation, method, path in ROUTES:
            if operation in OPEN:
                continue
            may = isinstance(role, Role) and role.rank >= WHO[operation].rank
            if may and operation in STREAMS:
                continue
            body = {"json": {}} if method in {"POST", "PUT"} else {}
            found = await status(client, method, path, **body)
            if role in {"nobody", "a stranger"}:
                assert found == 401, operation
            elif may or (role == "webhook" and operation == "receive_alerts"):
                assert found not in {401, 403}, operation
            else:
                assert found == 403, operation


@pytest.mark.promise("KEEP-8")
@pytest.mark.parametrize(("operation", "method", "path"), WRITES)
async def test_every_write_refuses_what_comes_from_another_site(
    operation: str, method: str, path: str
) -> None:
    async with Stage().client(Role.ADMIN) as client:
        for headers in HOSTILE_SITES:
            answer = await client.request(method, path, headers=headers, json={})
            assert answer.status_code == 403, headers
            assert answer.json()["type"].endswith("cross-site"), headers


async def test_a_write_from_our_own_page_is_let_through() -> None:
    headers = {"Origin": "http://api", "Sec-Fetch-Site": "same-origin"}
    async with Stage().client(Role.RESPONDER) as client:
        answer = await client.post("/api/v1/ask", json={"question": "why?"}, headers=headers)
    assert answer.status_code == 202, answer.text


async def test_a_write_through_a_proxy_is_let_through_from_the_address_people_use() -> None:
    stage = Stage()
    stage.with_parts(settings=stage.settings.__class__(public_url="https://sre.example.org"))
    async with stage.client(Role.RESPONDER) as client:
        for origin, expected in (("https://sre.example.org", 202), ("https://other.example.org", 403)):
            answer = await client.post("/api/v1/ask", json={"question": "why?"}, headers={"Origin": origin})
            assert answer.status_code == expected


@pytest.mark.parametrize(("operation", "method", "path"), [each for each in WRITES if each[1] != "DELETE"])
async def test_every_write_takes_json_alone_of_a_bounded_size(operation: str, method: str, path: str) -> None:
    async with Stage().client(Role.ADMIN) as client:
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
            headers = {"Content-Type": kind}
            assert await status(client, method, path, content=b"{}", headers=headers) == 415
        big = b'{"x": "' + b"x" * 2**20 + b'"}'
        headers = {"Content-Type": "application/json"}
        assert await status(client, method, path, content=big, headers=headers) == 413


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/incidents/..%2f..%2fhealthz/journal",
        "/api/v1/incidents/%2e%2e/%2e%2e/accounts",
        "/api/v1//accounts",
        "/api/v1/accounts/",
        "/API/V1/accounts",
        "/api/v1/accounts;x=1",
        "/api/v1/accounts%00",
        "/api/v1/accounts%3f",
        "/healthz/../api/v1/accounts",
        "/healthz%2f..%2fapi%2fv1%2faccounts",
        "/docs/..%5c..%5capi/v1/accounts",
        "/api/v1/login/../accounts",
        "/api/v1/incidents/" + "x" * 5000,
        "/api/v1/incidents/%ff%fe",
    ],
)
async def test_no_spelling_of_a_path_leads_past_the_gate(path: str) -> None:
    for role in (None, Role.VIEWER):
        async with Stage().client(role) as client:
            request = client.build_request("GET", "http://api/")
            request.url = request.url.copy_with(raw_path=path.encode())
            answer = await client.send(request)
        assert answer.status_code in ({401} if role is None else {403, 404, 422}), answer.text


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": ""},
        {"X-Forwarded-Host": "evil.example", "X-Forwarded-For": "127.0.0.1", "X-Forwarded-Proto": "https"},
        {"X-Original-URL": "/api/v1/accounts", "X-Rewrite-URL": "/api/v1/accounts"},
        {"X-HTTP-Method-Override": "DELETE"},
        {"Authorization": "Bearer "},
        {"Authorization": "Basic YTpi"},
        {"Authorization": "Bearer \xff\xfe"},
        {"Authorization": "Bearer " + "x" * 100_000},
        {"Cookie": "sre_agent_login"},
        {"Cookie": "sre_agent_login=sres_\xff; ; ="},
        {"Cookie": "sre_agent_login=sres_x; sre_agent_login=sres_y"},
        {"Range": "bytes=0-0"},
        {"Last-Event-ID": "../../etc/passwd"},
    ],
)
async def test_no_header_opens_a_door_or_breaks_one(headers: dict[str, str]) -> None:
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    async with Stage().client(None) as client:
        answer = await client.get("/api/v1/accounts", headers=raw)
        assert answer.status_code == 401
        assert "evil.example" not in answer.text + repr(answer.headers)


async def test_every_answer_carries_the_headers_that_keep_a_browser_from_guessing() -> None:
    async with Stage().client(None) as client:
        for path in ("/healthz", "/docs", "/nope", "/api/v1/login"):
            headers = (await client.get(path)).headers
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["x-frame-options"] == "DENY"
            assert headers["referrer-policy"] == "no-referrer"
            assert "frame-ancestors 'none'" in headers["content-security-policy"]
            assert "access-control-allow-origin" not in headers
