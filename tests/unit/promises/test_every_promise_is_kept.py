"""The behavioural contract and the tests that keep it name the same promises."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
CONTRACT = ROOT / "docs" / "MASTER_PROMPT.md"


def promised() -> list[str]:
    return re.findall(r"^\| ([A-Z]+-\d+) \|", CONTRACT.read_text(encoding="utf-8"), re.MULTILINE)


def _ids(decorators: list[ast.expr]) -> Iterator[str]:
    for one in decorators:
        if isinstance(one, ast.Call) and ast.unparse(one.func) == "pytest.mark.promise":
            yield from (str(ast.literal_eval(argument)) for argument in one.args)


@cache
def cited() -> dict[str, list[str]]:
    """Promise → the tests that keep it; a mark on anything but a test counts for nothing."""
    found: dict[str, list[str]] = {}
    for path in sorted((ROOT / "tests").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                for promise in _ids(node.decorator_list):
                    found.setdefault(promise, []).append(f"{path.relative_to(ROOT)}::{node.name}")
    return found


def test_every_promise_is_kept_by_a_test() -> None:
    assert [promise for promise in promised() if promise not in cited()] == []


def test_no_test_cites_a_promise_that_was_never_made() -> None:
    assert {promise: where for promise, where in cited().items() if promise not in promised()} == {}


def test_every_promise_has_an_id_of_its_own() -> None:
    assert len(promised()) == len(set(promised())) >= 30
