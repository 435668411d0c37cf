"""What the forge says on the wire itself: pages, limits, errors, GraphQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from infrastructure.lab.forge import Forge, GitMissing, TemplateWrong
from infrastructure.lab.forge import git as git_program
from infrastructure.lab.forge.errors import FolderTaken
from tests.components.lab_forge.conftest import OPTIONS, SMALL_SHOP
from tests.components.lab_forge.lab_forge_loop import LoopThread


@pytest.fixture
async def client(forge: Forge) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {forge.token}"}
    async with httpx.AsyncClient(base_url=f"{forge.url}/repos/shop/shop", headers=headers) as open_client:
        yield open_client


async def ask(forge: Forge, query: str, **variables: Any) -> dict[str, Any]:
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {forge.token}"}) as client:
        answer = await client.post(f"{forge.url}/graphql", json={"query": query, "variables": variables})
        assert answer.status_code == 200
        return dict(answer.json())


async def test_pages_are_linked_forwards_and_backwards(client: httpx.AsyncClient) -> None:
    first = await client.get("/commits", params={"per_page": 2})
    assert set(first.links) == {"next", "last"}
    second = await client.get(first.links["next"]["url"])
    assert set(second.links) == {"prev", "first", "next", "last"}
    last = await client.get(first.links["last"]["url"])
    assert set(last.links) == {"prev", "first"}
    shas = [commit["sha"] for page in (first, second, last) for commit in page.json()]
    assert len(set(shas)) == len(shas) == 6


async def test_without_a_token_nothing_is_told(forge: Forge) -> None:
    async with httpx.AsyncClient(base_url=forge.url) as client:
        hidden = await client.get("/repos/shop/shop")
        assert (hidden.status_code, hidden.json()["message"]) == (404, "Not Found")
        user = await client.get("/user")
        assert (user.status_code, user.json()["message"]) == (401, "Requires authentication")
        wrong = await client.get("/user", headers={"Authorization": "token ghp_wrong"})
        assert (wrong.status_code, wrong.json()["message"]) == (401, "Bad credentials")
        asked = await client.post("/graphql", json={"query": "{ viewer { login } }"})
        assert asked.status_code == 401


@pytest.mark.parametrize(
    ("path", "status", "message"),
    [
        ("/commits/no-such-branch", 422, "No commit found for SHA: no-such-branch"),
        ("/commits?sha=no-such-branch", 404, "Not Found"),
        ("/branches/none", 404, "Branch not found"),
        ("/contents/none.txt", 404, "Not Found"),
        ("/contents/README.md?ref=none", 404, "No commit found for the ref none"),
        ("/pulls/9999", 404, "Not Found"),
        ("/nothing/here", 404, "Not Found"),
        ("/git/refs/heads/none", 404, "Not Found"),
        ("/git/blobs/zzzz", 404, "Not Found"),
    ],
)
async def test_what_is_not_there_is_said_in_githubs_words(
    client: httpx.AsyncClient, path: str, status: int, message: str
) -> None:
    answer = await client.get(path)
    body = answer.json()
    assert (answer.status_code, body["message"], body["status"]) == (status, message, str(status))


@pytest.mark.parametrize(
    ("path", "body", "status", "field"),
    [
        ("/issues", {"title": ""}, 422, "title"),
        ("/issues", {"title": 7}, 422, None),
        ("/pulls", {"title": "t", "head": "none", "base": "main"}, 422, "head"),
        ("/git/refs", {"ref": "heads/no-prefix", "sha": "0" * 40}, 422, None),
        ("/git/refs", {"ref": "refs/heads/a..b", "sha": "0" * 40}, 422, None),
        ("/git/refs", {"ref": "refs/heads/fine", "sha": "0" * 40}, 422, None),
        ("/git/commits", {"message": "m", "tree": "0" * 40}, 422, None),
        ("/git/trees", {"tree": [{"path": "../x", "content": "x"}]}, 422, None),
        ("/statuses/main", {"state": "fine"}, 422, None),
        ("/deployments", {"ref": "none"}, 422, None),
    ],
)
async def test_a_bad_body_is_refused_and_the_field_named(
    client: httpx.AsyncClient, path: str, body: dict[str, Any], status: int, field: str | None
) -> None:
    answer = await client.post(path, json=body)
    assert answer.status_code == status
    assert field is None or answer.json()["errors"][0]["field"] == field


async def test_what_is_not_json_is_a_400(client: httpx.AsyncClient) -> None:
    answer = await client.post("/issues", content=b"{not json")
    assert (answer.status_code, answer.json()["message"]) == (400, "Problems parsing JSON")


async def test_folders_and_raw_files_are_served(client: httpx.AsyncClient) -> None:
    listed = (await client.get("/contents/services")).json()
    assert [(item["path"], item["type"]) for item in listed] == [
        ("services/cart", "dir"),
        ("services/catalog", "dir"),
    ]
    raw = await client.get("/contents/docs/cart.md", headers={"Accept": "application/vnd.github.raw+json"})
    assert raw.text.startswith("# Cart\n")


async def test_the_hour_has_an_end_and_the_headers_count_towards_it(tmp_path: Path) -> None:
    forge = await Forge.start(
        directory=tmp_path, template=SMALL_SHOP, options=replace(OPTIONS, hourly_limit=2)
    )
    async with httpx.AsyncClient(headers={"Authorization": f"token {forge.token}"}) as client:
        answers = [await client.get(f"{forge.url}/user") for _ in range(3)]
        free = await client.get(f"{forge.url}/rate_limit")
    await forge.stop()
    assert [answer.headers["X-RateLimit-Remaining"] for answer in answers] == ["1", "0", "0"]
    assert answers[2].status_code == 403
    assert answers[2].json()["message"].startswith("API rate limit exceeded")
    assert free.json()["rate"]["remaining"] == 0


async def test_graphql_blames_each_line_with_its_pull_request(forge: Forge) -> None:
    query = """
    query Blame($path: String!, $first: Int = 1) {
      repository(owner: "shop", name: "shop") {
        object(expression: "main") { ...blamed }
      }
    }
    fragment blamed on Commit {
      blame(path: $path) { ranges { startingLine endingLine commit {
        message author { name user { login } }
        associatedPullRequests(first: $first) { nodes { number state } } } } }
    }"""
    data = (await ask(forge, query, path="services/cart/app.py"))["data"]
    by_line = {
        item["startingLine"]: item["commit"] for item in data["repository"]["object"]["blame"]["ranges"]
    }
    assert by_line[1]["associatedPullRequests"]["nodes"] == []
    assert by_line[4]["author"] == {"name": "Lena Fischer", "user": {"login": "lena"}}
    assert by_line[4]["associatedPullRequests"]["nodes"] == [{"number": 42, "state": "MERGED"}]
    assert sorted(by_line) == [1, 4, 5]


async def test_graphql_reads_files_pull_requests_and_history(forge: Forge) -> None:
    query = """{ repository(owner: "shop", name: "shop") {
      file: object(expression: "main:docs/cart.md") { __typename ... on Blob { text isBinary } }
      pullRequest(number: 42) { title mergedAt mergeCommit { parents(first: 5) { totalCount } } }
      defaultBranchRef { name target { ... on Commit { history(first: 2, path: "services") {
        edges { node { messageHeadline } } } } } } } }"""
    repository = (await ask(forge, query))["data"]["repository"]
    assert repository["file"]["__typename"] == "Blob"
    assert repository["file"]["text"].startswith("# Cart")
    assert repository["pullRequest"]["mergeCommit"]["parents"]["totalCount"] == 2
    edges = repository["defaultBranchRef"]["target"]["history"]["edges"]
    assert [edge["node"]["messageHeadline"] for edge in edges][1] == "Show the catalog in pages (#41)"


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("{ repository(owner: ", "Expected"),
        ("{ viewer { login ~ } }", "Unexpected character"),
        ("mutation { addStar { id } }", "not configured for mutations"),
        ("{ viewer { shoeSize } }", "Field 'shoeSize' doesn't exist on type 'User'"),
        ('{ repository(owner: "a", name: "b") { name } }', "Could not resolve to a Repository"),
        ("{ viewer { ...missing } }", "Fragment missing was used, but not defined"),
    ],
)
async def test_graphql_errors_say_what_is_wrong(forge: Forge, query: str, said: str) -> None:
    answer = await ask(forge, query)
    assert said in answer["errors"][0]["message"]
    assert not (answer.get("data") or {}).get("repository")


async def test_a_missing_file_is_a_null_with_an_error_that_leads_to_it(forge: Forge) -> None:
    query = '{ repository(owner: "shop", name: "shop") { object(expression: "main") { ... on Commit { blame(path: "x") { ranges { startingLine } } } } } }'
    answer = await ask(forge, query)
    assert answer["data"]["repository"]["object"] == {"blame": None}
    assert answer["errors"][0]["type"] == "NOT_FOUND"
    assert answer["errors"][0]["path"] == ["repository", "object", "blame"]


def test_without_git_the_start_says_what_to_install(
    loop: LoopThread, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GitMissing, match="install the package `git`"):
        loop.run(Forge.start(directory=tmp_path, template=SMALL_SHOP, options=OPTIONS))
    with pytest.raises(GitMissing, match=r"2\.38 or newer"):
        git_program.require_recent("git version 2.30.2")


def test_a_second_start_begins_anew_and_touches_no_folder_but_its_own(
    loop: LoopThread, tmp_path: Path
) -> None:
    first = loop.run(Forge.start(directory=tmp_path, template=SMALL_SHOP, options=OPTIONS))
    loop.run(
        first.merge_change(author="jon", title="More", body="", edit=lambda files: {**files, "x.txt": "x"})
    )
    loop.run(first.stop())
    second = loop.run(Forge.start(directory=tmp_path, template=SMALL_SHOP, options=OPTIONS))
    assert "x.txt" not in loop.run(second.files())
    loop.run(second.stop())
    (tmp_path / "other" / "shop.git").mkdir(parents=True)
    with pytest.raises(FolderTaken, match="not made by the forge"):
        loop.run(Forge.start(directory=tmp_path / "other", template=SMALL_SHOP, options=OPTIONS))


def test_a_place_without_a_value_stops_the_start(loop: LoopThread, tmp_path: Path) -> None:
    with pytest.raises(TemplateWrong, match="CART_PORT"):
        loop.run(Forge.start(directory=tmp_path, template=SMALL_SHOP))
