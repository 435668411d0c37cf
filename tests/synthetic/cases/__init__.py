"""The cases of all families: every module here with a table `CASES` is found by itself."""

from __future__ import annotations

import importlib
import pkgutil

from tests.synthetic.case import Case


def all_cases() -> list[Case]:
    """Every case of every table, in the order of the modules' names."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    tables = [importlib.import_module(f"{__name__}.{name}").CASES for name in names]
    return [case for table in tables for case in table]
