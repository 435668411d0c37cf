"""The language model among the integrations: whether it is on, and a real try of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from sre_agent.api.probes import LIMIT, Tried
from sre_agent.errors import SreAgentError, ToolTimeout
from sre_agent.ports.model import Model, ModelState

NAME: Final = "model"
TITLE: Final = "Language model"
GIVES: Final = "suggestions and next questions, only where the rules are at their end; nothing needs it"
TRY: Final = "one look at its list of models, and one short answer"
NONE_WANTED: Final = ModelState(
    on=False,
    said="No language model is wanted: LLM_PROVIDER is none.",
    mend="where you want one to help, set LLM_PROVIDER and LLM_MODEL and start again",
)
_SYSTEM: Final = "Answer with one JSON object and nothing else."
_PROMPT: Final = 'Answer with exactly {"hypotheses": [], "questions": []}'
_LOADING: Final = (
    "a model that is loaded for the first time may take longer than this test waits: try again in a moment, "
    "or take a smaller one"
)


async def state_of(model: Model | None) -> ModelState:
    return await model.state() if model else NONE_WANTED


async def tried(model: Model | None, limit: timedelta = LIMIT) -> Tried:
    """A failure is an answer, and says what to do."""
    state = await state_of(model)
    if model is None or not state.on:
        return Tried(ok=False, sentence=state.said, try_next=state.mend)
    try:
        reply = await model.reply(_SYSTEM, _PROMPT, limit=limit)
    except ToolTimeout as late:
        return Tried(ok=False, sentence=f"{late}.", try_next=_LOADING)
    except SreAgentError as wrong:
        again = await model.state()
        return Tried(ok=False, sentence=str(wrong).rstrip(".") + ".", try_next=again.mend or _LOADING)
    tokens = reply.input_tokens + reply.output_tokens
    return Tried(ok=True, sentence=f"{model.name} answers; this took {tokens} tokens.")
