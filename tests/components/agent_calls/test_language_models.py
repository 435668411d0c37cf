"""A language model behind HTTP: the shared contract, what goes over the wire, and servers that lie, stall or never end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from sre_agent.adapters.chat_model import ChatModel
from sre_agent.adapters.circuit import MOST_FAILURES
from sre_agent.errors import ToolTimeout, ToolUnavailable
from sre_agent.ports.model import Model, ModelReply
from sre_agent.settings_model import ModelChoice
from sre_agent.testing.clock import HandClock
from sre_agent.testing.model import ScriptedModel, Slow
from tests.components.mcp_upstream.upstream import (
    Answer,
    Handler,
    Upstream,
    drips,
    hangs_up,
    head_never_ends,
    never_ends,
    says,
    stays_silent,
    talks_nonsense,
)
from tests.contracts.model import LIMIT, ModelContract

KEY = "key-of-the-model-0123456789"
MODELS = {"data": [{"id": "small"}, {"id": "large"}]}


def chat(text: str, tokens: tuple[int, int] = (0, 0)) -> dict[str, Any]:
    usage = {"prompt_tokens": tokens[0], "completion_tokens": tokens[1]}
    return {"choices": [{"message": {"role": "assistant", "content": text}}], "usage": usage}


def messages(text: str, tokens: tuple[int, int] = (0, 0)) -> dict[str, Any]:
    usage = {"input_tokens": tokens[0], "output_tokens": tokens[1]}
    return {"content": [{"type": "text", "text": text}], "usage": usage}


FORMS = {"ollama": chat, "groq": chat, "openai": chat, "anthropic": messages}


LISTED = says(MODELS)


def serving(completion: Answer) -> Answer:
    return lambda handler: (LISTED if handler.path.endswith("/models") else completion)(handler)


@dataclass
class Served:
    """The real adapter before a server of our own."""

    server: Upstream
    choice: ModelChoice

    def __post_init__(self) -> None:
        self.noted: list[ModelReply] = []
        self.clock = HandClock()
        self.model = ChatModel(self.choice, self.clock, note=self.noted.append)

    def says(self, text: str, tokens: tuple[int, int] = (0, 0)) -> None:
        self.server.answer = serving(says(FORMS[self.choice.provider](text, tokens)))

    def fails(self) -> None:
        self.server.answer = serving(says({}, 500))

    def is_slow(self) -> None:
        self.server.answer = serving(stays_silent)

    def is_off(self) -> None:
        self.server.answer = hangs_up

    def posted(self) -> list[tuple[str, dict[str, str], Any]]:
        return [
            (path, headers, json.loads(body))
            for method, path, headers, body in self.server.asked
            if method == "POST"
        ]


@pytest.fixture
def server() -> Iterator[Upstream]:
    with Upstream() as running:
        yield running


def choice_of(provider: str, server: Upstream, **changed: Any) -> ModelChoice:
    told = ModelChoice(
        provider=provider, model="small", url=f"{server.url}/v1", key=KEY, key_setting="THE_KEY", url_setting="THE_URL",
        time=timedelta(seconds=10),
    )  # fmt: skip
    return replace(told, **changed)


@pytest.fixture
def served(server: Upstream) -> Served:
    return Served(server, choice_of("openai", server))


class TestRealModel(ModelContract):
    @pytest.fixture(params=["ollama", "anthropic"])
    def house(self, request: pytest.FixtureRequest, server: Upstream) -> Served:
        return Served(server, choice_of(request.param, server))


class Scripted:
    """The understudy, made to answer as the test wants."""

    def __init__(self) -> None:
        self.understudy = ScriptedModel()
        self.model: Model = self.understudy

    def says(self, text: str, tokens: tuple[int, int] = (0, 0)) -> None:
        self.understudy.script = [ModelReply(text=text, input_tokens=tokens[0], output_tokens=tokens[1])]

    def fails(self) -> None:
        self.understudy.script = [ToolUnavailable("gone")]

    def is_slow(self) -> None:
        self.understudy.script = [Slow(timedelta(minutes=5))]

    def is_off(self) -> None:
        self.understudy.on = False


class TestUnderstudy(ModelContract):
    @pytest.fixture
    def house(self) -> Scripted:
        return Scripted()


# --- what goes over the wire


@pytest.mark.parametrize("provider", FORMS)
async def test_each_provider_is_asked_in_its_own_way_with_its_key(provider: str, server: Upstream) -> None:
    served = Served(server, choice_of(provider, server, most_tokens=321))
    served.says("{}")
    await served.model.reply("be brief", "what is it?", limit=LIMIT)
    ((path, headers, body),) = served.posted()
    assert path == ("/v1/messages" if provider == "anthropic" else "/v1/chat/completions")
    given = headers.get("x-api-key") or headers.get("authorization")
    assert given == (KEY if provider == "anthropic" else f"Bearer {KEY}")
    assert body["model"] == "small"
    assert body["max_tokens"] == 321
    assert "tools" not in body
    assert body["messages"][-1] == {"role": "user", "content": "what is it?"}


async def test_openai_itself_is_told_the_limit_by_its_own_name(server: Upstream) -> None:
    served = Served(server, choice_of("openai", server, url_setting=""))
    served.says("{}")
    await served.model.reply("s", "p", limit=LIMIT)
    ((_, _, body),) = served.posted()
    assert (body["max_completion_tokens"], "temperature" in body) == (700, False)


async def test_without_a_key_none_is_sent(server: Upstream) -> None:
    served = Served(server, choice_of("ollama", server, key=""))
    served.says("{}")
    await served.model.reply("s", "p", limit=LIMIT)
    assert "authorization" not in {name.lower() for name in served.posted()[0][1]}


@pytest.mark.promise("KEEP-4")
@pytest.mark.promise("HELP-5")
async def test_a_secret_reaches_neither_the_model_nor_whoever_reads_its_answer(served: Served) -> None:
    secret = "gh" + "p_" + "A1b2C3d4E5" * 4
    served.says(f"use {secret}")
    reply = await served.model.reply("s", f"log: token={secret}", limit=LIMIT)
    assert secret not in json.dumps(served.posted())
    assert secret not in reply.text


async def test_what_it_cost_is_told_where_prices_are_set_and_not_guessed_elsewhere(server: Upstream) -> None:
    dear = Served(server, choice_of("openai", server, price_in=2.0, price_out=10.0))
    dear.says("{}", (500_000, 100_000))
    assert (await dear.model.reply("s", "p", limit=LIMIT)).cost == pytest.approx(2.0)
    assert [one.cost for one in dear.noted] == [pytest.approx(2.0)]
    free = Served(server, choice_of("openai", server))
    free.says("{}", (500_000, 100_000))
    assert (await free.model.reply("s", "p", limit=LIMIT)).cost is None


# --- servers that lie, stall and break

LIES: dict[str, Answer] = {
    "no JSON": talks_nonsense,
    "JSON of another kind": says([1, 2]),
    "no choice": says({"choices": []}),
    "a tool call and no text": says(
        {"choices": [{"message": {"content": None, "tool_calls": [{"function": {"name": "scale"}}]}}]}
    ),
    "text that is a number": says({"choices": [{"message": {"content": 42}}]}),
    "half an answer": hangs_up,
    "an answer without an end": never_ends,
    "a head without an end": head_never_ends,
}


@pytest.mark.promise("HELP-1")
@pytest.mark.parametrize("lie", LIES)
async def test_an_answer_that_is_none_is_a_failure_of_one_kind(lie: str, server: Upstream) -> None:
    served = Served(server, choice_of("openai", server, time=timedelta(seconds=0.5)))
    server.answer = LIES[lie]
    with pytest.raises((ToolUnavailable, ToolTimeout)):
        await served.model.reply("s", "p", limit=LIMIT)
    assert server.sent < 200_000_000


@pytest.mark.promise("HELP-1")
@pytest.mark.parametrize("ill", [drips, stays_silent], ids=lambda each: each.__name__)
async def test_one_that_dawdles_is_given_up_in_time(ill: Answer, server: Upstream) -> None:
    served = Served(server, choice_of("openai", server, time=timedelta(seconds=0.2)))
    server.answer = ill
    with pytest.raises(ToolTimeout, match="LLM_SECONDS"):
        await served.model.reply("s", "p", limit=LIMIT)


@pytest.mark.parametrize("lie", [-5, "many", 10**12, True, None, [1]], ids=str)
async def test_tokens_that_cannot_be_true_count_as_not_told(lie: Any, served: Served) -> None:
    told = chat("{}")
    told["usage"]["prompt_tokens"] = lie
    served.server.answer = serving(says(told))
    assert (await served.model.reply("s", "p", limit=LIMIT)).input_tokens == 0


@pytest.mark.promise("KEEP-12")
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_no_redirect_takes_prompt_or_key_elsewhere(status: int, served: Served) -> None:
    with Upstream() as elsewhere:
        served.server.answer = says({}, status, Location=f"{elsewhere.url}/stolen")
        with pytest.raises(ToolUnavailable):
            await served.model.reply("s", "p", limit=LIMIT)
        assert not (await served.model.state()).on
        assert elsewhere.asked == []


@pytest.mark.promise("KEEP-12")
async def test_what_listens_on_this_machine_is_not_asked_through_a_proxy(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Upstream() as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.delenv("NO_PROXY", raising=False)
        served.says("{}")
        assert (await served.model.state()).on
        await served.model.reply("s", "p", limit=LIMIT)
        assert proxy.asked == []


class Script:
    """One answer after another; the last again and again."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)

    def __call__(self, handler: Handler) -> None:
        (self.answers.pop(0) if len(self.answers) > 1 else self.answers[0])(handler)


