"""What serves starts its runner before anything slow is imported: after a crash somebody waits for both."""

from __future__ import annotations

import subprocess
import sys

SLOW = ("sqlalchemy", "langgraph", "fastapi", "mcp", "sre_agent.cli.main", "sre_agent.bootstrap")
IMPORTED = f"""
import sys
import sre_agent.cli.entry, sre_agent.cli.serving, sre_agent.runner_process
print([name for name in {SLOW!r} if name in sys.modules])
"""
RUNNER = f"""
import sys
import sre_agent.runner_main
print([name for name in {SLOW!r} if name in sys.modules])
"""


def slow_ones(program: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    ).stdout.strip()


def test_nothing_slow_is_imported_before_the_runner_is_started() -> None:
    assert slow_ones(IMPORTED) == "[]"


def test_the_runner_is_tied_to_its_starter_before_anything_slow_is_imported() -> None:
    """One that is orphaned in its first seconds must end too."""
    assert slow_ones(RUNNER) == "[]"
