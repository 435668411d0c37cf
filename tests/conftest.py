"""What every test has: log lines in plain words, and how many examples a property is tried with."""

from __future__ import annotations

import gc

import structlog
from hypothesis import settings

from tests.effort import THOROUGH

settings.register_profile("usual", max_examples=25, deadline=None)
settings.register_profile("thorough", max_examples=200, deadline=None)


def pytest_configure() -> None:
    settings.load_profile("thorough" if THOROUGH else "usual")
    _log_in_plain_words()


def pytest_collection() -> None:
    """What is imported and collected stays to the end: looking through it for garbage is a sixth of the start."""
    gc.disable()


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


def _log_in_plain_words() -> None:
    """The default of structlog prints every local of every frame with a fault: a minute for one of a scenario's."""
    renderer = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    processors = [structlog.processors.add_log_level, renderer]
    structlog.configure(processors=processors, cache_logger_on_first_use=False)
