"""A room for so many calls: nobody too many, nobody forgotten, in the order of coming."""

from __future__ import annotations

import asyncio

import pytest

from sre_agent.adapters.call_room import CallRoom


class Visitors:
    """Tasks that stay in the room until they are let go."""

    def __init__(self, room: CallRoom) -> None:
        self._room = room
        self.inside: list[int] = []
        self._leave = [asyncio.Event() for _ in range(9)]
        self.tasks: list[asyncio.Task[None]] = []

    async def come(self, count: int) -> None:
        self.tasks += [asyncio.create_task(self._visit(len(self.tasks) + n)) for n in range(count)]
        await settle()

    async def go(self, number: int) -> None:
        self._leave[number].set()
        await settle()

    async def _visit(self, number: int) -> None:
        async with self._room:
            self.inside.append(number)
            try:
                await self._leave[number].wait()
            finally:
                self.inside.remove(number)


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_no_more_than_there_is_room_for_are_inside_and_the_next_follows_in_order() -> None:
    visitors = Visitors(CallRoom(lambda: 2))
    await visitors.come(4)
    assert visitors.inside == [0, 1]
    await visitors.go(1)
    assert visitors.inside == [0, 2]
    await visitors.go(0)
    assert visitors.inside == [2, 3]


async def test_when_the_room_grows_all_who_fit_are_let_in_at_the_next_leaving() -> None:
    room = [1]
    visitors = Visitors(CallRoom(lambda: room[0]))
    await visitors.come(4)
    room[0] = 3
    await visitors.go(0)
    assert visitors.inside == [1, 2, 3]


async def test_when_the_room_shrinks_nobody_is_let_in_until_enough_have_left() -> None:
    room = [3]
    visitors = Visitors(CallRoom(lambda: room[0]))
    await visitors.come(5)
    room[0] = 1
    await visitors.go(0)
    await visitors.go(1)
    assert visitors.inside == [2]
    await visitors.go(2)
    assert visitors.inside == [3]


@pytest.mark.parametrize("leaving_first", [False, True])
async def test_who_is_cancelled_while_waiting_takes_no_place(leaving_first: bool) -> None:
    visitors = Visitors(CallRoom(lambda: 1))
    await visitors.come(3)
    if leaving_first:
        # The place is given to the second in the very moment in which it is cancelled.
        visitors._leave[0].set()
        await asyncio.sleep(0)
    visitors.tasks[1].cancel()
    await settle()
    await visitors.go(0)
    assert visitors.inside == [2]


async def test_a_visit_that_fails_gives_its_place_back() -> None:
    room = CallRoom(lambda: 1)
    with pytest.raises(RuntimeError):
        async with room:
            raise RuntimeError("a defect")
    async with asyncio.timeout(1):
        async with room:
            pass