async def test_what_is_busy_for_a_moment_is_asked_once_more_and_not_again(served: Served) -> None:
    served.server.answer = Script(says({}, 503), says(chat("second")))
    assert (await served.model.reply("s", "p", limit=LIMIT)).text == "second"
    served.server.answer = says({}, 503)
    served.server.asked.clear()
    with pytest.raises(ToolUnavailable):
        await served.model.reply("s", "p", limit=LIMIT)
    assert len(served.posted()) == 2


@pytest.mark.parametrize(
    "answer", [says({}, 400), says({}, 401), says({}, 429, Retry_After="60")], ids=["bad", "key", "later"]
)
async def test_what_will_not_change_soon_is_asked_once(answer: Answer, served: Served) -> None:
    served.server.answer = answer
    with pytest.raises(ToolUnavailable):
        await served.model.reply("s", "p", limit=LIMIT)
    assert len(served.posted()) == 1


async def test_one_that_fails_again_and_again_is_left_alone(served: Served) -> None:
    served.server.answer = says({}, 400)
    for _ in range(MOST_FAILURES + 2):
        with pytest.raises(ToolUnavailable):
            await served.model.reply("s", "p", limit=LIMIT)
    assert len(served.posted()) == MOST_FAILURES
    assert "in a row failed" in (await served.model.state()).said


