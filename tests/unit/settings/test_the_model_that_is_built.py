"""What is built from the settings is the model they name, and its tokens are counted by direction."""

from __future__ import annotations

import pytest

from sre_agent.bootstrap_model import counted, model_state, open_model, told
from sre_agent.ports.model import ModelReply
from sre_agent.settings import read
from sre_agent.telemetry import Telemetry
from sre_agent.testing.clock import HandClock


def test_the_model_is_the_one_that_the_settings_name() -> None:
    given = {"LLM_PROVIDER": "groq", "LLM_MODEL": "large", "GROQ_API_KEY": "k"}
    model = open_model(read(given), HandClock())
    assert model is not None
    assert model.name == "groq/large"
    assert open_model(read({"LLM_PROVIDER": "none"}), HandClock()) is None


def test_tokens_are_counted_by_their_direction() -> None:
    telemetry = Telemetry()
    told(counted(telemetry))(ModelReply(text="", input_tokens=120, output_tokens=30))
    shown = telemetry.exposition().decode()
    assert 'sre_agent_model_tokens_total{direction="sent"} 120.0' in shown
    assert 'sre_agent_model_tokens_total{direction="got"} 30.0' in shown


@pytest.mark.promise("HELP-1")
async def test_where_nobody_wants_a_model_nobody_is_asked() -> None:
    assert await model_state(read({"LLM_PROVIDER": "none"})) is None
