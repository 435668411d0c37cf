"""A language model, where one answers; nothing in the product needs it."""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol

from sre_agent.domain.frozen import Frozen


class ModelReply(Frozen):
    """`cost` is in the currency of the prices that were set; none where they were not."""

    text: str
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float | None = None


class ModelState(Frozen):
    """Whether a model can be asked now, in a sentence; `mend` is what to do where it cannot."""

    on: bool
    said: str
    mend: str = ""


class Model(Protocol):
    @property
    def name(self) -> str:
        """Provider and model, as `ollama/llama3.2`."""

    async def state(self) -> ModelState:
        """Whether it can be asked now, by one cheap look that is remembered for a while; never raises."""

    async def reply(self, system: str, prompt: str, *, limit: timedelta) -> ModelReply:
        """One completion; secrets in either text and in the answer are redacted. Raises ToolUnavailable or ToolTimeout."""
