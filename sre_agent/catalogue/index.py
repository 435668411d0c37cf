"""All causes, in the order of their layers: every module of the families is found by itself."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from functools import cache

from sre_agent.catalogue import families
from sre_agent.catalogue.cause import Cause, Entry
from sre_agent.domain.diagnosis import Layer
from sre_agent.errors import NotFound

_LAYERS = tuple(Layer)


@cache
def entries() -> Mapping[str, Entry]:
    """Cause code → entry. Two entries of one code are a mistake that stops the program."""
    found: dict[str, Entry] = {}
    for entry in sorted(_told(), key=lambda one: _LAYERS.index(one.cause.layer)):
        if entry.cause.code in found:
            raise ValueError(f"cause {entry.cause.code} stands in two families; keep one")
        found[entry.cause.code] = entry
    return found


def _told() -> Iterator[Entry]:
    for module in sorted(one.name for one in pkgutil.iter_modules(families.__path__)):
        yield from importlib.import_module(f"{families.__name__}.{module}").ENTRIES


def cause(code: str) -> Cause:
    """Raises NotFound for a code that the catalogue does not have."""
    try:
        return entries()[code].cause
    except KeyError:
        raise NotFound(f"no cause {code!r} in the catalogue; `sre-agent causes` lists them") from None
