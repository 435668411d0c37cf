"""The cases of all families: every module here with a table `CASES` is found by itself."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache

from tests.synthetic.case import Case


@cache
def families() -> Mapping[str, tuple[Case, ...]]:
    """Family → its cases, in the order of the modules' names."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return {name: tuple(importlib.import_module(f"{__name__}.{name}").CASES) for name in names}


def all_cases() -> list[Case]:
    """Every case of every table."""
    return [case for table in families().values() for case in table]
