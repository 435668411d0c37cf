"""The routes: users, search, databases, data sources, pages, blocks."""

from __future__ import annotations

import hmac
import json
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from infrastructure.lab.knowledge.answers import (
    NotionError,
    answer,
    error_answer,
    list_answer,
    missing,
    paging_of,
    uuid_of,
    validation,
)
from infrastructure.lab.knowledge.library import Library, Page
from infrastructure.lab.knowledge.query import QueryWrong, select
from infrastructure.lab.knowledge.shapes import (
    View,
    block_shape,
    bot_shape,
    data_source_shape,
    database_shape,
    page_properties,
    page_shape,
    person_shape,
)

Json = Any
URL_WRONG = NotionError(400, "invalid_request_url", "Invalid request URL.")


class NotionApi:
    def __init__(self, library: Library, api_key: str) -> None:
        self._library = library
        self._api_key = api_key

    def make_app(self) -> web.Application:
        app = web.Application(middlewares=[self._door()], client_max_size=1024 * 1024)
        app.add_routes(
            [
                web.get("/v1/users/me", self.me),
                web.get("/v1/users", self.users),
                web.get("/v1/users/{id}", self.user),
                web.post("/v1/search", self.search),
                web.get("/v1/databases/{id}", self.database),
                web.post("/v1/databases/{id}/query", self.query_database),
                web.get("/v1/data_sources/{id}", self.data_source),
                web.post("/v1/data_sources/{id}/query", self.query_data_source),
                web.get("/v1/pages/{id}", self.page),
                web.get("/v1/pages/{id}/markdown", self.page_markdown),
                web.get("/v1/pages/{id}/properties/{property}", self.page_property),
                web.get("/v1/blocks/{id}", self.block),
                web.get("/v1/blocks/{id}/children", self.children),
            ]
        )
        return app

    def _door(self) -> Middleware:
        @web.middleware
        async def serve(request: web.Request, handler: Handler) -> web.StreamResponse:
            try:
                self._admit(request)
                return await handler(request)
            except NotionError as error:
                return error_answer(error)
            except QueryWrong as error:
                return error_answer(validation(str(error)))
            except web.HTTPException:
                return error_answer(URL_WRONG)

        return serve

    def _admit(self, request: web.Request) -> None:
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer" or not hmac.compare_digest(key.encode(), self._api_key.encode()):
            raise NotionError(401, "unauthorized", "API token is invalid.")
        if "Notion-Version" not in request.headers:
            said = "Notion-Version header should be defined, instead was `undefined`."
            raise NotionError(400, "missing_version", f"Notion-Version header failed validation: {said}")

    def _view(self, request: web.Request) -> View:
        return View(f"{request.scheme}://{request.host}", request.headers["Notion-Version"])

    async def me(self, request: web.Request) -> web.Response:
        return answer(bot_shape())

    async def users(self, request: web.Request) -> web.Response:
        return list_answer([person_shape(), bot_shape()], _asked_paging(request), dict, "user")

    async def user(self, request: web.Request) -> web.Response:
        asked = uuid_of(request.match_info["id"], "user_id")
        for shape in (person_shape(), bot_shape()):
            if shape["id"] == asked:
                return answer(shape)
        raise missing("user", asked)

    async def search(self, request: web.Request) -> web.Response:
        """By title, as Notion does; pages and the data source (or database) they are in."""
        body, view = await _body(request), self._view(request)
        words = str(body.get("query") or "").lower()
        wanted = (body.get("filter") or {}).get("value")
        container = data_source_shape if view.with_data_sources else database_shape
        found = [
            page_shape(page, self._library, view) for page in self._newest() if words in page.title.lower()
        ]
        if words in self._library.name.lower():
            found.append(container(self._library, view))
        if (body.get("sort") or {}).get("direction") == "ascending":
            found.sort(key=lambda item: str(item["last_edited_time"]))
        chosen = [item for item in found if wanted in (None, item["object"])]
        kind = "page_or_data_source" if view.with_data_sources else "page_or_database"
        return list_answer(chosen, _body_paging(body), dict, kind)

    def _newest(self) -> list[Page]:
        return sorted(self._library.pages(), key=lambda page: page.edited_at, reverse=True)

    async def database(self, request: web.Request) -> web.Response:
        asked = uuid_of(request.match_info["id"], "database_id")
        if asked != self._library.database_id:
            raise missing("database", asked)
        return answer(database_shape(self._library, self._view(request)))

    async def query_database(self, request: web.Request) -> web.Response:
        """The old way; versions with data sources do not know it."""
        if self._view(request).with_data_sources:
            raise URL_WRONG
        asked = uuid_of(request.match_info["id"], "database_id")
        if asked != self._library.database_id:
            raise missing("database", asked)
        return await self._query(request, "page_or_database")

    async def data_source(self, request: web.Request) -> web.Response:
        self._check_data_source(request)
        return answer(data_source_shape(self._library, self._view(request)))

    async def query_data_source(self, request: web.Request) -> web.Response:
        self._check_data_source(request)
        return await self._query(request, "page_or_data_source")

    def _check_data_source(self, request: web.Request) -> None:
        if not self._view(request).with_data_sources:
            raise URL_WRONG
        asked = uuid_of(request.match_info["id"], "data_source_id")
        if asked != self._library.data_source_id:
            raise missing("data source", asked)

    async def _query(self, request: web.Request, kind: str) -> web.Response:
        body, view = await _body(request), self._view(request)
        found = select(self._library.pages(), body.get("filter"), body.get("sorts") or [])
        return list_answer(
            found, _body_paging(body), lambda page: page_shape(page, self._library, view), kind
        )

    def _page(self, request: web.Request) -> Page:
        asked = uuid_of(request.match_info["id"], "page_id")
        page = self._library.page(asked)
        if page is None:
            raise missing("page", asked)
        return page

    async def page(self, request: web.Request) -> web.Response:
        return answer(page_shape(self._page(request), self._library, self._view(request)))

    async def page_markdown(self, request: web.Request) -> web.Response:
        page = self._page(request)
        return answer(
            {
                "object": "page_markdown",
                "id": page.id,
                "markdown": page.markdown,
                "truncated": False,
                "unknown_block_ids": [],
            }
        )

    async def page_property(self, request: web.Request) -> web.Response:
        asked = request.match_info["property"]
        for shape in page_properties(self._page(request)).values():
            if shape["id"] == asked:
                return answer({"object": "property_item", **shape})
        raise missing("property", asked)

    async def block(self, request: web.Request) -> web.Response:
        asked = uuid_of(request.match_info["id"], "block_id")
        owner = self._library.owner_of(asked)
        if owner is None:
            raise missing("block", asked)
        return answer(block_shape(owner.blocks[asked], owner))

    async def children(self, request: web.Request) -> web.Response:
        asked = uuid_of(request.match_info["id"], "block_id")
        page = self._library.page(asked) or self._library.owner_of(asked)
        if page is None:
            raise missing("block", asked)
        ids = page.children if page.id == asked else page.blocks[asked].children
        blocks = [page.blocks[block_id] for block_id in ids]
        return list_answer(blocks, _asked_paging(request), lambda block: block_shape(block, page), "block")


async def _body(request: web.Request) -> dict[str, Json]:
    text = await request.text()
    if not text.strip():
        return {}
    try:
        body = json.loads(text)
    except ValueError as error:
        raise NotionError(400, "invalid_json", "Error parsing JSON body.") from error
    if not isinstance(body, dict):
        raise validation("body failed validation: body should be an object.")
    return body


def _body_paging(body: dict[str, Json]) -> tuple[int, str | None]:
    return paging_of(body.get("page_size"), body.get("start_cursor"))


def _asked_paging(request: web.Request) -> tuple[int, str | None]:
    return paging_of(request.query.get("page_size"), request.query.get("start_cursor"))
