"""Every failure people or programs can meet: the tree, the API's problems, the tools' codes, the exit codes."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

from docs.generate.markdown import page as whole_page
from docs.generate.markdown import sentence, table
from mcp_servers.kit.errors import IN_DOUBT, RETRYABLE, Code
from sre_agent.api.problems import KINDS
from sre_agent.cli.exits import MEANINGS
from sre_agent.errors import Retryable, SreAgentError


def page() -> str:
    failures = [
        (f"{'&nbsp;&nbsp;' * depth}`{one.__name__}`", sentence(inspect.getdoc(one) or ""), _again(one))
        for depth, one in tree(SreAgentError)
    ]
    problems = [
        (f"`urn:sre-agent:problem:{kind}`", str(status), title) for kind, (status, title) in KINDS.items()
    ]
    codes = [
        (f"`{code.value}`", "yes" if code in RETRYABLE else "no", "unknown" if code in IN_DOUBT else "no")
        for code in Code
    ]
    return whole_page(
        "Errors",
        "What can go wrong, by name. Messages say what was expected, what was found, and what to do next.",
        "## In the agent",
        table(("failure", "means", "may the same call succeed later?"), failures),
        "## Answers of the API (RFC 9457 problem details)",
        "`type` is stable; `detail` is for people; `errors` names the fields that are wrong.",
        table(("type", "status", "title"), problems),
        "## Answers of tools",
        "Each comes with a cause and with what to try next. Only reads are tried again by themselves.",
        table(("code", "may succeed later", "after a write: did it reach the system?"), codes),
        "## Exit codes of `sre-agent`",
        MEANINGS,
    )


def tree(root: type[Exception], depth: int = 0) -> Iterator[tuple[int, type[Exception]]]:
    yield depth, root
    for below in root.__subclasses__():
        if below.__module__ == SreAgentError.__module__:
            yield from tree(below, depth + 1)


def _again(one: type[Exception]) -> str:
    return "yes" if issubclass(one, Retryable) else "no"
