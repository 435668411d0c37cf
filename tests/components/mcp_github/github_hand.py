"""The GitHub tools as a test uses them: by name and plain arguments, with the writes that were sent counted."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from infrastructure.lab.forge import Forge, MergedPull
from mcp_servers.github.client import GithubClient
from mcp_servers.kit.contract import StepAsk
from mcp_servers.kit.dispatch import validated
from mcp_servers.kit.toolset import Kind, Step, Toolset
from tests.components.lab_forge.lab_forge_loop import LoopThread

Edit = Callable[[dict[str, str]], dict[str, str]]


class Hand:
    def __init__(self, tools: Toolset, client: GithubClient, forge: Forge, loop: LoopThread) -> None:
        self.tools, self.forge, self._loop = tools, forge, loop
        self.client = client
        self.writes: list[tuple[str, str]] = []
        send = client.write

        async def counted(verb: str, path: str, body: Any) -> Any:
            self.writes.append((verb, path.removeprefix(f"/repos/{forge.repository}")))
            return await send(verb, path, body)

        client.write = counted  # type: ignore[method-assign]

    async def call(self, name: str, key: str = "", **arguments: Any) -> dict[str, Any]:
        tool = self.tools.tools[name]
        ask = validated(tool, arguments)
        step = Step(key=key or new_key(), incident="inc_0000000000000001", fence=1)
        answer = await (tool.run(ask, step) if tool.kind is Kind.WRITE else tool.run(ask))
        return answer.model_dump(mode="json")

    async def state(self, tool: str, key: str, **arguments: Any) -> dict[str, Any]:
        assert self.tools.state_of is not None
        found = await self.tools.state_of(StepAsk(tool=tool, arguments=arguments, key=key))
        return found.model_dump(mode="json")

    def merged(self, title: str, edit: Edit, *, author: str = "jon") -> MergedPull:
        """A change on main, as a developer brings it there."""
        return self._loop.run(self.forge.merge_change(author=author, title=title, body="", edit=edit))

    def head(self) -> str:
        return self._loop.run(self.forge.head())

    def checked(self, sha: str) -> None:
        """Returns when the commit's checks are complete."""
        self._loop.run(self.forge.checked(sha))

    async def head_of(self, number: int) -> str:
        return str((await self.call("get_pull_request", number=number))["head_sha"])

    async def pulls(self) -> list[Any]:
        return await self.client.pages(f"/repos/{self.forge.repository}/pulls", {"state": "all"}, most=100)

    async def text(self, path: str, ref: str = "main") -> str:
        return str((await self.call("get_file", path=path, ref=ref))["text"])


def new_key() -> str:
    return f"step-{secrets.token_hex(8)}"


def put(path: str, text: str) -> Edit:
    return lambda files: {**files, path: text}
