"""A language model at the one address that the settings name: looked for cheaply, asked once, never waited for long."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from random import random
from typing import Final
from urllib.parse import urlsplit

import httpx
import orjson
import structlog

from sre_agent.adapters.chat_dialects import AnthropicDialect, Dialect, OpenAiDialect, Wish, models_in
from sre_agent.adapters.circuit import Circuit
from sre_agent.adapters.outside import Outside
from sre_agent.adapters.redaction import redact_text
from sre_agent.adapters.retrying import Retrying, RetryRule
from sre_agent.domain.shown import one_line
from sre_agent.errors import NotDelivered, ToolTimeout, ToolUnavailable
from sre_agent.ports.clock import Clock
from sre_agent.ports.model import ModelReply, ModelState
from sre_agent.settings_model import ModelChoice
from sre_agent.settings_tls import is_this_machine

log = structlog.get_logger("model")

_LOOK_SECONDS: Final = 1.5
_KNOWN_ON: Final = timedelta(seconds=60)
_KNOWN_OFF: Final = timedelta(seconds=15)
_TRIES: Final = RetryRule(first_pause=timedelta(milliseconds=500), most_tries=2)
_SOON: Final = 2.0
"""A provider that asks for a longer pause than this many seconds is not asked again."""
_NO_SUCH_PATH: Final = (404, 405)
_NO_ENTRY: Final = (401, 403)
_MOST_NAMED: Final = 6

Note = Callable[[ModelReply], None]


def dialect_of(choice: ModelChoice) -> Dialect:
    if choice.provider == "anthropic":
        return AnthropicDialect()
    return OpenAiDialect(is_openai=choice.provider == "openai" and not choice.url_setting)


class ChatModel:
    """Implements `ports.model.Model`. `transport` is for tests; `note` is told of every answer, for our own signals."""

    def __init__(
        self,
        choice: ModelChoice,
        clock: Clock,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        note: Note = lambda reply: None,
    ) -> None:
        self._choice, self._clock, self._note = choice, clock, note
        self._dialect = dialect_of(choice)
        self._headers = {"content-type": "application/json", **self._dialect.headers(choice.key)}
        seconds = choice.time.total_seconds()
        proxies = not is_this_machine(urlsplit(choice.url).hostname or "")
        self._asking = Outside(
            choice.name, transport=transport, within=seconds, wait=seconds, proxies=proxies
        )
        self._looking = Outside(
            choice.name, transport=transport, within=_LOOK_SECONDS, wait=_LOOK_SECONDS, proxies=proxies
        )
        self._circuit = Circuit(choice.name, clock)
        self._known: ModelState | None = None
        self._until = timedelta()

    @property
    def name(self) -> str:
        return self._choice.name

    async def state(self) -> ModelState:
        if left_alone := self._circuit.words:
            return ModelState(on=False, said=f"{left_alone}.", mend=self._mend(0))
        if self._known is None or self._clock.elapsed() >= self._until:
            self._known = await self._looked()
            self._until = self._clock.elapsed() + (_KNOWN_ON if self._known.on else _KNOWN_OFF)
        return self._known

    async def _looked(self) -> ModelState:
        try:
            told = await self._looking.get(f"{self._choice.url}/models", self._headers)
        except NotDelivered as failure:
            # Servers that speak OpenAI's API need not have a list of models.
            if failure.status in _NO_SUCH_PATH and self._choice.url_setting:
                return ModelState(on=True, said=f"{self.name}: something answers there.")
            said = f"answered {failure.status}" if failure.status else "could not be reached"
            return ModelState(on=False, said=f"{self.name} {said}.", mend=self._mend(failure.status))
        names = models_in(told)
        if names is None:
            return ModelState(
                on=False, said=f"{self.name}: what answers there is no model server.", mend=self._mend(0)
            )
        if self._choice.model in names or f"{self._choice.model}:latest" in names:
            return ModelState(on=True, said=f"{self.name} answers.")
        return ModelState(
            on=False,
            said=f"{self._choice.provider} answers, and has no model {self._choice.model!r}.",
            mend=self._choose(names),
        )

    def _mend(self, status: int) -> str:
        choice = self._choice
        if status in _NO_ENTRY:
            return f"see whether {choice.key_setting or 'the key'} is right"
        if choice.provider == "ollama":
            return f"ollama serve, then: ollama pull {choice.model} (OLLAMA_BASE_URL is where it listens)"
        where = (
            f"whether {choice.url_setting} is right" if choice.url_setting else "whether it can be reached"
        )
        return f"see {where} from here"

    def _choose(self, names: tuple[str, ...]) -> str:
        if self._choice.provider == "ollama":
            return f"ollama pull {self._choice.model} (or set LLM_MODEL to one that is there)"
        told = ", ".join(one_line(name, 60) for name in sorted(names)[:_MOST_NAMED])
        return (
            f"Set LLM_MODEL to one that it has, such as {told}." if told else "Set LLM_MODEL to one it has."
        )

    async def reply(self, system: str, prompt: str, *, limit: timedelta) -> ModelReply:
        wish = Wish(self._choice.model, system, redact_text(prompt), self._choice.most_tokens)
        try:
            with self._circuit:
                return self._read(await self._posted(orjson.dumps(self._dialect.body(wish)), limit))
        except (ToolTimeout, ToolUnavailable) as failure:
            self._known = None
            log.warning("model.no_answer", model=self.name, reason=str(failure))
            raise

    async def _posted(self, body: bytes, limit: timedelta) -> bytes:
        async def attempt() -> bytes:
            return await self._asking.post(f"{self._choice.url}{self._dialect.path}", body, self._headers)

        retrying = Retrying(replace(_TRIES, known_server=limit), self._clock, random)
        try:
            async with asyncio.timeout(limit.total_seconds()):
                return await retrying.tried(attempt, may_repeat=_may_repeat, was_connected=lambda: True)
        except (NotDelivered, TimeoutError) as failure:
            raise self._failed(failure) from failure

    def _failed(self, failure: NotDelivered | TimeoutError) -> ToolTimeout | ToolUnavailable:
        cause = failure.__cause__
        if isinstance(failure, TimeoutError) or isinstance(cause, TimeoutError | httpx.TimeoutException):
            return ToolTimeout(f"{self.name} did not answer in time; LLM_SECONDS says how long it has")
        return ToolUnavailable(str(failure))

    def _read(self, told: bytes) -> ModelReply:
        said = self._dialect.read(told)
        if said is None:
            raise ToolUnavailable(f"{self.name} answered with what holds no text of a model")
        reply = ModelReply(
            text=redact_text(said.text),
            input_tokens=said.tokens_in,
            output_tokens=said.tokens_out,
            cost=self._choice.cost(said.tokens_in, said.tokens_out),
        )
        self._note(reply)
        return reply


def _may_repeat(failure: BaseException) -> bool:
    """Where trying once more can help: it is busy or broke off, and does not ask for a long pause."""
    if not isinstance(failure, NotDelivered) or failure.after_seconds > _SOON:
        return False
    if isinstance(failure.__cause__, TimeoutError | httpx.TimeoutException):
        return False
    return failure.status in (0, 429) or failure.status >= 500
