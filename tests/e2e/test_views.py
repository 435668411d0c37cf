"""Every view in a real browser, over the real API: what it shows, what it costs, and what it does when the line breaks."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from api_stage import token_of
from browser import NEEDS, Browser
from furniture import spoil
from house import STORY, House

from sre_agent.cli.native.ports import free_ports
from sre_agent.domain.law import Role
from tests.scenarios.stories import BY_NAME, tell

MANY = 20_000
A_SECOND = 60

pytestmark = [*NEEDS, pytest.mark.timeout(400)]


@pytest.mark.promise("SHOW-1", "SHOW-2", "SHOW-5", "SHOW-6", "SHOW-9")
async def test_every_view_shows_what_is_on_file_and_survives_a_broken_line(browser: Browser) -> None:
    (port,) = free_ports(1)
    house = House(port, await asyncio.to_thread(tell, BY_NAME[STORY]))
    await house.furnish()
    await house.open()
    told = {
        "DASHBOARD": house.address,
        "TOKENS": ",".join(f"{role}={token_of(role)}" for role in Role),
        "ENDED": house.ended.id,
        "WAITING": house.waiting.id,
        "HOSTILE": house.hostile.id,
        "SPOILED": house.spoiled.id,
        "NOW": house.stage.clock.now().isoformat(),
        "A_WEEK_ON": (house.ended.opened_at + timedelta(days=5)).isoformat(),
        "JOINED": house.joined.id,
    }
    try:
        await browser.drive("views", told, lambda wish: _do(house, wish))
    finally:
        await house.close()


async def _do(house: House, wish: str) -> int:
    """What the browser's script asks of the other side; answered with the number of the watched incident's entries."""
    incident = house.hostile.id
    match wish:
        case "close":
            await house.close()
        case "open":
            await house.open()
        case "many":
            await house.journal(incident, MANY)
        case "some":
            await house.journal(incident, 25)
        case "spoil":
            await spoil(house.stage, house.book)
        case "speak":
            await house.speak(incident, each_second=A_SECOND, seconds=5)
        case _:
            raise AssertionError(f"the script wished for {wish!r}")
    return house.last_of(incident)
