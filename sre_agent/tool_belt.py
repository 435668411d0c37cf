"""Which worker may use which tool: the belt as read from agent_config.yaml, and a toolbox that keeps to it."""

from __future__ import annotations

import reprlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Literal

import yaml
from pydantic import Field, ValidationError

from sre_agent.domain.frozen import Frozen
from sre_agent.domain.plain_yaml import read_plain
from sre_agent.domain.plan import Call
from sre_agent.errors import BadInput, ToolNotAllowed
from sre_agent.ports.toolbox import Right, ServerState, ToolAnswer, Toolbox, ToolInfo


class Pouch(Frozen):
    """One worker's tools: server → names, of which one may end in `*`."""

    does: str = ""
    tools: dict[str, tuple[str, ...]] = Field(default_factory=dict)


class BeltFile(Frozen):
    """The whole file."""

    version: Literal[1]
    agents: dict[str, Pouch]


@dataclass(frozen=True)
class ToolBelt:
    """Answers whether a worker may use a tool; a worker that is not listed may use none."""

    agents: Mapping[str, Pouch]

    @classmethod
    def read(cls, text: str, source: str) -> ToolBelt:
        """Raises BadInput, which names the place that is wrong and what was expected there."""
        try:
            return cls(BeltFile.model_validate(read_plain(text)).agents)
        except ValidationError as wrong:
            first = wrong.errors()[0]
            place = ".".join(str(part) for part in first["loc"]) or "the file"
            raise BadInput(
                f"{source}, {place}: {first['msg']}; found {reprlib.repr(first['input'])}", field=place
            ) from None
        except (yaml.YAMLError, ValueError, RecursionError) as broken:
            raise BadInput(f"{source} is no YAML: {broken}", field=source) from broken

    def may(self, worker: str, call: Call) -> bool:
        pouch = self.agents.get(worker)
        names = pouch.tools.get(call.server, ()) if pouch else ()
        return any(fnmatchcase(call.tool, name) for name in names)

    def worn_by(self, worker: str, toolbox: Toolbox) -> Toolbox:
        """The same toolbox in this worker's hands."""
        return BeltedToolbox(toolbox, worker, self)


@dataclass(frozen=True)
class BeltedToolbox:
    """Implements the `Toolbox` port: passes on what the worker may use, and refuses the rest."""

    toolbox: Toolbox
    worker: str
    belt: ToolBelt

    async def call(self, call: Call, *, limit: timedelta, right: Right | None = None) -> ToolAnswer:
        """As the port says; raises ToolNotAllowed before anything leaves the process."""
        if not self.belt.may(self.worker, call):
            raise ToolNotAllowed(
                f"the {self.worker} worker may not use {call.server}.{call.tool}; "
                "agent_config.yaml lists what it may use"
            )
        return await self.toolbox.call(call, limit=limit, right=right)

    async def tools(self) -> tuple[ToolInfo, ...]:
        return await self.toolbox.tools()

    def servers(self) -> tuple[ServerState, ...]:
        return self.toolbox.servers()
