"""Filters and sorts of a data source query, evaluated on pages. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from infrastructure.lab.knowledge.library import PROPERTIES, Page
from infrastructure.lab.knowledge.shapes import stamp

Json = Any
Filter = Mapping[str, Json]


class QueryWrong(Exception):
    """Answered as a validation_error; the message names the part of the body."""


def select(pages: Sequence[Page], chosen: Filter | None, sorts: Sequence[Filter]) -> list[Page]:
    """The pages the filter lets through, in the order asked (by title when none is)."""
    found = [page for page in pages if not chosen or _passes(chosen, page, "body.filter")]
    for sort in reversed(sorts):
        key = _sort_key(sort)
        found.sort(key=key, reverse=sort.get("direction", "ascending") == "descending")
    return found


def _passes(chosen: Filter, page: Page, where: str) -> bool:
    for word, combine in (("and", all), ("or", any)):
        if word in chosen:
            return combine([_passes(part, page, f"{where}.{word}") for part in chosen[word]])
    if "timestamp" in chosen:
        kind = str(chosen["timestamp"])
        return _compare(_dates, chosen.get(kind), stamp(page.edited_at), f"{where}.{kind}")
    name = str(chosen.get("property"))
    if name in ("Name", "title"):
        condition = chosen.get("title", chosen.get("rich_text"))
        return _compare(_texts, condition, page.title, f"{where}.title")
    if name in PROPERTIES:
        return _compare(_choices, chosen.get("multi_select"), page.values[name], f"{where}.multi_select")
    if name == "Last edited":
        return _compare(_dates, chosen.get("last_edited_time"), stamp(page.edited_at), where)
    raise QueryWrong(f"Could not find property with name or id: {name}")


Tests = Mapping[str, Callable[[Any, Any], bool]]
_texts: Tests = {
    "equals": lambda has, asked: has == asked,
    "does_not_equal": lambda has, asked: has != asked,
    "contains": lambda has, asked: asked.lower() in has.lower(),
    "does_not_contain": lambda has, asked: asked.lower() not in has.lower(),
    "starts_with": lambda has, asked: has.lower().startswith(asked.lower()),
    "ends_with": lambda has, asked: has.lower().endswith(asked.lower()),
    "is_empty": lambda has, _: not has,
    "is_not_empty": lambda has, _: bool(has),
}
_choices: Tests = {
    "contains": lambda has, asked: asked in has,
    "does_not_contain": lambda has, asked: asked not in has,
    "is_empty": lambda has, _: not has,
    "is_not_empty": lambda has, _: bool(has),
}
_dates: Tests = {
    "after": lambda has, asked: has > asked,
    "before": lambda has, asked: has < asked,
    "on_or_after": lambda has, asked: has[: len(asked)] >= asked,
    "on_or_before": lambda has, asked: has[: len(asked)] <= asked,
    "equals": lambda has, asked: has[: len(asked)] == asked,
    "is_not_empty": lambda has, _: True,
}


def _compare(tests: Tests, condition: Json, has: Any, where: str) -> bool:
    if not isinstance(condition, Mapping) or len(condition) != 1:
        raise QueryWrong(f"body failed validation: {where} should be an object with one condition")
    ((name, asked),) = condition.items()
    if name not in tests:
        raise QueryWrong(
            f"body failed validation: {where}.{name} should be not present, instead was `{asked}`."
        )
    if not isinstance(asked, (str, bool)):
        raise QueryWrong(f"body failed validation: {where}.{name} should be a string, instead was `{asked}`.")
    return tests[name](has, asked)


def _sort_key(sort: Filter) -> Callable[[Page], Any]:
    if sort.get("timestamp") in ("created_time", "last_edited_time") or sort.get("property") == "Last edited":
        return lambda page: page.edited_at
    name = sort.get("property")
    if name in ("Name", "title"):
        return lambda page: page.title.lower()
    if name in PROPERTIES:
        return lambda page: page.values[name]
    raise QueryWrong(f"Could not find sort property with name or id: {name}")
