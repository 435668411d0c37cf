"""Settings of the language model: who is asked, where, with which key, and how much one answer may cost."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from sre_agent.errors import SettingError
from sre_agent.settings_tls import is_this_machine

_AT: Final = {
    "groq": "https://api.groq.com/openai/v1",
    "openai": "https://api.openai.com/v1",
    "anthropic": "https://api.anthropic.com/v1",
}


@dataclass(frozen=True)
class ModelChoice:
    """The model that is asked. `url` ends before `/chat/completions` or `/messages`; prices are for a million tokens."""

    provider: str
    model: str
    url: str
    key: str = field(default="", repr=False)
    key_setting: str = ""
    """Which setting holds the key; empty where none is needed."""
    url_setting: str = ""
    """Which setting holds the address; empty where it is the provider's own."""
    time: timedelta = timedelta(seconds=30)
    most_tokens: int = 700
    price_in: float = 0.0
    price_out: float = 0.0

    @property
    def name(self) -> str:
        return f"{self.provider}/{self.model}"

    def cost(self, tokens_in: int, tokens_out: int) -> float | None:
        """In the currency of the prices; none where no price is set."""
        if not (self.price_in or self.price_out):
            return None
        return (tokens_in * self.price_in + tokens_out * self.price_out) / 1_000_000


class ModelSettings(BaseModel):
    """Nothing of it is needed: a model that does not answer is not asked."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    llm_provider: Literal["ollama", "groq", "openai", "anthropic", "none"] = Field(
        "ollama", description="language model; stays off until it answers"
    )
    llm_model: str = Field("llama3.2", description="the model's name at its provider")
    ollama_base_url: str = Field("http://127.0.0.1:11434", description="where Ollama listens")
    openai_base_url: str = Field("", description="another address that speaks OpenAI's API")
    openai_api_key: SecretStr = Field(SecretStr(""), description="key for OpenAI")
    groq_api_key: SecretStr = Field(SecretStr(""), description="key for Groq")
    anthropic_api_key: SecretStr = Field(SecretStr(""), description="key for Anthropic")
    llm_seconds: int = Field(30, ge=1, le=300, description="time the model has for its one answer")
    llm_max_tokens: int = Field(700, ge=64, le=8192, description="longest answer of the model, in tokens")
    llm_price_in: float = Field(
        0.0, ge=0, le=1_000_000, description="price of a million tokens sent; 0: not known, no cost is shown"
    )
    llm_price_out: float = Field(
        0.0, ge=0, le=1_000_000, description="price of a million tokens answered, in the same currency"
    )

    @property
    def chosen_model(self) -> ModelChoice | None:
        """Who is asked; none where LLM_PROVIDER is `none`."""
        if self.llm_provider == "none":
            return None
        url, url_setting = self._place()
        key_setting = "" if self.llm_provider == "ollama" else f"{self.llm_provider}_api_key"
        key: SecretStr = getattr(self, key_setting) if key_setting else SecretStr("")
        return ModelChoice(
            provider=self.llm_provider,
            model=self.llm_model,
            url=url,
            url_setting=url_setting,
            key=key.get_secret_value(),
            key_setting=key_setting.upper(),
            time=timedelta(seconds=self.llm_seconds),
            most_tokens=self.llm_max_tokens,
            price_in=self.llm_price_in,
            price_out=self.llm_price_out,
        )

    def _place(self) -> tuple[str, str]:
        """(address, the setting it comes from)."""
        if self.llm_provider == "ollama":
            told = self.ollama_base_url.rstrip("/")
            return (told if told.endswith("/v1") else f"{told}/v1"), "OLLAMA_BASE_URL"
        if self.llm_provider == "openai" and self.openai_base_url:
            return self.openai_base_url.rstrip("/"), "OPENAI_BASE_URL"
        return _AT[self.llm_provider], ""

    def check_model(self) -> None:
        """Raises SettingError: no key where one is needed, or a secret that would go where others can read it."""
        choice = self.chosen_model
        if choice is None:
            return
        if choice.key_setting and not choice.key and not choice.url_setting:
            raise SettingError(
                choice.key_setting,
                f"not set, and LLM_PROVIDER is {choice.provider}",
                f"the key that {choice.provider} gave you; without a language model, LLM_PROVIDER=none",
            )
        parts = urlsplit(choice.url)
        if parts.username or parts.password:
            raise SettingError(
                choice.url_setting,
                "not valid (not shown: it holds a password)",
                "an address without a name and a password in it",
            )
        if choice.key and parts.scheme == "http" and not is_this_machine(parts.hostname or ""):
            raise SettingError(
                choice.url_setting,
                f"{choice.url!r}, where everybody on the way could read {choice.key_setting}",
                f"an https:// address, or one that needs no key: then leave {choice.key_setting} empty",
            )
