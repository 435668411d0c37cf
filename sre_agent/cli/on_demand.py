"""Commands that are imported when they are asked for: a program of many pays only for the one that runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import typer
import typer.main
from typer.core import TyperGroup


@dataclass(frozen=True)
class Place:
    """Where a command is written: `module:name` of a function, or of a `Typer` with commands of its own."""

    address: str
    panel: str
    passes_on: bool = False
    """Whether everything that follows its name is another program's, `--help` too."""

    def command(self, name: str) -> Any:
        module, _, written = self.address.partition(":")
        found = getattr(import_module(module), written)
        if isinstance(found, typer.Typer):
            made: Any = typer.main.get_group(found)
        else:
            made = typer.main.get_command(self._program_of(found))
        made.name, made.rich_help_panel = name, self.panel
        return made

    def _program_of(self, function: Any) -> typer.Typer:
        program = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
        passed = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
        program.command(context_settings=passed if self.passes_on else None)(function)
        return program


class Commands(Mapping[str, Any]):
    """Name → command. Going through the names imports nothing."""

    def __init__(self, places: Mapping[str, Place]) -> None:
        self._places = places
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            self._made[name] = self._places[name].command(name)
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


def group_of(places: Mapping[str, Place]) -> type[TyperGroup]:
    """The class of a Typer group with these commands."""

    class OnDemand(TyperGroup):
        def __init__(self, **attributes: Any) -> None:
            super().__init__(**{**attributes, "commands": Commands(places)})

        def list_commands(self, ctx: Any) -> list[str]:
            return list(places)

    return OnDemand
