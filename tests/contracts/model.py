"""What every language model keeps, the real one before a server and its understudy alike."""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol

import pytest

from sre_agent.errors import ToolTimeout, ToolUnavailable
from sre_agent.ports.model import Model

LIMIT = timedelta(seconds=20)


class House(Protocol):
    """A model, and what makes it answer as the test wants."""

    model: Model

    def says(self, text: str, tokens: tuple[int, int] = (0, 0)) -> None: ...
    def fails(self) -> None: ...
    def is_slow(self) -> None: ...
    def is_off(self) -> None: ...


class ModelContract:
    """Subclass it and give it a fixture `house`."""

    async def test_it_says_what_the_model_said_and_what_it_took(self, house: House) -> None:
        house.says('{"hypotheses": []}', (120, 8))
        reply = await house.model.reply("be brief", "what is it?", limit=LIMIT)
        assert reply.text == '{"hypotheses": []}'
        assert (reply.input_tokens, reply.output_tokens) == (120, 8)

    async def test_one_that_answers_is_on(self, house: House) -> None:
        house.says("{}")
        state = await house.model.state()
        assert (state.on, state.mend) == (True, "")

    async def test_one_that_does_not_answer_is_off_and_says_what_to_do(self, house: House) -> None:
        house.is_off()
        state = await house.model.state()
        assert not state.on
        assert state.said.endswith(".")
        assert state.mend

    async def test_a_failure_is_one_of_two_kinds(self, house: House) -> None:
        house.fails()
        with pytest.raises(ToolUnavailable):
            await house.model.reply("s", "p", limit=LIMIT)

    async def test_one_that_takes_too_long_is_given_up(self, house: House) -> None:
        house.is_slow()
        with pytest.raises(ToolTimeout):
            await house.model.reply("s", "p", limit=timedelta(milliseconds=100))

    async def test_its_name_is_provider_and_model(self, house: House) -> None:
        assert len(house.model.name.split("/")) == 2
