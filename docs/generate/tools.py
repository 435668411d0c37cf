"""Every tool of every tool server, from the declarations that are served."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import Any

from docs.generate.faults import every_fault
from docs.generate.markdown import code, sentence, table
from docs.generate.markdown import page as whole_page
from mcp_servers.kit.settings import read_settings
from mcp_servers.kit.toolset import Kind, Tool, Toolset
from sre_agent.settings import TOOL_SERVERS

_BOUNDS = (
    ("minLength", "≥{} chars"),
    ("maxLength", "≤{} chars"),
    ("minimum", "≥{}"),
    ("maximum", "≤{}"),
    ("maxItems", "≤{} items"),
)


@cache
def toolsets() -> Mapping[str, Toolset]:
    """Server → its tools, over systems that are not there."""
    return {name: _toolset(name) for name in TOOL_SERVERS}


def _toolset(name: str) -> Toolset:
    settings = read_settings({"MCP_TOKEN": "t" * 32, "MCP_PORT": "0"}, name=name, writes=False)
    built: Toolset = import_module(f"mcp_servers.{name}.server").build(settings, {})
    return built


def page() -> str:
    return whole_page(
        "Tools",
        "Every tool of the five tool servers: what an MCP client sees. What the servers promise about all of them is told in\n"
        "[Tool servers: the hands](../explanation/tool-servers.md).",
        "A **read** carries `readOnlyHint: true`. A **write** carries `readOnlyHint: false`, needs a grant for exactly its\n"
        "arguments, takes `expect` (the ground from its preview), and has a twin `preview_…` with the same arguments that is\n"
        "read-only and can send nothing but a dry run. **destructive** writes carry `destructiveHint: true`. All carry\n"
        "`idempotentHint: true`: a repeated step is found by its key and not done twice.",
        *(_server(name, tools) for name, tools in toolsets().items()),
        "## How a write is found again, and taken back\n\n"
        "After an interruption the world is asked by the step's key before anything is sent; where it cannot tell, the run\n"
        "stops and asks. What no tool takes back says so in its undo, and the law asks a person about it,\n"
        "but for a restart, which leaves nothing to take back, and a ticket.",
        traces(),
        "## Which tool cures which fault of the lab",
        cures(),
    )


def _server(name: str, tools: Toolset) -> str:
    limits = tools.limits
    told = (
        f"One answer: at most {limits.result_bytes:,} bytes, {limits.items:,} items, {limits.lines:,} lines of"
        f" {limits.line_chars:,} characters, {limits.series:,} series; {limits.seconds:.0f} s a read,"
        f" {limits.write_seconds:.0f} s a write, {limits.concurrent} calls at once."
    )
    rows = [
        (f"`{tool.name}`", _kind(tool), sentence(tool.description), "<br>".join(_arguments(tool)))
        for tool in tools.tools.values()
        if tool.kind is not Kind.PREVIEW
    ]
    return f"## {name}\n\n{told}\n\n{table(('tool', 'kind', 'what', 'arguments'), rows)}"


def _kind(tool: Tool) -> str:
    return f"**{tool.kind.value}**{', destructive' if tool.destructive else ''}"


def _arguments(tool: Tool) -> Iterator[str]:
    schema = tool.input_schema
    needed = schema.get("required", ())
    for name, said in schema.get("properties", {}).items():
        if name != "expect":
            words = [_type(said, schema.get("$defs", {})), *_bounds(said)]
            words += ["required"] if name in needed else _default(said)
            yield f"`{name}`: {', '.join(words)}"


def _type(said: Mapping[str, Any], definitions: Mapping[str, Any]) -> str:
    if choices := said.get("anyOf"):
        return " or ".join(_type(one, definitions) for one in choices)
    if reference := said.get("$ref"):
        return _type(definitions[reference.rsplit("/", 1)[1]], definitions)
    if "enum" in said or "const" in said:
        return " / ".join(f"`{one}`" for one in said.get("enum", [said.get("const")]))
    if said.get("type") == "array":
        return f"list of {_type(said.get('items', {}), definitions)}"
    return str(said.get("type", "any"))


def _bounds(said: Mapping[str, Any]) -> list[str]:
    return [words.format(said[key]) for key, words in _BOUNDS if key in said]


def _default(said: Mapping[str, Any]) -> list[str]:
    value = said.get("default")
    return [] if value in (None, "", [], {}) else [f"default `{value}`"]


def traces() -> str:
    """For every write tool, how its step is found again and which tools its undo may name."""
    rows = [
        (f"`{tool.name}`", server, tool.trace.found_by, code(*tool.trace.undone_by) or "nothing")
        for server, tools in toolsets().items()
        for tool in tools.tools.values()
        if tool.kind is Kind.WRITE
    ]
    return table(("tool", "server", "found by", "taken back by"), rows)


def cures() -> str:
    """For every lab fault, the tool that cures it and the server that has that tool."""
    rows = [
        (
            f"`{fault.name}`",
            fault.title,
            code(*fault.expect.tools) or "none",
            ", ".join(_servers(fault.expect.tools)),
        )
        for fault in every_fault()
    ]
    return table(("fault", "what was done", "cured by", "server"), rows)


def _servers(names: tuple[str, ...]) -> list[str]:
    return [server for server, tools in toolsets().items() if set(names) & set(tools.tools)]
