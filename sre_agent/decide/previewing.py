"""A step's rehearsal on the server that would do it, asked again where the object only just changed under it."""

from __future__ import annotations

from typing import Final

from sre_agent.catalogue.remedy import Draft
from sre_agent.domain.frozen import JsonObject
from sre_agent.domain.plan import Call
from sre_agent.errors import GroundMoved, ToolFailed
from sre_agent.ports.clock import Clock
from sre_agent.ports.run import Limits
from sre_agent.ports.toolbox import Toolbox

AGAIN: Final = 2
"""How often more it is asked; a refusal for good costs so many pauses."""
_MOVED: Final = frozenset({"conflict", "invalid_argument"})
"""What an object answers that changed between the server's read and its dry run (409, 422), as in the midst of a roll-out."""


async def preview_of(draft: Draft, toolbox: Toolbox, clock: Clock, limits: Limits) -> JsonObject:
    """What the server would do, asked with the tool that can do nothing but `dryRun`. It reads the object each time.

    Raises what the last answer was.
    """
    server, _, tool = draft.where.partition(".")
    call = Call(server=server, tool=f"preview_{tool}", arguments=draft.arguments)
    for _ in range(AGAIN):
        try:
            return (await toolbox.call(call, limit=limits.tool_time)).content
        except (ToolFailed, GroundMoved) as refusal:
            if isinstance(refusal, ToolFailed) and refusal.code not in _MOVED:
                raise
        await clock.sleep(limits.poll / 2)
    return (await toolbox.call(call, limit=limits.tool_time)).content
