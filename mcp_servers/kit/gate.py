"""The gate before every write: a valid grant, burnt first; a step that was begun before is looked for, not repeated."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from pydantic import JsonValue

from mcp_servers.kit.contract import StepAsk, StepState
from mcp_servers.kit.errors import IN_DOUBT, Code, ToolError
from mcp_servers.kit.grant_store import GrantStore, Progress, StepNote, StoreUnusable
from mcp_servers.kit.grants import (
    META_GRANT,
    META_KEY,
    Claims,
    Expected,
    GrantRefusal,
    Reason,
    arguments_digest,
    verify_by_any,
)
from mcp_servers.kit.key_file import Keys
from mcp_servers.kit.toolset import Step, Tool

Content = dict[str, JsonValue]
logger = logging.getLogger(__name__)
LookInTheWorld = Callable[[StepAsk], Awaitable[StepState]]


@dataclass(frozen=True)
class WriteCall:
    """One write as it came in: the arguments exactly as sent, and what travelled beside them."""

    tool: Tool
    arguments: Content
    meta: dict[str, Any]


@dataclass(frozen=True)
class GateRules:
    """Whom grants must be for, whose signature they must bear, and how long a write may take."""

    audience: str
    keys: Keys
    now: Callable[[], float]
    write_seconds: float


class WriteGate:
    """Lets a write through once, under a grant for exactly that call."""

    def __init__(self, rules: GateRules, store: GrantStore | None, *, look: LookInTheWorld) -> None:
        self._rules = rules
        self._store = store
        self._look = look

    def check(self, call: WriteCall) -> Claims:
        """The grant's claims. Raises ToolError (grant_refused); touches no store."""
        try:
            return self._verified(call)
        except GrantRefusal as refusal:
            raise _refused(refusal) from refusal

    async def pass_through(
        self, call: WriteCall, claims: Claims, write: Callable[[Step], Awaitable[Content]]
    ) -> Content:
        """Burn the grant, then write, or give the result of the step where it was done before."""
        note = await self._begin(claims)
        if note.progress is Progress.DONE and note.result is not None:
            return {**note.result, "already_done": True}
        if note.progress is Progress.UNDER_WAY:
            raise _under_way(note, self._rules.now())
        if note.progress is Progress.IN_DOUBT:
            found = await self._find(call, claims)
            if found is not None:
                await self._end(claims.key, Progress.DONE, found)
                return {**found, "already_done": True}
        return await self._write(claims, write)

    async def state(self, ask: StepAsk) -> StepState:
        """What `step_state` answers: what the store knows first, then what the world shows."""
        if self._store is None:
            return await self._look(ask)
        note = await self._touch(partial(self._store.look, ask.key, now=self._rules.now()))
        if note.progress is Progress.DONE and note.result is not None:
            body = {"state": "done", "why": "this server wrote it and kept the result", "result": note.result}
            return StepState.model_validate(body)
        if note.progress is Progress.UNDER_WAY:
            return StepState(state="unknown", why=_under_way(note, self._rules.now()).message)
        return await self._look(ask)

    def _verified(self, call: WriteCall) -> Claims:
        token, key = call.meta.get(META_GRANT), call.meta.get(META_KEY)
        if not isinstance(token, str) or not token:
            raise GrantRefusal(Reason.ABSENT, f"{call.tool.name} writes, and the call carries no grant.")
        now = self._rules.now()
        keys = self._rules.keys(now)
        if not keys or self._store is None:
            raise GrantRefusal(
                Reason.NO_PUBLIC_KEY,
                "This server has no public key to check grants with (GRANT_PUBLIC_KEY_FILE).",
            )
        try:
            digest = arguments_digest(call.arguments)
        except ValueError as problem:
            raise GrantRefusal(Reason.WRONG_ARGUMENTS, f"{problem}.") from problem
        expected = Expected(
            audience=self._rules.audience,
            tool=call.tool.name,
            arguments_digest=digest,
            key=key if isinstance(key, str) else "",
            now=now,
        )
        return verify_by_any(token, expected, keys)

    async def _begin(self, claims: Claims) -> StepNote:
        now = self._rules.now()
        try:
            return await self._touch(
                partial(self._stored.begin, claims, now=now, deadline=now + self._rules.write_seconds + 1.0)
            )
        except GrantRefusal as refusal:
            raise _refused(refusal) from refusal

    async def _write(self, claims: Claims, write: Callable[[Step], Awaitable[Content]]) -> Content:
        step = Step(key=claims.key, incident=claims.inc, fence=claims.fence)
        try:
            async with asyncio.timeout(self._rules.write_seconds):
                content = await write(step)
        except ToolError as problem:
            ending = Progress.IN_DOUBT if problem.code in IN_DOUBT else Progress.FRESH
            await self._end(claims.key, ending)
            raise
        except BaseException:
            await asyncio.shield(self._end(claims.key, Progress.IN_DOUBT))
            raise
        await self._end(claims.key, Progress.DONE, content)
        return content

    async def _find(self, call: WriteCall, claims: Claims) -> Content | None:
        """The result of an earlier write of this step, or None where the world shows it was not made."""
        try:
            seen = await self._look(StepAsk(tool=call.tool.name, arguments=call.arguments, key=claims.key))
        except ToolError:
            await self._end(claims.key, Progress.IN_DOUBT)
            raise
        if seen.state == "done" and seen.result is not None:
            return seen.result.model_dump(mode="json")
        if seen.state == "not_done":
            return None
        await self._end(claims.key, Progress.IN_DOUBT)
        raise ToolError(
            Code.CONFLICT,
            f"This step was begun before and it cannot be told whether it was done: {seen.why}",
            try_next="A person has to look at the target before anything is written again.",
        )

    async def _end(self, key: str, progress: Progress, result: Content | None = None) -> None:
        """A note that cannot be kept leaves the step under way, and after its deadline in doubt: safe."""
        try:
            await asyncio.to_thread(self._stored.end, key, progress, result)
        except StoreUnusable as problem:
            logger.error("step %s ended %s, which could not be noted: %s", key, progress, problem)

    @property
    def _stored(self) -> GrantStore:
        if self._store is None:
            raise RuntimeError("a grant was accepted by a gate without a store")
        return self._store

    async def _touch(self, operation: Callable[[], StepNote]) -> StepNote:
        try:
            return await asyncio.to_thread(operation)
        except StoreUnusable as problem:
            raise ToolError(
                Code.UNAVAILABLE,
                f"Nothing was sent: {problem}.",
                try_next="Check the disk and the permissions of GRANT_STORE.",
            ) from problem


def _refused(refusal: GrantRefusal) -> ToolError:
    return ToolError(
        Code.GRANT_REFUSED,
        f"{refusal} ({refusal.reason})",
        try_next="Ask for a new grant for exactly this call; nothing was written.",
    )


def _under_way(note: StepNote, now: float) -> ToolError:
    return ToolError(
        Code.UNAVAILABLE,
        f"A call with this step key may be writing now; that is settled in {note.deadline - now:.0f} s.",
        try_next="Ask step_state until it knows, before calling again.",
    )
