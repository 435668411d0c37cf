"""What every test has: log lines in plain words."""

from __future__ import annotations

import structlog


def pytest_configure() -> None:
    """The default of structlog prints every local of every frame with a fault: a minute for one of a scenario's."""
    renderer = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    processors = [structlog.processors.add_log_level, renderer]
    structlog.configure(processors=processors, cache_logger_on_first_use=False)
