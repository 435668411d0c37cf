"""What is not as it should be with the law, though plans are judged: a file that is refused, a runner under another law."""

from __future__ import annotations

from sre_agent.api.parts import ApiParts
from sre_agent.runner_line import short


def law_warnings(parts: ApiParts) -> dict[str, str]:
    """By name; none where the file and both processes agree."""
    law, found = parts.law, dict[str, str]()
    if law is not None and law.refused is not None:
        first, more = law.refused.problems[0], len(law.refused.problems) - 1
        others = f" (and {more} more)" if more else ""
        found["law"] = (
            f"the file is refused: {first}{others}. The last good law, {law.digest[:12]}, holds meanwhile; mend the file"
        )
    if are_apart(parts):
        found["law of the runner"] = (
            "plans are judged by another law than the one that is shown here. A changed file reaches both within "
            "POLICY_POLL_SECONDS; where this stays, look for `law.` in the agent's log"
        )
    return found


def are_apart(parts: ApiParts) -> bool:
    """Whether the runner said that it judges by another law than the one that is explained here."""
    theirs = parts.runners_law()
    return parts.law is not None and theirs != 0 and theirs != short(parts.law.digest)
