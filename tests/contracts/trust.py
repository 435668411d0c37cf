"""What every book of the trust ladder promises."""

from __future__ import annotations

from datetime import timedelta

from sre_agent.domain.ids import Digest
from sre_agent.domain.journal import Kind
from sre_agent.domain.law import Autonomy
from sre_agent.domain.trust import Agreement, Rung, Sample
from sre_agent.ports.ledger import ChangeSet
from tests.contracts.cabinet import Cabinet
from tests.contracts.store_examples import FIRST, NOW, entry, incident

KINDS = (Kind.INCIDENT_ENDED.value,)


def rung(level: Autonomy = Autonomy.SUGGEST, **changes: object) -> Rung:
    told = {
        "service": "shop/cart",
        "action": "scale",
        "level": level,
        "since": NOW,
        "by": "ada",
        "reason": "seen",
        "cause": "",
    }
    return Rung.model_validate({**told, **changes})


def sample(step: int = 0, **changes: object) -> Sample:
    told = {
        "incident_id": FIRST,
        "plan_digest": Digest("a" * 64),
        "step": step,
        "service": "shop/cart",
        "action": "scale",
        "level": Autonomy.OBSERVE,
        "agreement": Agreement.PENDING,
        "why": "nothing was done",
        "planned_at": NOW,
    }
    return Sample.model_validate({**told, **changes})


async def opened(cabinet: Cabinet) -> None:
    await cabinet.ledger.open(incident(), ChangeSet(incident_id=FIRST, at=NOW))


class TrustBookContract:
    async def test_the_newest_rung_counts(self, cabinet: Cabinet) -> None:
        assert await cabinet.trust.rung("shop/cart", "scale") is None
        await cabinet.trust.put_rung(rung())
        await cabinet.trust.put_rung(rung(Autonomy.APPROVE, by="bob", cause="x"))
        await cabinet.trust.put_rung(rung(action="cordon"))
        assert await cabinet.trust.rung("shop/cart", "scale") == rung(Autonomy.APPROVE, by="bob", cause="x")
        assert [(one.action, one.level) for one in await cabinet.trust.rungs()] == [
            ("cordon", Autonomy.SUGGEST),
            ("scale", Autonomy.APPROVE),
        ]

    async def test_samples_are_found_by_service_and_action_newest_first(self, cabinet: Cabinet) -> None:
        await opened(cabinet)
        later = NOW + timedelta(hours=1)
        old, new = sample(), sample(plan_digest="b" * 64, planned_at=later)
        other = sample(2, action="cordon")
        await cabinet.trust.put_samples((old, other, new))
        assert await cabinet.trust.samples(service="shop/cart", action="scale") == (new, old)
        assert len(await cabinet.trust.samples()) == 3
        assert await cabinet.trust.samples(service="shop/other") == ()
        assert await cabinet.trust.of_incident(FIRST) == (old, other, new)
        assert await cabinet.trust.samples(limit=1) == (new,)

    async def test_a_decided_sample_is_never_pending_again(self, cabinet: Cabinet) -> None:
        await opened(cabinet)
        await cabinet.trust.put_samples((sample(),))
        assert await cabinet.trust.pending() == (sample(),)
        decided = sample(agreement=Agreement.AGREED, why="people did so")
        await cabinet.trust.put_samples((decided,))
        await cabinet.trust.put_samples((sample(),))
        assert await cabinet.trust.pending() == ()
        assert await cabinet.trust.samples() == (decided,)

    async def test_what_was_reckoned_with_is_not_told_again(self, cabinet: Cabinet) -> None:
        await opened(cabinet)
        ended = entry("end").model_copy(update={"kind": Kind.INCIDENT_ENDED})
        await cabinet.ledger.write(ChangeSet(incident_id=FIRST, at=NOW, entries=(entry("a"), ended)))
        touched = await cabinet.trust.touched(KINDS)
        assert touched.incidents == (FIRST,)
        assert (await cabinet.trust.touched(KINDS)).incidents == (FIRST,)
        await cabinet.trust.reached(touched.position)
        assert (await cabinet.trust.touched(KINDS)).incidents == ()
        await cabinet.trust.reached(0)
        assert (await cabinet.trust.touched(KINDS)).incidents == ()