# --- whether it is on


async def looked(provider: str, models: Answer, server: Upstream, **changed: Any) -> tuple[bool, str]:
    served = Served(server, choice_of(provider, server, **changed))
    server.answer = models
    state = await served.model.state()
    return state.on, f"{state.said} {state.mend}"


async def test_a_model_that_was_never_fetched_is_off_with_the_command_that_fetches_it(
    server: Upstream,
) -> None:
    on, said = await looked("ollama", says({"object": "list", "data": None}), server)
    assert (on, "ollama pull small" in said) == (False, True)


async def test_ollama_says_latest_where_nobody_said_which(server: Upstream) -> None:
    on, _ = await looked("ollama", says({"data": [{"id": "small:latest"}]}), server)
    assert on


async def test_a_model_that_the_provider_does_not_have_is_told_beside_those_it_has(server: Upstream) -> None:
    on, said = await looked("groq", says({"data": [{"id": "large"}]}), server)
    assert (on, "LLM_MODEL" in said and "large" in said) == (False, True)


async def test_a_wrong_key_is_told_by_its_settings_name_and_not_shown(server: Upstream) -> None:
    on, said = await looked("openai", says({}, 401), server)
    assert (on, "THE_KEY" in said, KEY in said) == (False, True, False)


async def test_a_server_without_a_list_of_models_may_be_asked(server: Upstream) -> None:
    assert (await looked("openai", says({}, 404), server))[0]
    assert not (await looked("openai", says({}, 404), server, url_setting=""))[0]


async def test_a_page_that_wants_a_login_is_no_model(server: Upstream) -> None:
    assert not (await looked("ollama", talks_nonsense, server))[0]


async def test_whether_it_is_on_is_looked_up_now_and_then_and_not_each_time(served: Served) -> None:
    served.says("{}")
    for _ in range(5):
        await served.model.state()
    assert len(served.server.asked) == 1
    served.clock.advance(timedelta(minutes=2))
    await served.model.state()
    assert len(served.server.asked) == 2
