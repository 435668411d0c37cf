"""What every keeper of users of other systems promises."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sre_agent.domain.law import Role
from sre_agent.errors import NotFound
from tests.contracts.cabinet import Cabinet

TEN_MINUTES = timedelta(minutes=10)


class GuestsContract:
    async def test_only_a_linked_user_has_an_account(self, cabinet: Cabinet) -> None:
        ada = await cabinet.accounts.create("ada", Role.APPROVER)
        made = await cabinet.guests.link("slack", "T1/U1", "ada", made_by="root")
        assert (made.account, made.made_by, made.made_at) == ("ada", "root", cabinet.clock.now())
        assert await cabinet.guests.account_of("slack", "T1/U1") == ada
        for system, user in (("slack", "T1/U2"), ("slack", "T2/U1"), ("other", "T1/U1"), ("slack", "")):
            assert await cabinet.guests.account_of(system, user) is None

    async def test_a_user_has_one_account_and_the_newest_link_counts(self, cabinet: Cabinet) -> None:
        await cabinet.accounts.create("ada", Role.APPROVER)
        bob = await cabinet.accounts.create("bob", Role.VIEWER)
        await cabinet.guests.link("slack", "T1/U1", "ada", made_by="root")
        await cabinet.guests.link("slack", "T1/U1", "bob", made_by="root")
        assert await cabinet.guests.account_of("slack", "T1/U1") == bob
        assert [link.account for link in await cabinet.guests.links()] == ["bob"]

    async def test_nobody_can_be_linked_to_an_account_that_is_not_there(self, cabinet: Cabinet) -> None:
        with pytest.raises(NotFound, match="nobody"):
            await cabinet.guests.link("slack", "T1/U1", "nobody", made_by="root")
        assert await cabinet.guests.links() == ()

    async def test_an_unlinked_user_is_a_stranger_again(self, cabinet: Cabinet) -> None:
        await cabinet.accounts.create("ada", Role.APPROVER)
        await cabinet.guests.link("slack", "T1/U1", "ada", made_by="root")
        await cabinet.guests.unlink("slack", "T1/U1")
        assert await cabinet.guests.account_of("slack", "T1/U1") is None
        with pytest.raises(NotFound):
            await cabinet.guests.unlink("slack", "T1/U1")

    async def test_a_request_is_new_once(self, cabinet: Cabinet) -> None:
        assert await cabinet.guests.is_new("a" * 64, remember=TEN_MINUTES)
        assert not await cabinet.guests.is_new("a" * 64, remember=TEN_MINUTES)
        assert await cabinet.guests.is_new("b" * 64, remember=TEN_MINUTES)
        cabinet.clock.advance(timedelta(minutes=9))
        assert not await cabinet.guests.is_new("a" * 64, remember=TEN_MINUTES)

    async def test_requests_too_old_to_be_taken_anyway_are_forgotten(self, cabinet: Cabinet) -> None:
        await cabinet.guests.is_new("a" * 64, remember=TEN_MINUTES)
        cabinet.clock.advance(timedelta(minutes=11))
        assert await cabinet.guests.is_new("a" * 64, remember=TEN_MINUTES)
