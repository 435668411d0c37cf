"""All causes, in the order of their layers: every module of the families is found by itself."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from types import ModuleType

from sre_agent.catalogue import families
from sre_agent.catalogue.cause import Cause, Entry, Finder, Lead
from sre_agent.domain.diagnosis import Layer
from sre_agent.errors import NotFound
from sre_agent.picture.world import Picture

_LAYERS = tuple(Layer)


@cache
def entries() -> Mapping[str, Entry]:
    """Cause code → entry. Two entries of one code are a mistake that stops the program."""
    found: dict[str, Entry] = {}
    for entry in sorted(_told(), key=lambda one: _LAYERS.index(one.cause.layer)):
        if entry.cause.code in found:
            raise ValueError(f"cause {entry.cause.code} stands in two families; keep one")
        found[entry.cause.code] = entry
    for code, find in _also():
        found[code] = replace(found[code], find=_both(found[code].find, find))
    return found


def _modules() -> list[ModuleType]:
    names = sorted(one.name for one in pkgutil.iter_modules(families.__path__))
    return [importlib.import_module(f"{families.__name__}.{name}") for name in names]


def _told() -> Iterator[Entry]:
    for module in _modules():
        yield from module.ENTRIES


def _also() -> Iterator[tuple[str, Finder]]:
    """Further rules for causes of another family: the same fault, seen by what this family looks at."""
    for module in _modules():
        yield from getattr(module, "ALSO", ())


def _both(first: Finder, second: Finder) -> Finder:
    def find(picture: Picture) -> Iterable[Lead]:
        yield from first(picture)
        yield from second(picture)

    return find


def cause(code: str) -> Cause:
    """Raises NotFound for a code that the catalogue does not have."""
    try:
        return entries()[code].cause
    except KeyError:
        raise NotFound(f"no cause {code!r} in the catalogue; `sre-agent causes` lists them") from None
