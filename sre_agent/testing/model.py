"""A language model that answers from a script, held to the same suite as the real one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sre_agent.errors import SreAgentError, ToolTimeout
from sre_agent.ports.clock import Clock
from sre_agent.ports.model import ModelReply, ModelState
from sre_agent.testing.clock import HandClock


@dataclass(frozen=True)
class Slow:
    """An answer that takes its time."""

    takes: timedelta
    text: str = "{}"


Says = str | ModelReply | SreAgentError | Slow | Callable[[str], str]
"""Words, a failure, or a function of the prompt."""


class ScriptedModel:
    """Understudy of the `Model` port. The last line of the script is said again and again."""

    def __init__(self, *script: Says, on: bool = True, clock: Clock | None = None) -> None:
        self.script: list[Says] = list(script) or ["{}"]
        self.on = on
        self.prompts: list[str] = []
        self._clock: Clock = clock or HandClock()

    @property
    def name(self) -> str:
        return "scripted/small"

    async def state(self) -> ModelState:
        if self.on:
            return ModelState(on=True, said=f"{self.name} answers.")
        return ModelState(on=False, said=f"{self.name} could not be reached.", mend="start it")

    async def reply(self, system: str, prompt: str, *, limit: timedelta) -> ModelReply:
        self.prompts.append(prompt)
        says = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(says, SreAgentError):
            raise says
        if isinstance(says, Slow):
            await self._clock.sleep(min(says.takes, limit))
            if says.takes > limit:
                raise ToolTimeout(f"{self.name} did not answer in time")
            says = says.text
        if isinstance(says, ModelReply):
            return says
        text = says if isinstance(says, str) else says(prompt)
        return ModelReply(text=text, input_tokens=len(prompt) // 4, output_tokens=len(text) // 4)
