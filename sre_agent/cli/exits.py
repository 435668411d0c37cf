"""How a command ends: the exit codes scripts may rely on, and the one exception that carries them."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    OK = 0
    BROKEN = 1
    """Something went wrong that is nobody's input: the platform's fault, or ours."""
    USAGE = 2
    """The command was not understood, or a field of it is wrong."""
    NOT_FOUND = 3
    REFUSED = 4
    """No token, the wrong role, or the request does not fit the present state."""
    UNREACHABLE = 5
    """No platform answers at the address."""
    NOT_WELL = 10
    """The incident did not end resolved (only where `--exit-code` asks), or a law's test case failed."""
    INTERRUPTED = 130


MEANINGS = "0 ok · 1 broken · 2 wrong usage · 3 not found · 4 refused · 5 no platform answers · 10 not resolved (with --exit-code), or a law's case failed"


class CommandFailed(Exception):
    """Ends the command: the message goes to stderr, `hint` says what to do next."""

    def __init__(self, code: ExitCode, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.hint = hint
