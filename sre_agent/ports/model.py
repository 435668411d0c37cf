"""A language model, where one answers; nothing in the product needs it."""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol

from sre_agent.domain.frozen import Frozen


class ModelReply(Frozen):
    text: str
    input_tokens: int = 0
    output_tokens: int = 0


class Model(Protocol):
    @property
    def name(self) -> str:
        """Provider and model, as `ollama/llama3.2`."""

    async def answers(self) -> bool:
        """Whether it can be reached now; where not, the product goes on without it."""

    async def reply(self, system: str, prompt: str, *, limit: timedelta) -> ModelReply:
        """One completion. Raises ToolUnavailable or ToolTimeout."""
