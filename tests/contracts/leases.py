"""What every keeper of leases promises."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from sre_agent.errors import LeaseLost
from tests.contracts.cabinet import Cabinet
from tests.contracts.store_examples import FIRST, NOW, SECOND

TERM = timedelta(seconds=6)


class LeasesContract:
    async def test_a_free_lease_is_given_and_a_held_one_is_not(self, cabinet: Cabinet) -> None:
        lease = await cabinet.leases.acquire(FIRST, "r1", term=TERM)
        assert lease is not None
        assert (lease.incident_id, lease.owner, lease.fence, lease.expires_at) == (FIRST, "r1", 1, NOW + TERM)
        assert await cabinet.leases.acquire(FIRST, "r2", term=TERM) is None
        assert await cabinet.leases.acquire(FIRST, "r1", term=TERM) is None
        assert await cabinet.leases.acquire(SECOND, "r2", term=TERM) is not None
        await cabinet.leases.check(lease)

    async def test_the_fence_grows_with_every_holder(self, cabinet: Cabinet) -> None:
        fences = []
        for owner in ("r1", "r2", "r1"):
            lease = await cabinet.leases.acquire(FIRST, owner, term=TERM)
            assert lease is not None
            fences.append(lease.fence)
            cabinet.clock.advance(TERM)
        assert fences == [1, 2, 3]

    async def test_a_renewed_lease_holds_longer_under_the_same_fence(self, cabinet: Cabinet) -> None:
        lease = await cabinet.leases.acquire(FIRST, "r1", term=TERM)
        assert lease is not None
        cabinet.clock.advance(TERM - timedelta(seconds=1))
        renewed = await cabinet.leases.renew(lease, term=TERM)
        assert (renewed.fence, renewed.expires_at) == (lease.fence, cabinet.clock.now() + TERM)
        cabinet.clock.advance(TERM - timedelta(seconds=1))
        await cabinet.leases.check(renewed)
        assert await cabinet.leases.acquire(FIRST, "r2", term=TERM) is None

    async def test_an_expired_lease_can_be_neither_renewed_nor_relied_on(self, cabinet: Cabinet) -> None:
        lease = await cabinet.leases.acquire(FIRST, "r1", term=TERM)
        assert lease is not None
        cabinet.clock.advance(TERM)
        with pytest.raises(LeaseLost):
            await cabinet.leases.check(lease)
        with pytest.raises(LeaseLost):
            await cabinet.leases.renew(lease, term=TERM)

    async def test_an_old_holder_cannot_renew_release_or_pass_for_the_new_one(self, cabinet: Cabinet) -> None:
        """Also when it bears the same name."""
        old = await cabinet.leases.acquire(FIRST, "r1", term=TERM)
        cabinet.clock.advance(TERM)
        new = await cabinet.leases.acquire(FIRST, "r1", term=TERM)
        assert old is not None
        assert new is not None
        with pytest.raises(LeaseLost):
            await cabinet.leases.renew(old, term=TERM)
        with pytest.raises(LeaseLost):
            await cabinet.leases.check(old)
        await cabinet.leases.release(old)
        await cabinet.leases.check(new)

    async def test_a_released_lease_is_free_at_once_and_its_fence_still_grows(self, cabinet: Cabinet) -> None:
        lease = await cabinet.leases.acquire(FIRST, "r1", term=TERM)
        assert lease is not None
        await cabinet.leases.release(lease)
        with pytest.raises(LeaseLost):
            await cabinet.leases.check(lease)
        with pytest.raises(LeaseLost):
            await cabinet.leases.renew(lease, term=TERM)
        following = await cabinet.leases.acquire(FIRST, "r2", term=TERM)
        assert following is not None
        assert following.fence == lease.fence + 1

    async def test_what_the_dead_held_is_free_at_once_under_a_higher_fence_and_nobody_elses_is(
        self, cabinet: Cabinet
    ) -> None:
        dead = await cabinet.leases.acquire(FIRST, "dead", term=TERM)
        alive = await cabinet.leases.acquire(SECOND, "alive", term=TERM)
        assert dead is not None
        assert alive is not None
        assert await cabinet.leases.forfeit(["dead", "unheard of"]) == 1
        assert await cabinet.leases.forfeit(["dead"]) == 0
        assert await cabinet.leases.acquire(SECOND, "new", term=TERM) is None
        taken = await cabinet.leases.acquire(FIRST, "new", term=TERM)
        assert taken is not None
        assert taken.fence == dead.fence + 1
        await cabinet.leases.check(alive)
        with pytest.raises(LeaseLost):
            await cabinet.leases.check(dead)

    async def test_of_many_who_ask_at_once_one_gets_it(self, cabinet: Cabinet) -> None:
        leases = await asyncio.gather(*(cabinet.leases.acquire(FIRST, f"r{n}", term=TERM) for n in range(10)))
        assert sum(lease is not None for lease in leases) == 1
