"""What every test has: log lines in plain words, and how many examples a property is tried with."""

from __future__ import annotations

import gc

import pytest
from hypothesis import is_hypothesis_test, settings

from tests.effort import THOROUGH
from tests.plain_words import log_in_plain_words

ASK_HOW_MUCH = {"tests.effort", "tests.scenarios.deaths"}

settings.register_profile("usual", max_examples=25, deadline=None)
settings.register_profile("thorough", max_examples=200, deadline=None)


def pytest_configure() -> None:
    settings.load_profile("thorough" if THOROUGH else "usual")
    log_in_plain_words()


def pytest_collection() -> None:
    """What is imported and collected stays to the end: looking through it for garbage is a sixth of the start."""
    gc.disable()


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)
    gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown() -> None:
    """However a test logged, the next one does so in plain words: one test left its way to all that came after it."""
    log_in_plain_words()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """When thorough, what would try no more than in the usual run is left to the usual run."""
    if not THOROUGH:
        return
    tries_more = {item: _tries_more(item) for item in items}
    config.hook.pytest_deselected(items=[item for item in items if not tries_more[item]])
    items[:] = [item for item in items if tries_more[item]]


def _tries_more(item: pytest.Item) -> bool:
    """A property of Hypothesis, or a test of a module that asks how much to try."""
    function, module = getattr(item, "function", None), vars(getattr(item, "module", None) or object)
    asks = any(getattr(one, "__module__", "") in ASK_HOW_MUCH for one in module.values())
    return function is None or is_hypothesis_test(function) or asks or "THOROUGH" in module
