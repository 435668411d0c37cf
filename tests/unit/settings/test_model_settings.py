"""Which model is asked, where and with which key; what would send a key in the clear stops the start."""

from __future__ import annotations

import pytest

from sre_agent.errors import SettingError
from sre_agent.settings import read


def test_with_nothing_set_ollama_on_this_machine_is_named() -> None:
    choice = read({}).chosen_model
    assert choice is not None
    assert (choice.name, choice.url, choice.key) == ("ollama/llama3.2", "http://127.0.0.1:11434/v1", "")


def test_none_is_nobody() -> None:
    assert read({"LLM_PROVIDER": "none", "GROQ_API_KEY": "k"}).chosen_model is None


@pytest.mark.parametrize(
    ("provider", "url"),
    [
        ("groq", "https://api.groq.com/openai/v1"),
        ("openai", "https://api.openai.com/v1"),
        ("anthropic", "https://api.anthropic.com/v1"),
    ],
)
def test_each_provider_has_its_place_and_needs_its_key(provider: str, url: str) -> None:
    name = f"{provider.upper()}_API_KEY"
    choice = read({"LLM_PROVIDER": provider, name: "the-key"}).chosen_model
    assert choice is not None
    assert (choice.url, choice.key, choice.url_setting) == (url, "the-key", "")
    assert "the-key" not in repr(choice)
    with pytest.raises(SettingError, match=f"{name} is not set, and LLM_PROVIDER is {provider}"):
        read({"LLM_PROVIDER": provider})


@pytest.mark.parametrize("told", ["http://models.example/v1/", "https://models.example/v1"])
def test_another_server_that_speaks_openais_api_needs_no_key(told: str) -> None:
    choice = read({"LLM_PROVIDER": "openai", "OPENAI_BASE_URL": told}).chosen_model
    assert choice is not None
    assert (choice.url, choice.key) == (told.rstrip("/"), "")


def test_an_address_of_ollama_may_end_as_its_own_documentation_writes_it() -> None:
    for told in ("http://gpu:11434", "http://gpu:11434/", "http://gpu:11434/v1"):
        choice = read({"OLLAMA_BASE_URL": told}).chosen_model
        assert choice is not None
        assert choice.url == "http://gpu:11434/v1"


@pytest.mark.promise("KEEP-10")
def test_a_key_goes_in_the_clear_to_this_machine_alone() -> None:
    clear = {"LLM_PROVIDER": "openai", "OPENAI_API_KEY": "k", "OPENAI_BASE_URL": "http://models.example/v1"}
    with pytest.raises(
        SettingError, match=r"OPENAI_BASE_URL is 'http://models\.example/v1', where everybody"
    ):
        read(clear)
    assert read({**clear, "OPENAI_BASE_URL": "http://127.0.0.1:8000/v1"}).chosen_model


def test_a_password_in_an_address_is_refused_and_not_shown() -> None:
    with pytest.raises(SettingError, match="OLLAMA_BASE_URL") as caught:
        read({"OLLAMA_BASE_URL": "http://me:swordfish@gpu:11434"})
    assert "swordfish" not in str(caught.value)


def test_a_cost_is_told_only_where_a_price_is_set() -> None:
    free, dear = read({}).chosen_model, read({"LLM_PRICE_IN": "3", "LLM_PRICE_OUT": "15"}).chosen_model
    assert free is not None
    assert dear is not None
    assert free.cost(1000, 1000) is None
    assert dear.cost(1_000_000, 100_000) == pytest.approx(4.5)
