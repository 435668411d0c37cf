"""What Notion must answer to notion-client: one suite for the lab's understudy and, read-only, for the real one.

The lab's API runs it in `make test`. To hold it against the real service, share a database that has at least one page
with text in it: `NOTION_CONTRACT_URL=https://api.notion.com NOTION_CONTRACT_KEY=… NOTION_CONTRACT_DATABASE=…`.
"""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from notion_client import APIErrorCode, APIResponseError, Client
from notion_client.helpers import collect_paginated_api, is_full_page

Json = dict[str, Any]


class NotionContract:
    """Fixtures `notion`, `stranger` (a client with a wrong key) and `database_id` come from the runner."""

    @pytest.fixture
    def data_source(self, notion: Client, database_id: str) -> Json:
        database: Json = notion.databases.retrieve(database_id)
        return notion.data_sources.retrieve(database["data_sources"][0]["id"])

    @pytest.fixture
    def pages(self, notion: Client, data_source: Json) -> list[Json]:
        return collect_paginated_api(notion.data_sources.query, data_source_id=data_source["id"])

    def test_a_wrong_key_is_unauthorized(self, stranger: Client) -> None:
        with pytest.raises(APIResponseError) as refused:
            stranger.users.me()
        assert refused.value.code == APIErrorCode.Unauthorized
        assert refused.value.status == 401

    def test_the_key_belongs_to_a_bot(self, notion: Client) -> None:
        me = notion.users.me()
        assert (me["object"], me["type"]) == ("user", "bot")

    def test_what_is_not_shared_is_not_found(self, notion: Client) -> None:
        with pytest.raises(APIResponseError) as refused:
            notion.pages.retrieve(str(uuid4()))
        assert refused.value.code == APIErrorCode.ObjectNotFound

    def test_an_id_that_is_none_is_a_validation_error(self, notion: Client) -> None:
        with pytest.raises(APIResponseError) as refused:
            notion.pages.retrieve("not-an-id")
        assert refused.value.code == APIErrorCode.ValidationError

    def test_a_database_leads_to_its_data_source_and_back(self, data_source: Json, database_id: str) -> None:
        assert data_source["object"] == "data_source"
        assert data_source["parent"]["database_id"].replace("-", "") == database_id.replace("-", "")
        assert "title" in {column["type"] for column in data_source["properties"].values()}

    def test_pages_name_their_data_source_and_have_a_title(
        self, pages: list[Json], data_source: Json
    ) -> None:
        for page in pages:
            assert is_full_page(page)
            assert page["parent"]["data_source_id"] == data_source["id"]
            (title,) = [value for value in page["properties"].values() if value["type"] == "title"]
            assert all(piece["plain_text"] for piece in title["title"])

    def test_pages_can_be_read_one_at_a_time_by_cursor(
        self, notion: Client, data_source: Json, pages: list[Json]
    ) -> None:
        seen, cursor = [], None
        while True:
            asked = {"start_cursor": cursor} if cursor else {}
            answer = notion.data_sources.query(data_source_id=data_source["id"], page_size=1, **asked)
            seen += [page["id"] for page in answer["results"]]
            cursor = answer["next_cursor"]
            assert answer["has_more"] == (cursor is not None)
            if cursor is None:
                break
        assert seen == [page["id"] for page in pages]

    def test_blocks_carry_their_content_under_their_type(self, notion: Client, pages: list[Json]) -> None:
        blocks = collect_paginated_api(notion.blocks.children.list, block_id=pages[0]["id"])
        assert blocks
        for block in blocks:
            assert block["object"] == "block"
            assert isinstance(block[block["type"]], dict)
            if block["has_children"]:
                assert notion.blocks.children.list(block["id"])["results"]

    def test_search_finds_a_page_by_its_title(self, notion: Client, pages: list[Json]) -> None:
        (title,) = [value for value in pages[0]["properties"].values() if value["type"] == "title"]
        words = "".join(piece["plain_text"] for piece in title["title"])
        only_pages = {"property": "object", "value": "page"}
        found = notion.search(query=words, filter=only_pages)
        assert pages[0]["id"] in [page["id"] for page in found["results"]]
        assert {item["object"] for item in found["results"]} == {"page"}

    def test_the_old_way_of_querying_a_database_is_gone(self, notion: Client, database_id: str) -> None:
        with pytest.raises(APIResponseError) as refused:
            notion.request(path=f"databases/{database_id}/query", method="POST", body={})
        assert refused.value.code == APIErrorCode.InvalidRequestURL
