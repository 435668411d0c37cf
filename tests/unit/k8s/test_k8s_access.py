"""Who may only look can only look; who rehearses can send nothing that is kept."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_servers.k8s import access, kinds
from mcp_servers.k8s.access import Look, Rehearsal, Reply, Request, Writing
from mcp_servers.kit.errors import Code, ToolError
from tests.unit.k8s.fake_api import CART, CORE, FakeApi, shop


class Recorder:
    user = "recorder"

    def __init__(self) -> None:
        self.requests: list[Request] = []

    async def send(self, request: Request) -> Reply:
        self.requests.append(request)
        return Reply({})

    async def text(self, request: Request) -> str:
        self.requests.append(request)
        return ""


PATHS = st.text(st.characters(codec="ascii"), max_size=40).map(lambda tail: f"/api/v1/{tail}")
BODIES = st.dictionaries(
    st.sampled_from(["kind", "dryRun", "metadata", "spec", "deleteOptions"]),
    st.sampled_from(["Eviction", "None", "", []])
    | st.dictionaries(st.sampled_from(["dryRun", "x"]), st.just([])),
    max_size=4,
).filter(lambda body: not isinstance(body.get("deleteOptions"), str | list))


@given(PATHS, BODIES, st.sampled_from(["patch", "create", "delete"]))
@pytest.mark.promise("ACT-5")
def test_whatever_is_rehearsed_is_sent_as_a_dry_run(path: str, body: dict[str, Any], method: str) -> None:
    api = Recorder()
    given_body: Any = [body] if method == "patch" else body
    asyncio.run(getattr(Rehearsal(api), method)(path, given_body))
    (request,) = api.requests
    assert [value for name, value in request.query if name == "dryRun"] == ["All"]
    if request.method == "DELETE":
        assert request.body["dryRun"] == ["All"]
    if isinstance(request.body, dict) and request.body.get("kind") == "Eviction":
        assert request.body["deleteOptions"]["dryRun"] == ["All"]


def test_a_rehearsal_has_no_other_way_to_send() -> None:
    ways = {name for name in dir(Rehearsal) if not name.startswith("__")}
    assert ways == {"patch", "create", "delete", "_send"}
    assert {name for name in dir(Look) if not name.startswith("_")} == {"kind", "get", "list", "raw", "text"}


async def test_looking_sends_nothing_but_gets() -> None:
    api = Recorder()
    look = Look(api)
    await look.raw("/version")
    await look.text("/log")
    await look.list(kinds.of("pods"), "shop")
    await look.get(kinds.of("pods"), "x", "shop")
    with pytest.raises(ToolError):
        await look.kind("Widget")
    assert {request.method for request in api.requests} == {"GET"}


async def test_a_write_is_no_dry_run() -> None:
    api = Recorder()
    await Writing(api).patch("/x", [])
    assert all(name != "dryRun" for name, _ in api.requests[0].query)


async def test_long_lists_are_fetched_in_pages_up_to_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    class Paged(Recorder):
        async def send(self, request: Request) -> Reply:
            self.requests.append(request)
            query = dict(request.query)
            start, size = int(query.get("continue", 0)), int(query["limit"])
            items = [{"metadata": {"name": f"p{number}"}} for number in range(start, min(start + size, 1200))]
            end = start + len(items)
            facts = {"continue": str(end), "remainingItemCount": 1200 - end} if end < 1200 else {}
            return Reply({"items": items, "metadata": facts})

    api = Paged()
    listing = await Look(api).list(kinds.of("pods"), limit=5000)
    assert (len(listing.items), listing.next, len(api.requests)) == (1200, "", 3)
    assert listing.items[0]["kind"] == "Pod"
    part = await Look(api).list(kinds.of("pods"), limit=700)
    assert (len(part.items), part.next, part.remaining) == (700, "700", 500)
    rest = await Look(api).list(kinds.of("pods"), limit=5000, cursor=part.next)
    assert len(rest.items) == 500
    assert access.PAGE == 500


class Discovering(FakeApi):
    def __init__(self) -> None:
        super().__init__()
        groups = [{"preferredVersion": {"groupVersion": "example.com/v1"}}]
        widget = {"name": "widgets", "kind": "Widget", "singularName": "widget", "namespaced": True}
        status = {"name": "widgets/status", "kind": "Widget", "namespaced": True}
        self.objects = {
            "/apis": {"groups": groups},
            "/api/v1": {"resources": []},
            "/apis/example.com/v1": {"resources": [status, widget]},
        }


@pytest.mark.parametrize("name", ["Widget", "widgets", "widget"])
async def test_a_kind_that_is_not_known_by_heart_is_discovered(name: str) -> None:
    kind = await Look(Discovering()).kind(name)
    assert kind.path("shop", "w1") == "/apis/example.com/v1/namespaces/shop/widgets/w1"


async def test_a_kind_nobody_serves_is_not_found() -> None:
    with pytest.raises(ToolError, match="Gadget") as missing:
        await Look(Discovering()).kind("Gadget")
    assert missing.value.code is Code.NOT_FOUND


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("Deployment", CART.rpartition("/")[0]),
        ("deployments", CART.rpartition("/")[0]),
        ("Pod", f"{CORE}/pods"),
        ("nodes", "/api/v1/nodes"),
        ("HorizontalPodAutoscaler", "/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers"),
    ],
)
def test_common_kinds_are_known_by_heart(name: str, path: str) -> None:
    assert kinds.of(name).path("shop") == path


async def test_an_eviction_goes_to_its_subresource() -> None:
    api = shop()
    body = {"kind": "Eviction", "metadata": {"name": "cart-0"}, "deleteOptions": {}}
    await Rehearsal(api).create(f"{CORE}/pods/cart-0/eviction", body)
    assert f"{CORE}/pods/cart-0" in api.objects
