"""The command line's reference, from the commands themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer.main

from docs.generate.markdown import page as whole_page
from docs.generate.markdown import table
from sre_agent.cli.exits import MEANINGS, ExitCode
from sre_agent.cli.main import app

Words = tuple[str, ...]


def every_command() -> dict[Words, Any]:
    """("incidents", "list") → the command; groups are not in it."""
    return dict(_walk((), typer.main.get_command(app)))


def _walk(words: Words, command: Any) -> Iterator[tuple[Words, Any]]:
    inner = getattr(command, "commands", None)
    if inner is None:
        yield words, command
        return
    for name, one in inner.items():
        if not one.hidden:
            yield from _walk((*words, name), one)


def overview() -> str:
    rows = [(f"`{_usage(words, command)}`", _first(command)) for words, command in every_command().items()]
    return table(("command", "what it does"), rows)


def page() -> str:
    parts = [_section(words, command) for words, command in every_command().items()]
    return whole_page(
        "Commands",
        "What `sre-agent` can be told. Every command explains itself with `--help`.\n",
        f"Exit codes: {MEANINGS}; {ExitCode.INTERRUPTED} interrupted.",
        "Before any command: `--url` (else `SRE_AGENT_URL`), `--token` (else `SRE_AGENT_TOKEN`), `--config FILE` (else\n"
        "`~/.sre-agent/config.yaml`). On the machine where the platform runs, none of them is needed.",
        overview(),
        *parts,
        "`sre-agent lab` passes on what follows it: `up`, `down`, `status`, `list`, `break FAULT [--service NAME]`, `heal`,\n"
        "`verify`; see [the lab](../../infrastructure/lab/README.md).",
    )


def _usage(words: Words, command: Any) -> str:
    arguments = [_argument(one) for one in command.params if one.param_type_name == "argument"]
    return " ".join(["sre-agent", *words, *arguments])


def _argument(one: Any) -> str:
    name = str(one.metavar or one.name).strip("{}").upper()
    return name if one.required else f"[{name}]"


def _first(command: Any) -> str:
    return " ".join((command.help or "").strip().split("\n\n")[0].split())


def _section(words: Words, command: Any) -> str:
    help_text = "\n".join(
        line.strip() for line in (command.help or "").replace("\b", "").strip().splitlines()
    )
    options = [one for one in command.params if one.name != "help" and getattr(one, "help", "")]
    rows = [(_flag(one), " ".join(one.help.split()), _default(one)) for one in options]
    tail = f"\n{table(('option', 'what', 'default'), rows)}" if rows else ""
    return f"## `{_usage(words, command)}`\n\n{help_text}\n{tail}"


def _flag(one: Any) -> str:
    return (
        f"`{_argument(one)}`" if one.param_type_name == "argument" else ", ".join(f"`{o}`" for o in one.opts)
    )


def _default(one: Any) -> str:
    if one.param_type_name == "argument" and one.required:
        return "required"
    value = one.default() if callable(one.default) else one.default
    return (
        f"`{value}`"
        if isinstance(value, str | int | float) and value not in ("", False, True)
        else _path(value)
    )


def _path(value: Any) -> str:
    return f"`{value}`" if value.__class__.__name__.endswith("Path") else ""
