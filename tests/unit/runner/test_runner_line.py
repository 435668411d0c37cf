"""The two processes understand each other, and nothing else."""

from __future__ import annotations

import asyncio
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sre_agent.runner_line import Said, Word, numbered, said_in, servers_in
from sre_agent.runner_pipes import Pipes
from sre_agent.settings import TOOL_SERVERS
from sre_agent.testing.bulletin import MemoryBulletin


@given(word=st.sampled_from(Word), number=st.integers(0, 2**63))
def test_what_one_side_says_the_other_hears(word: Word, number: int) -> None:
    line = Said(word, number).as_line()
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert said_in(line) == Said(word, number)


@given(st.frozensets(st.sampled_from(TOOL_SERVERS)))
def test_a_number_stands_for_exactly_the_servers_it_was_made_of(servers: frozenset[str]) -> None:
    assert servers_in(numbered(servers)) == servers


@pytest.mark.parametrize(
    "line", [b"", b"\n", b"rang\n", b"rang -1\n", b"rang x\n", b"shout 1\n", "rang ²\n".encode()]
)
def test_anything_else_is_nothing(line: bytes) -> None:
    assert said_in(line) is None


@given(st.binary(max_size=40))
def test_no_line_breaks_the_listener(line: bytes) -> None:
    said = said_in(line)
    assert said is None or said.as_line().strip() == Said(said.word, said.number).as_line().strip()


async def test_the_runner_hears_every_line_and_stops_when_nobody_is_there_any_more() -> None:
    ear, mouth = os.pipe()
    heard: list[Said] = []
    stop = asyncio.Event()
    listening = asyncio.create_task(Pipes(ear, -1).listen(heard.append, stop))
    os.write(mouth, b"rang 3\nnonsense\nstorm 1\n")
    os.close(mouth)
    async with asyncio.timeout(10):
        await listening
    assert heard == [Said(Word.RANG, 3), Said(Word.STORM, 1)]
    assert stop.is_set()


async def test_the_runner_says_how_far_the_journal_grew() -> None:
    ear, mouth = os.pipe()
    bell = MemoryBulletin()
    telling = asyncio.create_task(Pipes(-1, mouth).tell_news(bell))
    await asyncio.sleep(0)
    bell.ring(9)
    assert await asyncio.to_thread(os.read, ear, 100) == b"rang 9\n"
    telling.cancel()
    for end in (ear, mouth):
        os.close(end)


async def test_speaking_to_nobody_is_no_fault_of_the_runners() -> None:
    ear, mouth = os.pipe()
    os.close(ear)
    Pipes(-1, mouth).tell(Said(Word.READY))
    os.close(mouth)
