"""The one way from a call to its answer: grant, arguments, limits, the tool, redaction, size, log line."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from typing import Any

from mcp_types import CallToolResult, TextContent
from pydantic import BaseModel, JsonValue, ValidationError

from mcp_servers.kit.contract import Ask
from mcp_servers.kit.errors import Code, ToolError
from mcp_servers.kit.gate import Content, WriteCall, WriteGate
from mcp_servers.kit.limits import Limits, check_size, shortened
from mcp_servers.kit.redaction import MARKER_START, redacted, redacted_text
from mcp_servers.kit.toolset import Kind, Step, Tool, Toolset

logger = logging.getLogger(__name__)


class Dispatcher:
    """Runs tool calls for one server, at most `limits.concurrent` at a time."""

    def __init__(self, toolset: Toolset, gate: WriteGate, *, elapsed: Callable[[], float]) -> None:
        self._toolset = toolset
        self._gate = gate
        self._elapsed = elapsed
        self._limits: Limits = toolset.limits
        self._slots = asyncio.Semaphore(self._limits.concurrent)

    async def call(self, name: str, arguments: Content | None, meta: dict[str, Any] | None) -> CallToolResult:
        started = self._elapsed()
        outcome, size = "ok", 0
        given = arguments or {}
        try:
            content = await self._answer(name, given, meta or {})
            size = check_size(content, self._limits)
            return CallToolResult(
                content=[TextContent(type="text", text=summary(name, content))], structured_content=content
            )
        except ToolError as problem:
            outcome = problem.code.value
            return _error_result(problem)
        except Exception:  # bulkhead: a defect in one tool must not end the server, nor leak its text
            outcome = "defect"
            logger.exception("tool %s failed unexpectedly", name)
            return _error_result(
                ToolError(
                    Code.UPSTREAM_ERROR, f"{name} failed for a reason of its own; see this server's log."
                )
            )
        finally:
            took = round((self._elapsed() - started) * 1000, 1)
            self._log(name, given, {"outcome": outcome, "ms": took, "bytes": size})

    async def _answer(self, name: str, arguments: Content, meta: dict[str, Any]) -> Content:
        tool = self._toolset.tools.get(name)
        if tool is None:
            raise ToolError(Code.NOT_FOUND, f"There is no tool named {shortened(name, 64)!r} on this server.")
        if tool.kind is Kind.WRITE:
            return await self._write(tool, WriteCall(tool, arguments, meta))
        ask = validated(tool, arguments)
        try:
            async with asyncio.timeout(self._limits.seconds), self._slots:
                return _clean(await tool.run(ask))
        except TimeoutError as problem:
            raise _too_slow(tool, self._limits.seconds) from problem

    async def _write(self, tool: Tool, call: WriteCall) -> Content:
        claims = self._gate.check(call)
        ask = validated(tool, call.arguments)
        if MARKER_START in json.dumps(call.arguments):
            raise ToolError(
                Code.INVALID_ARGUMENT,
                "An argument holds a redaction marker in place of a value; it cannot be written.",
            )

        async def write(step: Step) -> Content:
            return _clean(await tool.run(ask, step))

        try:
            return await self._gate.pass_through(call, claims, write)
        except TimeoutError as problem:
            raise _too_slow(tool, self._limits.write_seconds) from problem

    def _log(self, name: str, arguments: Content, facts: dict[str, JsonValue]) -> None:
        if not logger.isEnabledFor(logging.INFO):
            return
        tool = self._toolset.tools.get(name)
        hidden = tool.sensitive if tool else frozenset(arguments)
        shown = {key: "…" if key in hidden else value for key, value in arguments.items()}
        text = shortened(redacted_text(json.dumps(redacted(shown), default=str)), 400)
        logger.info("call", extra={"fields": {"tool": shortened(name, 64), **facts, "arguments": text}})


def validated(tool: Tool, arguments: Content) -> Ask:
    """The arguments as the tool's own type. Raises ToolError naming each field that is wrong, never its value."""
    try:
        return tool.asks.model_validate(arguments)
    except ValidationError as problem:
        wrong = "; ".join(
            f"{'.'.join(str(part) for part in error['loc']) or 'arguments'}: {error['msg']}"
            for error in problem.errors(include_input=False, include_url=False)[:8]
        )
        raise ToolError(
            Code.INVALID_ARGUMENT,
            f"{tool.name} was called with wrong arguments: {wrong}",
            try_next="See the tool's input schema.",
        ) from problem


def summary(name: str, content: Content) -> str:
    """One line about an answer for readers of the text part; the data goes once, as structured content."""
    parts = []
    for key, value in content.items():
        if isinstance(value, list | dict):
            parts.append(f"{key}: {len(value)}")
        else:
            parts.append(f"{key}: {shortened(str(value), 60)}")
    return shortened(f"{name} → {', '.join(parts)}", 500)


def _clean(answer: BaseModel) -> Content:
    """The answer as JSON with every secret taken out; an undo that would write a marker is withdrawn."""
    content = answer.model_dump(mode="json")
    clean = redacted(content)
    undo, before = clean.get("undo"), content.get("undo")
    if (
        isinstance(undo, dict)
        and isinstance(before, dict)
        and undo.get("arguments") != before.get("arguments")
    ):
        clean["undo"] = {
            "tool": None,
            "arguments": {},
            "statement": "The value before is a secret and is not kept, so it has to be put back by a person.",
        }
    return clean


def _error_result(problem: ToolError) -> CallToolResult:
    safe = ToolError(
        problem.code,
        shortened(redacted_text(problem.message), 2000),
        try_next=redacted_text(problem.try_next),
        retryable=problem.retryable,
    )
    return CallToolResult(
        content=[TextContent(type="text", text=str(safe))], structured_content=safe.payload(), is_error=True
    )


def _too_slow(tool: Tool, seconds: float) -> ToolError:
    return ToolError(
        Code.TIMEOUT,
        f"{tool.name} did not finish within {seconds:.0f} s.",
        try_next="Ask for less, or look whether the system behind it is slow.",
    )
