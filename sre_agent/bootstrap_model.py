"""Builds the language model that the settings name; part of bootstrap, and light, since the doctor uses it too."""

from __future__ import annotations

from collections.abc import Callable

from sre_agent.adapters.chat_model import ChatModel, Note
from sre_agent.adapters.clock import SystemClock
from sre_agent.ports.clock import Clock
from sre_agent.ports.model import ModelReply, ModelState
from sre_agent.settings import Settings
from sre_agent.telemetry import Telemetry


def counted(telemetry: Telemetry) -> Callable[[str, int], None]:
    """Counts tokens by their direction: `sent` to a model, or `got` from it."""
    return lambda direction, tokens: telemetry.model_tokens.labels(direction).inc(tokens)


def told(count: Callable[[str, int], None]) -> Note:
    """Tells of an answer in the same way."""

    def note(reply: ModelReply) -> None:
        count("sent", reply.input_tokens)
        count("got", reply.output_tokens)

    return note


def open_model(settings: Settings, clock: Clock, note: Note = lambda reply: None) -> ChatModel | None:
    """The model, which may not answer; none where LLM_PROVIDER is `none`."""
    choice = settings.chosen_model
    return ChatModel(choice, clock, note=note) if choice else None


async def model_state(settings: Settings) -> ModelState | None:
    """One look at it, with nothing kept; none where nobody wants a model."""
    model = open_model(settings, SystemClock())
    return await model.state() if model else None
