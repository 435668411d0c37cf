"""All remedies by name: every module of this room is found by itself."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from functools import cache

from sre_agent.catalogue import remedies as room
from sre_agent.catalogue.index import cause
from sre_agent.catalogue.remedy import Remedy


@cache
def remedies() -> Mapping[str, Remedy]:
    return {remedy.name: remedy for remedy in _told()}


def _told() -> Iterator[Remedy]:
    for module in sorted(one.name for one in pkgutil.iter_modules(room.__path__)):
        if module != "index":
            yield from importlib.import_module(f"{room.__name__}.{module}").REMEDIES


def remedies_for(code: str) -> tuple[Remedy, ...]:
    """What may help against a cause, the best first; instructions for a person always come last."""
    named = dict.fromkeys((*cause(code).remedies, "tell_a_person"))
    return tuple(remedies()[name] for name in named)
