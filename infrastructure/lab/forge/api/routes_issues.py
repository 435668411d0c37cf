"""Issues, comments, labels, and the search that finds them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from aiohttp import web

from infrastructure.lab.forge.api.answers import (
    ApiError,
    invalid,
    json_answer,
    not_found,
    page_answer,
    page_of,
)
from infrastructure.lab.forge.api.asking import body_of, caller, json_of, optional, time_asked, wanted
from infrastructure.lab.forge.api.desk import REPO, Desk
from infrastructure.lab.forge.api.search import matches, parse_search
from infrastructure.lab.forge.api.shapes_threads import comment_shape, issue_shape, label_shape
from infrastructure.lab.forge.records import Comment, Issue

Json = Any


class IssueRoutes:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._records = desk.shop.records

    def table(self) -> list[web.RouteDef]:
        issue = f"{REPO}/issues/{{number:\\d+}}"
        return [
            web.get(f"{REPO}/issues", self.listing),
            web.post(f"{REPO}/issues", self.create),
            web.get(issue, self.get),
            web.patch(issue, self.update),
            web.get(f"{issue}/comments", self.comments),
            web.post(f"{issue}/comments", self.add_comment),
            web.get(f"{issue}/labels", self.labels_of),
            web.post(f"{issue}/labels", self.add_labels),
            web.delete(f"{issue}/labels/{{label}}", self.remove_label),
            web.get(f"{REPO}/labels", self.labels),
            web.get(f"{REPO}/labels/{{label}}", self.label),
            web.get("/search/issues", self.search),
        ]

    async def listing(self, request: web.Request) -> web.Response:
        asked, since = request.query, time_asked(request, "since")
        labels = {label for label in asked.get("labels", "").split(",") if label}
        found = [
            issue
            for issue in self._records.issues.values()
            if asked.get("state", "open") in (issue.state, "all")
            and labels <= set(issue.labels)
            and asked.get("creator", issue.author) == issue.author
            and (since is None or issue.updated_at >= since)
        ]
        by_update = asked.get("sort") == "updated"
        found.sort(
            key=lambda issue: (issue.updated_at if by_update else issue.created_at, issue.number),
            reverse=asked.get("direction", "desc") == "desc",
        )
        return page_answer(request, found, lambda issue: self._shape(request, issue))

    def _shape(self, request: web.Request, issue: Issue) -> dict[str, Json]:
        return issue_shape(issue, self._desk.links(request), self._records.pulls.get(issue.number))

    async def get(self, request: web.Request) -> web.Response:
        return json_answer(self._shape(request, self._desk.issue_of(request)))

    async def create(self, request: web.Request) -> web.Response:
        body, now = await body_of(request), self._desk.shop.now()
        title = str(wanted(body, "title", str)).strip()
        if not title:
            raise invalid("Issue", "title", "missing_field")
        issue = Issue(
            number=self._records.new_number(),
            title=title,
            body=optional(body, "body", str) or "",
            author=caller(request).login,
            created_at=now,
            updated_at=now,
            labels=_names(optional(body, "labels", list) or []),
            assignees=_names(optional(body, "assignees", list) or []),
        )
        self._records.save_issue(issue)
        return json_answer(self._shape(request, issue), 201)

    async def update(self, request: web.Request) -> web.Response:
        issue, body, now = self._desk.issue_of(request), await body_of(request), self._desk.shop.now()
        changes: dict[str, Json] = {
            field: value for field in ("title", "body") if (value := optional(body, field, str)) is not None
        }
        for field in ("labels", "assignees"):
            names = optional(body, field, list)
            if names is not None:
                changes[field] = _names(names)
        state = optional(body, "state", str)
        if state not in (None, "open", "closed"):
            raise invalid("Issue", "state")
        if state and state != issue.state:
            shut = state == "closed"
            changes |= {
                "closed_at": now if shut else None,
                "closed_by": caller(request).login if shut else None,
                "state_reason": optional(body, "state_reason", str) or ("completed" if shut else "reopened"),
            }
        return json_answer(self._shape(request, self._records.touch(issue.number, now, **changes)))

    async def comments(self, request: web.Request) -> web.Response:
        issue, links = self._desk.issue_of(request), self._desk.links(request)
        return page_answer(
            request, issue.comments, lambda comment: comment_shape(comment, issue.number, links)
        )

    async def add_comment(self, request: web.Request) -> web.Response:
        issue, body, now = self._desk.issue_of(request), await body_of(request), self._desk.shop.now()
        text = wanted(body, "body", str)
        if not text.strip():
            raise ApiError(422, "Validation Failed: Body cannot be blank")
        comment = Comment(self._records.new_id(), text, caller(request).login, now)
        self._records.touch(issue.number, now, comments=(*issue.comments, comment))
        return json_answer(comment_shape(comment, issue.number, self._desk.links(request)), 201)

    async def labels_of(self, request: web.Request) -> web.Response:
        links = self._desk.links(request)
        return page_answer(
            request, self._desk.issue_of(request).labels, lambda name: label_shape(name, links)
        )

    async def add_labels(self, request: web.Request) -> web.Response:
        issue, links = self._desk.issue_of(request), self._desk.links(request)
        sent = await json_of(request)
        # Clients send the bare list or an object around it.
        added = _names(sent if isinstance(sent, list) else wanted(sent, "labels", list))
        labels = tuple(dict.fromkeys((*issue.labels, *added)))
        self._records.touch(issue.number, self._desk.shop.now(), labels=labels)
        return json_answer([label_shape(name, links) for name in labels])

    async def remove_label(self, request: web.Request) -> web.Response:
        issue, gone = self._desk.issue_of(request), request.match_info["label"]
        if gone not in issue.labels:
            raise ApiError(404, "Label does not exist")
        labels = tuple(label for label in issue.labels if label != gone)
        self._records.touch(issue.number, self._desk.shop.now(), labels=labels)
        return json_answer([label_shape(name, self._desk.links(request)) for name in labels])

    async def labels(self, request: web.Request) -> web.Response:
        links = self._desk.links(request)
        return page_answer(request, self._records.labels(), lambda name: label_shape(name, links))

    async def label(self, request: web.Request) -> web.Response:
        name = request.match_info["label"]
        if name not in self._records.labels():
            raise not_found()
        return json_answer(label_shape(name, self._desk.links(request)))

    async def search(self, request: web.Request) -> web.Response:
        text = request.query.get("q", "").strip()
        if not text:
            raise invalid("Search", "q", "missing")
        search, repository = parse_search(text), self._desk.shop.options.repository
        found = [
            issue
            for issue in self._records.issues.values()
            if matches(search, issue, self._records.pulls.get(issue.number), repository)
        ]
        key = "created_at" if request.query.get("sort") == "created" else "updated_at"
        found.sort(
            key=lambda issue: getattr(issue, key), reverse=request.query.get("order", "desc") == "desc"
        )
        page, headers = page_of(request, found)
        items = [{**self._shape(request, issue), "score": 1.0} for issue in page]
        body = {"total_count": len(found), "incomplete_results": False, "items": items}
        return json_answer(body, headers=headers)


def _names(values: Iterable[Json]) -> tuple[str, ...]:
    """Labels come as names or as objects with one."""
    names = (value.get("name", "") if isinstance(value, dict) else str(value) for value in values)
    return tuple(dict.fromkeys(name for name in names if name))
