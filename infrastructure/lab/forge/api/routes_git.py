"""The git data API and file contents."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from aiohttp import web

from infrastructure.lab.forge.api.answers import ApiError, custom, json_answer, not_found, page_answer
from infrastructure.lab.forge.api.asking import body_of, caller, flag_asked, optional, wanted
from infrastructure.lab.forge.api.desk import REPO, Desk
from infrastructure.lab.forge.api.shapes_git import (
    blob_shape,
    content_shape,
    git_commit_shape,
    ref_shape,
    tree_shape,
)
from infrastructure.lab.forge.objects import Signature, TreeChange
from infrastructure.lab.forge.writing import NewCommit

Json = Any
MODES = {"100644": "blob", "100755": "blob", "120000": "blob", "040000": "tree", "160000": "commit"}


class GitRoutes:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def table(self) -> list[web.RouteDef]:
        git = f"{REPO}/git"
        return [
            web.get(f"{git}/blobs/{{sha}}", self.blob),
            web.post(f"{git}/blobs", self.create_blob),
            web.get(f"{git}/trees/{{sha:.+}}", self.tree),
            web.post(f"{git}/trees", self.create_tree),
            web.get(f"{git}/commits/{{sha}}", self.commit),
            web.post(f"{git}/commits", self.create_commit),
            web.get(f"{git}/matching-refs/{{ref:.*}}", self.matching_refs),
            web.get(f"{git}/ref/{{ref:.+}}", self.ref),
            web.get(f"{git}/refs/{{ref:.+}}", self.ref),
            web.get(f"{git}/refs", self.matching_refs),
            web.get(f"{REPO}/contents/{{path:.*}}", self.contents),
            web.get(f"{REPO}/contents", self.contents),
        ]

    async def blob(self, request: web.Request) -> web.Response:
        sha = request.match_info["sha"]
        if await self._desk.shop.repository.kind_of(sha) != "blob":
            raise not_found()
        content = await self._desk.shop.repository.blob(sha)
        return json_answer(blob_shape(sha, content, self._desk.links(request)))

    async def create_blob(self, request: web.Request) -> web.Response:
        body = await body_of(request)
        text = wanted(body, "content", str)
        encoding = optional(body, "encoding", str) or "utf-8"
        sha = await self._desk.shop.writer.blob(_decoded(text, encoding))
        url = f"{self._desk.links(request).api}/git/blobs/{sha}"
        return json_answer({"sha": sha, "url": url}, 201)

    async def tree(self, request: web.Request) -> web.Response:
        name = request.match_info["sha"]
        repository = self._desk.shop.repository
        if await repository.kind_of(name) in ("tree", "commit"):
            sha = await repository.tree_sha(name)
        else:
            sha = await repository.tree_sha(await self._desk.found_sha(name))
        entries = await repository.tree(sha, recursive=flag_asked(request, "recursive"))
        return json_answer(tree_shape(sha, entries, self._desk.links(request)))

    async def create_tree(self, request: web.Request) -> web.Response:
        body = await body_of(request)
        changes = [await self._tree_change(item) for item in wanted(body, "tree", list)]
        start = optional(body, "base_tree", str)
        if start and await self._desk.shop.repository.kind_of(start) not in ("tree", "commit"):
            raise ApiError(422, f"base_tree is not a valid tree oid: {start}")
        sha = await self._desk.shop.writer.tree(start, changes)
        entries = await self._desk.shop.repository.tree(sha)
        return json_answer(tree_shape(sha, entries, self._desk.links(request)), 201)

    async def _tree_change(self, item: Json) -> TreeChange:
        if not isinstance(item, dict):
            raise custom("Tree", "tree entries must be objects")
        path = wanted(item, "path", str).strip("/")
        mode = optional(item, "mode", str) or "100644"
        if mode not in MODES or not path or ".." in path.split("/"):
            raise custom("Tree", "tree.mode or tree.path is not valid")
        content = optional(item, "content", str)
        sha = optional(item, "sha", str)
        if content is not None:
            sha = await self._desk.shop.writer.blob(content.encode())
        elif sha is None and "sha" not in item:
            raise custom("Tree", "tree entries need a sha or content")
        elif sha and await self._desk.shop.repository.kind_of(sha) is None:
            raise ApiError(422, f"tree.sha {sha} is not a valid object")
        return TreeChange(path, mode, MODES[mode], sha)

    async def commit(self, request: web.Request) -> web.Response:
        sha = request.match_info["sha"]
        if await self._desk.shop.repository.kind_of(sha) != "commit":
            raise not_found()
        commit = await self._desk.shop.repository.commit(sha)
        return json_answer(git_commit_shape(commit, self._desk.links(request)))

    async def create_commit(self, request: web.Request) -> web.Response:
        body = await body_of(request)
        repository = self._desk.shop.repository
        tree = wanted(body, "tree", str)
        parents = optional(body, "parents", list) or []
        if await repository.kind_of(tree) != "tree":
            raise ApiError(422, "Tree SHA does not exist")
        for parent in parents:
            if await repository.kind_of(str(parent)) != "commit":
                raise ApiError(422, "Parent SHA does not exist or is not a commit object")
        author = self._signature(request, optional(body, "author", dict) or {})
        committer = self._signature(
            request, optional(body, "committer", dict) or optional(body, "author", dict) or {}
        )
        message = wanted(body, "message", str)
        sha = await self._desk.shop.writer.commit(
            NewCommit(tree, tuple(map(str, parents)), message, author, committer)
        )
        commit = await repository.commit(sha)
        return json_answer(git_commit_shape(commit, self._desk.links(request)), 201)

    def _signature(self, request: web.Request, about: Mapping[str, Json]) -> Signature:
        person = self._desk.shop.records.person(caller(request).login)
        at = self._desk.shop.now()
        try:
            at = datetime.fromisoformat(str(about["date"])) if about.get("date") else at
        except ValueError as error:
            raise custom("Commit", f"date is not an ISO 8601 time: {about['date']}") from error
        return Signature(str(about.get("name", person.name)), str(about.get("email", person.email)), at)

    async def ref(self, request: web.Request) -> web.Response:
        name = f"refs/{request.match_info['ref']}"
        sha = (await self._desk.shop.repository.refs(request.match_info["ref"])).get(name)
        if sha is None:
            raise not_found()
        return json_answer(ref_shape(name, sha, self._desk.links(request)))

    async def matching_refs(self, request: web.Request) -> web.Response:
        links = self._desk.links(request)
        refs = await self._desk.shop.repository.refs(request.match_info.get("ref", ""))
        shown = [(name, sha) for name, sha in sorted(refs.items()) if not name.startswith("refs/scratch/")]
        return page_answer(request, shown, lambda pair: ref_shape(*pair, links))

    async def contents(self, request: web.Request) -> web.Response:
        path = request.match_info.get("path", "").strip("/")
        ref = request.query.get("ref") or "main"
        sha = await self._desk.shop.repository.resolve(ref)
        if sha is None:
            raise ApiError(404, f"No commit found for the ref {ref}")
        entry = await self._desk.shop.repository.entry(sha, path) if path else None
        if path and entry is None:
            raise not_found()
        if entry is None or entry.kind == "tree":
            return await self._folder(request, sha, path, ref)
        content = await self._desk.shop.repository.blob(entry.sha)
        if "raw" in request.headers.get("Accept", ""):
            return web.Response(body=content, content_type="application/vnd.github.raw+json")
        return json_answer(content_shape(entry, ref, self._desk.links(request), content))

    async def _folder(self, request: web.Request, sha: str, path: str, ref: str) -> web.Response:
        links = self._desk.links(request)
        inside = await self._desk.shop.repository.folder(sha, path)
        return json_answer([content_shape(entry, ref, links) for entry in inside])


def _decoded(text: str, encoding: str) -> bytes:
    if encoding == "utf-8":
        return text.encode()
    if encoding != "base64":
        raise custom("Blob", f"encoding must be utf-8 or base64, not {encoding}")
    try:
        return base64.b64decode(text, validate=False)
    except binascii.Error as error:
        raise custom("Blob", "content is not valid Base64") from error
