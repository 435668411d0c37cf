"""How tests log: on one line, with a traceback that does not print what each local variable holds."""

from __future__ import annotations

import structlog

LOGGED_BY: list[structlog.typing.Processor] = [
    structlog.processors.add_log_level,
    structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
]


def log_in_plain_words() -> None:
    """The default of structlog prints every local of every frame with a fault: a minute for one of a scenario's."""
    structlog.reset_defaults()
    structlog.configure(processors=LOGGED_BY, cache_logger_on_first_use=False)
