"""Runs of one incident over a real store, with hands that stand behind the real gate of a tool server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mcp_servers.kit.contract import StepAsk, StepState
from mcp_servers.kit.errors import Code, ToolError
from mcp_servers.kit.gate import GateRules, WriteCall, WriteGate
from mcp_servers.kit.grant_store import GrantStore
from mcp_servers.kit.grants import META_GRANT, META_KEY
from mcp_servers.kit.toolset import Step as Begun
from sre_agent.adapters.grant_issuer import SigningGrantIssuer
from sre_agent.domain.ids import IncidentId
from sre_agent.domain.plan import Call
from sre_agent.domain.work import Lease
from sre_agent.errors import GrantRefused, ToolFailed, ToolUnavailable
from sre_agent.policy.reading import LawFile
from sre_agent.policy_engine import PolicyEngine
from sre_agent.ports.clock import Clock
from sre_agent.ports.run import Limits, Run
from sre_agent.ports.toolbox import Right, ServerState, ToolAnswer, ToolInfo
from tests.components.mcp_demo_tools import DemoTools, written

LAW = Path(__file__).parents[3] / "sre_agent" / "config" / "policies.yaml"
AUDIENCE = "demo@lab"
TERM = timedelta(seconds=6)
KEY = Ed25519PrivateKey.generate()
CHANGE = DemoTools().toolset().tools["change"]


@dataclass
class Lamp:
    """The system that is written to; it counts."""

    writes: list[str] = field(default_factory=list)
    """Step keys, in the order in which they arrived."""

    async def look(self, ask: StepAsk) -> StepState:
        if ask.key in self.writes:
            return StepState(state="done", why="the lamp knows the key", result=written(ask.key, "green"))
        return StepState(state="not_done", why="the lamp does not know the key")


class Replica:
    """One replica of the lamp's tool server, as a toolbox: the real gate over a store that all replicas share."""

    def __init__(self, lamp: Lamp, store: Path, clock: Clock) -> None:
        self._lamp, self._clock = lamp, clock
        grants = GrantStore(store)
        grants.prepare(clock.now().timestamp())
        rules = GateRules(AUDIENCE, lambda _: [KEY.public_key()], lambda: clock.now().timestamp(), 30.0)
        self.gate = WriteGate(rules, grants, look=lamp.look)

    async def call(self, call: Call, *, limit: timedelta, right: Right | None = None) -> ToolAnswer:
        try:
            content = await self._answer(call, right)
        except ToolError as problem:
            kinds: dict[Code, type[Exception]] = {
                Code.GRANT_REFUSED: GrantRefused,
                Code.UNAVAILABLE: ToolUnavailable,
            }
            raise kinds.get(problem.code, ToolFailed)(problem.message) from problem
        return ToolAnswer(content=content, taken_at=self._clock.now(), took=timedelta())

    async def tools(self) -> tuple[ToolInfo, ...]:
        return ()

    def servers(self) -> tuple[ServerState, ...]:
        return ()

    async def _answer(self, call: Call, right: Right | None) -> dict[str, Any]:
        if call.tool == "step_state":
            return (await self.gate.state(StepAsk.model_validate(call.arguments))).model_dump(mode="json")
        meta = {META_GRANT: right.grant, META_KEY: right.key} if right else {}
        asked = WriteCall(CHANGE, dict(call.arguments), meta)
        return await self.gate.pass_through(asked, self.gate.check(asked), self._write)

    async def _write(self, step: Begun) -> dict[str, Any]:
        self._lamp.writes.append(step.key)
        return written(step.key, "green").model_dump(mode="json")


def run_of(stores: Any, incident_id: IncidentId, toolbox: Any, lease: Callable[[], Lease]) -> Run:
    """`stores`: whatever has a ledger, an archive, leases and a clock over the real database."""
    return Run(
        incident_id=incident_id,
        toolbox=toolbox,
        ledger=stores.ledger,
        archive=stores.archive,
        leases=stores.leases,
        grants=SigningGrantIssuer(lambda: KEY),
        clock=stores.clock,
        law=PolicyEngine.read([LawFile(str(LAW), LAW.read_text(encoding="utf-8"))]),
        limits=Limits(grant_time=timedelta(seconds=5), poll=timedelta(milliseconds=1)),
        cluster="lab",
        lease=lease,
    )
