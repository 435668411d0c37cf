"""How a command's failure is told and becomes an exit code, in one place for all commands."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TextIO

from sre_agent.cli.exits import CommandFailed, ExitCode
from sre_agent.errors import SreAgentError


def run(command: Callable[[], object]) -> None:
    """Raises SystemExit where it fails."""
    _survive_narrow_terminals(sys.stdout, sys.stderr)
    try:
        command()
    except CommandFailed as failed:
        _say(str(failed), failed.hint)
        sys.exit(failed.code)
    except SreAgentError as failed:
        _say(str(failed), "")
        sys.exit(ExitCode.BROKEN)
    except KeyboardInterrupt:
        sys.exit(ExitCode.INTERRUPTED)
    except BrokenPipeError:
        # Whoever read our output has seen enough (`| head`); what is left must not be flushed at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(ExitCode.OK)


def _say(message: str, hint: str) -> None:
    # imported here: who serves without a fault needs none of it
    from sre_agent.cli.screen import console

    screen = console(error=True)
    screen.print(message, style="red")
    if hint:
        screen.print(hint)


def _survive_narrow_terminals(*streams: TextIO) -> None:
    """Signs that an old terminal's encoding lacks become question marks, not crashes."""
    for stream in streams:
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")
