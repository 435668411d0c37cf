"""notion-client, as it comes, reads the lab's pages."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from notion_client import APIErrorCode, APIResponseError, AsyncClient, Client

from infrastructure.lab.knowledge import Knowledge
from infrastructure.lab.knowledge.library import RunbookWrong
from tests.components.lab_forge.lab_forge_loop import LoopThread
from tests.contracts.lab_knowledge_notion import NotionContract

PAGES = Path(__file__).parent / "pages"
RUNBOOKS = Path(__file__).parents[3] / "infrastructure" / "lab" / "shop" / "runbooks"
REAL = os.environ.get("NOTION_CONTRACT_URL", "")
Json = dict[str, Any]


@pytest.fixture(scope="module")
def loop() -> Iterator[LoopThread]:
    with LoopThread() as thread:
        yield thread


@pytest.fixture(scope="module")
def knowledge(loop: LoopThread) -> Iterator[Knowledge]:
    running = loop.run(Knowledge.start(folder=PAGES))
    yield running
    loop.run(running.stop())


@pytest.fixture
def notion(knowledge: Knowledge) -> Iterator[Client]:
    with Client(auth=knowledge.api_key, base_url=knowledge.url, retry=False) as client:
        yield client


@pytest.fixture
def slow_page(notion: Client, knowledge: Knowledge) -> Json:
    by_alert = {"property": "Alerts", "multi_select": {"contains": "CPUThrottlingHigh"}}
    answer = notion.data_sources.query(data_source_id=knowledge.data_source_id, filter=by_alert)
    (page,) = answer["results"]
    return dict(page)


class TestKnowledge(NotionContract):
    @pytest.fixture
    def database_id(self, knowledge: Knowledge) -> str:
        return knowledge.database_id

    @pytest.fixture
    def stranger(self, knowledge: Knowledge) -> Iterator[Client]:
        with Client(auth="ntn_unknown", base_url=knowledge.url, retry=False) as client:
            yield client


@pytest.mark.skipif(not REAL, reason="NOTION_CONTRACT_URL names no Notion to compare with")
class TestRealNotion(NotionContract):
    @pytest.fixture
    def database_id(self) -> str:
        return os.environ["NOTION_CONTRACT_DATABASE"]

    @pytest.fixture
    def notion(self) -> Iterator[Client]:
        with Client(auth=os.environ["NOTION_CONTRACT_KEY"], base_url=REAL) as client:
            yield client

    @pytest.fixture
    def stranger(self) -> Iterator[Client]:
        with Client(auth="ntn_unknown", base_url=REAL, retry=False) as client:
            yield client


def test_front_matter_becomes_properties(slow_page: Json) -> None:
    properties = slow_page["properties"]
    assert [option["name"] for option in properties["Alerts"]["multi_select"]] == [
        "ServiceHighLatency",
        "CPUThrottlingHigh",
    ]
    assert properties["Name"]["title"][0]["plain_text"] == "The cart is slow"


def test_each_construct_of_a_page_has_its_block(notion: Client, slow_page: Json) -> None:
    blocks = notion.blocks.children.list(slow_page["id"])["results"]
    assert [block["type"] for block in blocks] == [
        "paragraph",
        "heading_2",
        "numbered_list_item",
        "numbered_list_item",
        "to_do",
        "to_do",
        "quote",
        "divider",
        "table",
    ]
    assert [block["to_do"]["checked"] for block in blocks[4:6]] == [False, True]
    (code,) = notion.blocks.children.list(blocks[2]["id"])["results"]
    assert (code["type"], code["code"]["language"]) == ("code", "plain text")
    assert code["parent"] == {"type": "block_id", "block_id": blocks[2]["id"]}
    rows = notion.blocks.children.list(blocks[8]["id"])["results"]
    assert blocks[8]["table"]["table_width"] == 2
    assert [row["table_row"]["cells"][0][0]["plain_text"] for row in rows] == ["sign", "queue", "none"]
    assert rows[2]["table_row"]["cells"][1] == []


def test_rich_text_keeps_bold_code_and_links(notion: Client, slow_page: Json) -> None:
    pieces = notion.blocks.children.list(slow_page["id"])["results"][0]["paragraph"]["rich_text"]
    looks = {
        piece["plain_text"]: [name for name, on in piece["annotations"].items() if on is True]
        for piece in pieces
    }
    assert looks["too long"] == ["bold"]
    assert looks["cart_seconds"] == ["code"]
    assert [piece["href"] for piece in pieces if piece["plain_text"] == "dashboard"] == [
        "https://dash.example/cart"
    ]


def test_children_come_in_pages_that_fit_together(notion: Client, slow_page: Json) -> None:
    whole = [block["id"] for block in notion.blocks.children.list(slow_page["id"])["results"]]
    first = notion.blocks.children.list(slow_page["id"], page_size=4)
    rest = notion.blocks.children.list(slow_page["id"], start_cursor=first["next_cursor"])
    assert [block["id"] for block in first["results"] + rest["results"]] == whole
    assert notion.blocks.retrieve(whole[0])["id"] == whole[0]


def test_a_page_can_be_had_as_markdown(notion: Client, slow_page: Json) -> None:
    answer = notion.pages.retrieve_markdown(slow_page["id"])
    assert answer["object"] == "page_markdown"
    assert "## Checks" in answer["markdown"]
    assert "title:" not in answer["markdown"]


def test_a_page_without_front_matter_takes_its_first_heading_as_title(notion: Client) -> None:
    (page,) = notion.search(query="database is full")["results"]
    assert [block["type"] for block in notion.blocks.children.list(page["id"])["results"]] == ["paragraph"]


@pytest.mark.parametrize(
    ("chosen", "titles"),
    [
        ({"property": "Name", "title": {"contains": "cart"}}, ["The cart is slow"]),
        ({"property": "Name", "title": {"starts_with": "page"}}, ["Page 1", "Page 2", "Page 3"]),
        (
            {
                "and": [
                    {"property": "Tags", "multi_select": {"contains": "small"}},
                    {"property": "Name", "title": {"does_not_equal": "Page 2"}},
                ]
            },
            ["Page 1", "Page 3"],
        ),
        (
            {
                "or": [
                    {"property": "Services", "multi_select": {"contains": "cart"}},
                    {"property": "Tags", "multi_select": {"is_empty": True}},
                ]
            },
            ["The cart is slow", "The database is full"],
        ),
        ({"timestamp": "last_edited_time", "last_edited_time": {"before": "2001-01-01"}}, []),
    ],
)
def test_filters_choose_pages(notion: Client, knowledge: Knowledge, chosen: Json, titles: list[str]) -> None:
    sorts = [{"property": "Name", "direction": "ascending"}]
    answer = notion.data_sources.query(data_source_id=knowledge.data_source_id, filter=chosen, sorts=sorts)
    found = [page["properties"]["Name"]["title"][0]["plain_text"] for page in answer["results"]]
    assert found == titles


@pytest.mark.parametrize(
    "body",
    [
        {"filter": {"property": "None", "title": {"equals": "x"}}},
        {"filter": {"property": "Name", "title": {"resembles": "x"}}},
        {"filter": {"property": "Tags", "multi_select": {"contains": {"no": "word"}}}},
        {"page_size": 1000},
        {"start_cursor": "5a1f4a8e-6a2c-4a53-9c7e-2f6f1f2d9b10"},
        {"sorts": [{"property": "None"}]},
    ],
)
def test_a_wrong_query_is_a_validation_error(notion: Client, knowledge: Knowledge, body: Json) -> None:
    with pytest.raises(APIResponseError) as refused:
        notion.data_sources.query(data_source_id=knowledge.data_source_id, **body)
    assert refused.value.code == APIErrorCode.ValidationError


def test_older_versions_query_the_database_itself(knowledge: Knowledge) -> None:
    options = {"auth": knowledge.api_key, "base_url": knowledge.url, "notion_version": "2022-06-28"}
    with Client(retry=False, **options) as old:
        database = old.databases.retrieve(knowledge.database_id)
        assert "Alerts" in database["properties"]
        answer = old.request(path=f"databases/{knowledge.database_id}/query", method="POST", body={})
        assert {page["parent"]["type"] for page in answer["results"]} == {"database_id"}


async def test_the_asynchronous_client_works_as_well(knowledge: Knowledge) -> None:
    async with AsyncClient(auth=knowledge.api_key, base_url=knowledge.url) as notion:
        users = await notion.users.list()
        assert {user["type"] for user in users["results"]} == {"bot", "person"}


async def test_what_the_client_cannot_send_is_refused_too(knowledge: Knowledge) -> None:
    headers = {"Authorization": f"Bearer {knowledge.api_key}"}
    async with httpx.AsyncClient(base_url=f"{knowledge.url}/v1", headers=headers) as client:
        assert (await client.get("/users/me")).json()["code"] == "missing_version"
        client.headers["Notion-Version"] = "2025-09-03"
        assert (await client.post("/search", content=b"{")).json()["code"] == "invalid_json"
        assert (await client.get("/nothing")).json()["code"] == "invalid_request_url"
        assert (await client.patch(f"/pages/{knowledge.database_id}")).json()["code"] == "invalid_request_url"


async def test_a_changed_file_is_a_changed_page(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# One\n\nText\n")
    knowledge = await Knowledge.start(folder=tmp_path)
    async with AsyncClient(auth=knowledge.api_key, base_url=knowledge.url) as notion:
        assert (await notion.search(query="One"))["results"]
        (tmp_path / "b.md").write_text("# Two\n")
        (tmp_path / "a.md").unlink()
        assert not (await notion.search(query="One"))["results"]
        assert (await notion.search(query="Two"))["results"]
    await knowledge.stop()


async def test_pages_that_cannot_be_read_stop_the_start(tmp_path: Path) -> None:
    with pytest.raises(RunbookWrong, match="no Markdown file"):
        await Knowledge.start(folder=tmp_path)
    (tmp_path / "broken.md").write_text("---\ntitle: [unclosed\n---\ntext\n")
    with pytest.raises(RunbookWrong, match=r"broken\.md"):
        await Knowledge.start(folder=tmp_path)


async def test_the_shops_runbooks_are_pages_that_alerts_lead_to() -> None:
    knowledge = await Knowledge.start(folder=RUNBOOKS)
    async with AsyncClient(auth=knowledge.api_key, base_url=knowledge.url) as notion:
        answer = await notion.data_sources.query(data_source_id=knowledge.data_source_id)
        assert len(answer["results"]) >= 12
        for page in answer["results"]:
            assert page["properties"]["Alerts"]["multi_select"]
            blocks = (await notion.blocks.children.list(page["id"]))["results"]
            headings = [
                block["heading_2"]["rich_text"][0]["plain_text"]
                for block in blocks
                if block["type"] == "heading_2"
            ]
            assert headings[-2:] == ["Remedy", "How to verify"]
            assert "Checks" in headings
    await knowledge.stop()
