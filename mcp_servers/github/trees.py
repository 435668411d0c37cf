"""Looks files up in git trees: one request a folder, and none for a folder that was seen before."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Iterable
from typing import Any

from mcp_servers.github.changes import Entry, Turn, unified, whole
from mcp_servers.github.client import GithubApi
from mcp_servers.github.repositories import place


class Trees:
    """For the length of one call: trees and blobs never change under their names."""

    def __init__(self, api: GithubApi, repository: str) -> None:
        self._api, self._repository = api, repository
        self._folders: dict[str, dict[str, Any]] = {}

    async def commit(self, sha: str) -> dict[str, Any]:
        found: dict[str, Any] = await self._api.get(place(self._repository, "git", "commits", sha))
        return found

    async def files(self, tree: str, paths: Iterable[str]) -> dict[str, Entry | None]:
        """Each path's file in a tree, or None where there is none (or a folder or submodule)."""
        return {path: await self._file(tree, path) for path in paths}

    async def diff(self, turns: Iterable[Turn]) -> str:
        """The turns as a unified diff, from the blobs themselves."""
        return whole(
            [
                unified(turn.path, await self._content(turn.now), await self._content(turn.then))
                for turn in turns
            ]
        )

    async def diff_to(self, now: Entry | None, path: str, content: str | None) -> str:
        """From a file as it is to a text that shall be."""
        return unified(path, await self._content(now), None if content is None else content.encode())

    async def _file(self, tree: str, path: str) -> Entry | None:
        *folders, name = path.split("/")
        for folder in folders:
            inside = (await self._folder(tree)).get(folder)
            if inside is None or inside["type"] != "tree":
                return None
            tree = inside["sha"]
        found = (await self._folder(tree)).get(name)
        return Entry(found["mode"], found["sha"]) if found and found["type"] == "blob" else None

    async def _folder(self, tree: str) -> dict[str, Any]:
        if tree not in self._folders:
            found = await self._api.get(place(self._repository, "git", "trees", tree))
            self._folders[tree] = {one["path"]: one for one in found["tree"]}
        return self._folders[tree]

    async def _content(self, entry: Entry | None) -> bytes | None:
        if entry is None:
            return None
        found = await self._api.get(place(self._repository, "git", "blobs", entry.sha))
        if found.get("encoding") == "base64":
            return await asyncio.to_thread(base64.b64decode, found["content"])
        return str(found["content"]).encode()
