"""How a completion is asked of a provider and read from its answer: OpenAI's chat completions, Anthropic's messages; pure.

Sources: https://platform.openai.com/docs/api-reference/chat (spoken by Ollama, Groq and many servers) and
https://docs.anthropic.com/en/api/messages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

import orjson
from pydantic import BaseModel, JsonValue, ValidationError

from sre_agent.domain.frozen import JsonObject

_ANTHROPIC_VERSION: Final = "2023-06-01"
_MOST_TOKENS: Final = 10**9
"""More than this nobody counts: a number beyond is a lie."""


@dataclass(frozen=True)
class Completion:
    """What a model said, and what it says that it took; tokens are 0 where it does not say."""

    text: str
    tokens_in: int
    tokens_out: int


@dataclass(frozen=True)
class Wish:
    """One completion that is wanted."""

    model: str
    system: str
    prompt: str
    most_tokens: int


class Dialect(Protocol):
    @property
    def path(self) -> str:
        """Where completions are asked for, below the address."""

    def headers(self, key: str) -> dict[str, str]:
        """What every request carries."""

    def body(self, wish: Wish) -> JsonObject:
        """What is posted."""

    def read(self, told: bytes) -> Completion | None:
        """None where the answer holds no text of a model."""


class _Message(BaseModel):
    content: str


class _Choice(BaseModel):
    message: _Message


class _Chat(BaseModel):
    choices: list[_Choice]
    usage: JsonValue = None


@dataclass(frozen=True)
class OpenAiDialect:
    """`is_openai`: OpenAI itself wants the limit under another name, and some of its models refuse a temperature."""

    is_openai: bool = False
    path: str = "/chat/completions"

    def headers(self, key: str) -> dict[str, str]:
        return {"authorization": f"Bearer {key}"} if key else {}

    def body(self, wish: Wish) -> JsonObject:
        own: JsonObject = (
            {"max_completion_tokens": wish.most_tokens}
            if self.is_openai
            else {"max_tokens": wish.most_tokens, "temperature": 0}
        )
        return {
            "model": wish.model,
            "messages": [
                {"role": "system", "content": wish.system},
                {"role": "user", "content": wish.prompt},
            ],
            "response_format": {"type": "json_object"},
            "stream": False,
            **own,
        }

    def read(self, told: bytes) -> Completion | None:
        try:
            chat = _Chat.model_validate_json(told)
        except ValidationError:
            return None
        if not chat.choices:
            return None
        return Completion(
            chat.choices[0].message.content, *_tokens(chat.usage, "prompt_tokens", "completion_tokens")
        )


class _Block(BaseModel):
    type: str
    text: str = ""


class _Said(BaseModel):
    content: list[_Block]
    usage: JsonValue = None


@dataclass(frozen=True)
class AnthropicDialect:
    path: str = "/messages"

    def headers(self, key: str) -> dict[str, str]:
        return {"x-api-key": key, "anthropic-version": _ANTHROPIC_VERSION}

    def body(self, wish: Wish) -> JsonObject:
        return {
            "model": wish.model,
            "max_tokens": wish.most_tokens,
            "system": wish.system,
            "messages": [{"role": "user", "content": wish.prompt}],
        }

    def read(self, told: bytes) -> Completion | None:
        try:
            said = _Said.model_validate_json(told)
        except ValidationError:
            return None
        text = "".join(block.text for block in said.content if block.type == "text")
        return Completion(text, *_tokens(said.usage, "input_tokens", "output_tokens")) if text else None


def models_in(told: bytes) -> tuple[str, ...] | None:
    """Names in an answer to `GET /models`, alike in both dialects; None where it is no such list."""
    try:
        found = orjson.loads(told)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(found, dict) or "data" not in found:
        return None
    listed = found["data"] or ()  # Ollama says null where it has none
    if not isinstance(listed, list | tuple):
        return None
    return tuple(str(one["id"]) for one in listed if isinstance(one, Mapping) and "id" in one)


def _tokens(usage: JsonValue, sent: str, got: str) -> tuple[int, int]:
    told = usage if isinstance(usage, dict) else {}
    return _count(told.get(sent)), _count(told.get(got))


def _count(told: JsonValue) -> int:
    """A number as it is told; what is none, or cannot be true, counts as not told."""
    is_number = isinstance(told, int) and not isinstance(told, bool)
    return told if is_number and isinstance(told, int) and 0 <= told <= _MOST_TOKENS else 0
