"""The belt: what is not listed is refused before it leaves the process, and what is listed exists."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sre_agent.agent_nodes import ROSTER
from sre_agent.api.probes import PROBES
from sre_agent.api.probes import WORKER as CONNECTION_TEST
from sre_agent.domain.evidence import Specialist
from sre_agent.domain.plan import Call
from sre_agent.errors import BadInput, ToolNotAllowed
from sre_agent.ports.toolbox import Right, ServerState, ToolAnswer, ToolInfo
from sre_agent.tool_belt import ToolBelt

SHIPPED = Path(__file__).parents[3] / "sre_agent" / "config" / "agent_config.yaml"
BELT = ToolBelt.read(SHIPPED.read_text(encoding="utf-8"), SHIPPED.name)
NOW = datetime(2026, 1, 1, tzinfo=UTC)
READERS = [*(one.value for one in Specialist), "verifier", "policy_gate", "connection_test"]
WRITES = ("scale", "delete_pod", "rollout_restart", "merge_pr", "create_revert_pr", "cordon")


class Recorder:
    """A toolbox that answers everything and remembers it."""

    def __init__(self) -> None:
        self.calls: list[Call] = []

    async def call(self, call: Call, *, limit: timedelta, right: Right | None = None) -> ToolAnswer:
        self.calls.append(call)
        return ToolAnswer(content={}, taken_at=NOW, took=timedelta())

    async def tools(self) -> tuple[ToolInfo, ...]:
        return ()

    def servers(self) -> tuple[ServerState, ...]:
        return (ServerState(name="k8s", url="http://k8s", connected=True),)


def a_call(name: str) -> Call:
    server, tool = name.split(".")
    return Call(server=server, tool=tool, arguments={})


def test_a_listed_tool_is_called_and_an_unlisted_one_never_leaves() -> None:
    recorder = Recorder()
    hands = BELT.worn_by("kubernetes", recorder)
    asyncio.run(hands.call(a_call("k8s.list_objects"), limit=timedelta(seconds=1)))
    with pytest.raises(ToolNotAllowed, match=r"kubernetes worker may not use github\.merge_pr"):
        asyncio.run(hands.call(a_call("github.merge_pr"), limit=timedelta(seconds=1)))
    assert [call.tool for call in recorder.calls] == ["list_objects"]
    assert hands.servers() == recorder.servers()


@pytest.mark.promise("SEE-7")
@pytest.mark.parametrize("worker", READERS)
def test_no_reader_holds_a_tool_that_writes(worker: str) -> None:
    for server in ("k8s", "github"):
        for tool in WRITES:
            assert not BELT.may(worker, Call(server=server, tool=tool, arguments={})), (worker, tool)


def test_a_star_stands_for_names_and_not_for_servers() -> None:
    assert BELT.may("planner", a_call("k8s.preview_scale"))
    assert not BELT.may("planner", a_call("k8s.scale"))
    assert not BELT.may("planner", a_call("notion.preview_scale"))


def test_a_worker_without_an_entry_may_use_nothing() -> None:
    assert not BELT.may("stranger", a_call("k8s.list_objects"))


def test_every_worker_on_the_belt_is_on_the_roster_or_tries_connections() -> None:
    assert set(BELT.agents) - {CONNECTION_TEST} <= set(ROSTER)


def test_a_connection_is_tried_by_calls_that_are_on_the_belt() -> None:
    for probe in PROBES.values():
        assert BELT.may(CONNECTION_TEST, probe.call(NOW)), probe.name


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("version: 2\nagents: {}", "version"),
        ("version: 1\nagents: {logs: {tools: {loki: query_logs}}}", "agents.logs.tools.loki"),
        ("version: 1\nagents: {logs: {tool: {}}}", "agents.logs.tool"),
        ("- nothing", "belt.yaml"),
        ("a: [", "no YAML"),
    ],
)
def test_a_wrong_belt_is_refused_with_its_place(text: str, place: str) -> None:
    with pytest.raises(BadInput, match=place):
        ToolBelt.read(text, "belt.yaml")


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "version: 1\nagents:\n  logs: {tools: {k8s: [get_object]}}\n  logs: {tools: {k8s: ['*']}}\n",
            "'logs' stands here twice.*line 4, column 3",
        ),
        ("version: 1\nagents: {logs: {tools: {k8s: [a], k8s: ['*']}}}\n", "'k8s' stands here twice.*line 2"),
        ("version: 1\nagents: {logs: {<<: {tools: {k8s: ['*']}}}}\n", "merges nothing.*line 2, column 17"),
        ("version: 1\nagents: {logs: &a {tools: {k8s: ['*']}}, mitigator: *a}\n", "write this out.*line 2"),
        (f"version: 1\n{BOMB}agents: *i\n", "write this out.*line 4"),
        ("version: 1\nagents: " + "[" * 5000, "deeper than 20 levels"),
        ("version: 1\nagents: !!python/object/apply:os.system ['true']\n", "line 2"),
    ],
    ids=["a worker twice", "a server twice", "a merge", "an alias", "a bomb", "a depth", "a tag"],
)
def test_no_trick_of_yaml_widens_a_belt_or_fills_the_memory(text: str, said: str) -> None:
    with pytest.raises(BadInput, match=f"(?s){said}"):
        ToolBelt.read(text, "belt.yaml")
