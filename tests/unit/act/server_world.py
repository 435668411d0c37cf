"""A world whose hands are a tool server in process: writes go through its tools, and dying is told by name."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from mcp_servers.kit import toolset as kit
from mcp_servers.kit.contract import StepAsk
from mcp_servers.kit.errors import Code, ToolError
from sre_agent.domain.frozen import JsonObject
from sre_agent.domain.ids import StepKey
from sre_agent.domain.plan import Call, Plan
from sre_agent.errors import GroundMoved, SreAgentError, ToolFailed, ToolUnavailable
from sre_agent.ports.toolbox import Right, ToolAnswer
from tests.unit.act.act_world import Crash, World, plan_of, step

KEY = StepKey("key-0000")


@dataclass
class ServerWorld(World):
    """`dies`: where the runner is cut off at the first write, `before` it arrives or `after`; empty: it is not."""

    tools: kit.Toolset = field(default_factory=kit.Toolset)
    dies: str = ""
    looks: list[str] = field(default_factory=list)
    """What `step_state` answered, or the code with which it could not."""

    async def call(self, call: Call, *, limit: timedelta, right: Right | None = None) -> ToolAnswer:
        try:
            content = await (self._written(call, right) if right else self._read_from_server(call))
        except ToolError as problem:
            self.looks.append(problem.code.value)
            raise _as_the_agent_hears_it(problem) from problem
        return ToolAnswer(content=content, taken_at=self.clock.now(), took=timedelta())

    async def _written(self, call: Call, right: Right) -> JsonObject:
        self._die("before")
        content = await self._run(call, kit.Step(right.key, "inc_1", 1))
        self.effects.append((call.tool, right.key))
        self._die("after")
        return content

    def _die(self, when: str) -> None:
        if self.dies == when:
            self.dies = ""
            raise Crash

    async def _read_from_server(self, call: Call) -> JsonObject:
        if call.tool != "step_state":
            return await self._run(call)
        assert self.tools.state_of is not None
        state = await self.tools.state_of(StepAsk.model_validate(call.arguments))
        self.looks.append(state.state)
        return state.model_dump(mode="json")

    async def _run(self, call: Call, *right: kit.Step) -> JsonObject:
        tool = self.tools.tools[call.tool]
        answer = await tool.run(tool.asks.model_validate(call.arguments), *right)
        content: JsonObject = answer.model_dump(mode="json")
        return content


def one_step(server: str, tool: str, arguments: dict[str, Any], key: str = KEY) -> Plan:
    """A plan of exactly this call."""
    return plan_of(step(0, call=Call(server=server, tool=tool, arguments=arguments), key=StepKey(key)))


def _as_the_agent_hears_it(problem: ToolError) -> SreAgentError:
    if problem.code is Code.PRECONDITION_FAILED:
        return GroundMoved(problem.message)
    if problem.retryable:
        return ToolUnavailable(problem.message)
    return ToolFailed(problem.message, code=problem.code.value)
