"""What every Ledger promises about deliveries of alerts."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest

from sre_agent.domain.alert import Alert, AlertStatus
from sre_agent.domain.incident import Status
from sre_agent.errors import Conflict, LeaseLost, NotFound
from sre_agent.ports.archive import IncidentFilter, Page
from sre_agent.ports.ledger import ChangeSet, Desk, IncidentUpdate, Placement
from sre_agent.ports.open_incidents import OpenIncident
from tests.contracts.cabinet import Cabinet
from tests.contracts.store_checks import assert_whole, desk_for
from tests.contracts.store_examples import (
    FIRST,
    NOW,
    SECOND,
    alert,
    change,
    filed,
    incident,
    into,
    left_alone,
    plan,
    ruling,
)


class IntakeContract:
    async def test_a_delivery_opens_files_and_queues_in_one_go(self, cabinet: Cabinet) -> None:
        receipt = await cabinet.ledger.accept([alert("f1"), alert("f2")], into())
        assert (receipt.accepted, receipt.duplicates) == (2, 0)
        assert (receipt.opened, receipt.joined) == ((FIRST,), ())
        assert (await cabinet.archive.incident(FIRST)).alert_count == 2
        assert [each.alert for each in await cabinet.archive.alerts(FIRST)] == [alert("f1"), alert("f2")]
        assert len(await cabinet.archive.journal(FIRST)) == 2
        assert await cabinet.jobs.backlog() == 1

    async def test_the_same_alert_again_adds_nothing(self, cabinet: Cabinet) -> None:
        await cabinet.ledger.accept([alert("f1")], into())
        before = await cabinet.archive.incident(FIRST)
        cabinet.clock.advance(timedelta(minutes=1))
        receipt = await cabinet.ledger.accept([alert("f1")], into())
        assert (receipt.accepted, receipt.duplicates, receipt.opened, receipt.joined) == (0, 1, (), ())
        assert await cabinet.archive.incident(FIRST) == before
        assert len(await cabinet.archive.journal(FIRST)) == 1

    async def test_a_placement_that_files_a_known_alert_again_adds_nothing(self, cabinet: Cabinet) -> None:
        await cabinet.ledger.accept([alert("f1")], into())
        receipt = await cabinet.ledger.accept(
            [alert("f1")], lambda desk, alerts: Placement(filed=(filed(alerts[0]),))
        )
        assert (receipt.accepted, receipt.duplicates) == (0, 1)
        assert (await cabinet.archive.incident(FIRST)).alert_count == 1

    async def test_a_resolved_alert_replaces_the_firing_one_and_keeps_its_arrival(
        self, cabinet: Cabinet
    ) -> None:
        await cabinet.ledger.accept([alert("f1")], into())
        cabinet.clock.advance(timedelta(minutes=5))
        resolved = alert("f1", status=AlertStatus.RESOLVED)
        receipt = await cabinet.ledger.accept([resolved], into())
        assert (receipt.accepted, receipt.joined) == (1, ())
        assert await cabinet.archive.alerts(FIRST) == (filed(resolved, at=NOW),)
        assert (await cabinet.archive.incident(FIRST)).alert_count == 1

    async def test_the_same_fingerprint_that_fires_anew_is_another_alert(self, cabinet: Cabinet) -> None:
        await cabinet.ledger.accept([alert("f1")], into())
        receipt = await cabinet.ledger.accept([alert("f1", at=NOW + timedelta(minutes=9))], into())
        assert receipt.joined == (FIRST,)
        assert (await cabinet.archive.incident(FIRST)).alert_count == 2

    async def test_alerts_left_alone_are_listed_with_their_reason_newest_first(
        self, cabinet: Cabinet
    ) -> None:
        receipt = await cabinet.ledger.accept([alert("w1")], left_alone("a heartbeat"))
        cabinet.clock.advance(timedelta(seconds=1))
        await cabinet.ledger.accept([alert("w2"), alert("w3")], left_alone("too small"))
        assert receipt.left_alone == ("a heartbeat",)
        unfiled = await cabinet.archive.unfiled_alerts(2)
        assert [each.alert.fingerprint for each in unfiled] == ["w3", "w2"]
        assert unfiled[0].not_investigated_because == "too small"
        assert (await cabinet.archive.incidents(IncidentFilter(), Page())).total == 0

    async def test_the_desk_shows_what_is_on_file(self, cabinet: Cabinet) -> None:
        await cabinet.archive.keep_calls("shop", {"shop/cart": ("shop/orders",), "shop/orders": ()})
        await cabinet.ledger.accept([alert("f1"), alert("f2")], into())
        await cabinet.ledger.write(change("a", update=IncidentUpdate(status=Status.INVESTIGATING)))
        desk = await desk_for(cabinet, [alert("f1"), alert("f3")])
        assert desk.now == cabinet.clock.now()
        (page,) = desk.open_incidents
        assert page.incident == await cabinet.archive.incident(FIRST)
        assert page.alerts == (alert("f1"), alert("f2"))
        assert [each.alert.fingerprint for each in desk.known] == ["f1"]
        assert desk.known[0].incident_id == FIRST
        assert desk.recent_firings == {"f1": 1}
        assert desk.calls == {"shop/cart": ("shop/orders",), "shop/orders": ()}
        assert desk.earlier == {}

    async def test_the_desk_of_the_next_delivery_shows_the_one_before(self, cabinet: Cabinet) -> None:
        """Also between reads of the database: what is kept in memory is what is on file."""
        for name in ("f1", "f2", "f3"):
            await cabinet.ledger.accept([alert(name)], into())
        await cabinet.ledger.accept([alert("f2", status=AlertStatus.RESOLVED)], into())
        desk = await desk_for(cabinet, [alert("f9")])
        (page,) = desk.open_incidents
        assert [each.alert for each in await cabinet.archive.alerts(FIRST)] == list(page.alerts)
        assert page.incident == await cabinet.archive.incident(FIRST)

    async def test_a_finished_incident_leaves_the_desk_and_is_named_as_earlier(
        self, cabinet: Cabinet
    ) -> None:
        await cabinet.ledger.accept([alert("f1")], into())
        await cabinet.ledger.write(change("end", update=IncidentUpdate(status=Status.CLOSED, closed_at=NOW)))
        desk = await desk_for(cabinet, [alert("f1"), alert("f2")])
        assert not desk.open_incidents
        assert desk.earlier == {"f1": await cabinet.archive.incident(FIRST)}
        assert desk.known[0].incident_id == FIRST

    async def test_a_delivery_may_close_an_incident_and_the_next_sees_it(self, cabinet: Cabinet) -> None:
        await cabinet.ledger.accept([alert("f1")], into())
        closing = change("end", update=IncidentUpdate(status=Status.CLOSED), expected_status=Status.OPEN)
        await cabinet.ledger.accept(
            [alert("f1", status=AlertStatus.RESOLVED)],
            lambda desk, alerts: Placement(filed=(filed(alerts[0]),), changes=(closing,)),
        )
        desk = await desk_for(cabinet, [alert("f1")])
        assert not desk.open_incidents
        assert desk.earlier["f1"].status is Status.CLOSED

    async def test_firings_older_than_an_hour_are_not_recent(self, cabinet: Cabinet) -> None:
        for minutes in (70, 50, 10):
            await cabinet.ledger.accept([alert("f1", at=NOW - timedelta(minutes=minutes))], into())
        assert (await desk_for(cabinet, [alert("f1")])).recent_firings == {"f1": 2}

    async def test_a_placement_that_fails_leaves_nothing_behind(self, cabinet: Cabinet) -> None:
        def broken(desk: Desk, alerts: Sequence[Alert]) -> Placement:
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await cabinet.ledger.accept([alert("f1")], broken)
        desk = await desk_for(cabinet, [alert("f1")])
        assert not desk.known
        assert not desk.open_incidents

    async def test_a_placement_into_an_unknown_incident_leaves_nothing_behind(self, cabinet: Cabinet) -> None:
        placements = (
            Placement(filed=(filed(alert("f1")),)),
            Placement(filed=(filed(alert("f1"), None),), changes=(change("a"),)),
        )
        for placement in placements:
            with pytest.raises(NotFound):
                await cabinet.ledger.accept([alert("f1")], lambda desk, alerts, it=placement: it)  # type: ignore[misc]
        assert await cabinet.archive.unfiled_alerts(10) == ()

    async def test_an_incident_that_exists_cannot_be_opened_by_a_delivery(self, cabinet: Cabinet) -> None:
        await cabinet.ledger.accept([alert("f1")], into())
        with pytest.raises(Conflict):
            await cabinet.ledger.accept(
                [alert("f2")], lambda desk, alerts: Placement(filed=(), opened=(incident(),))
            )

    async def test_one_bad_delivery_among_many_fails_alone(self, cabinet: Cabinet) -> None:
        def broken(desk: Desk, alerts: Sequence[Alert]) -> Placement:
            raise ZeroDivisionError

        deliveries = [
            cabinet.ledger.accept([alert(f"f{n}")], broken if n == 7 else into()) for n in range(20)
        ]
        results = await asyncio.gather(*deliveries, return_exceptions=True)
        failed = [n for n, result in enumerate(results) if isinstance(result, BaseException)]
        assert failed == [7]
        assert (await cabinet.archive.incident(FIRST)).alert_count == 19
        assert_whole(await cabinet.archive.journal(FIRST))

    async def test_one_delivery_that_cannot_be_written_fails_alone(self, cabinet: Cabinet) -> None:
        """Its placement looks well; what it wants to write is refused only then."""

        def unwritable(desk: Desk, alerts: Sequence[Alert]) -> Placement:
            placement = into()(desk, alerts)
            ruled = placement.changes[0].model_copy(update={"ruling": ruling(plan())})
            return placement.model_copy(update={"changes": (ruled,)})

        deliveries = [
            cabinet.ledger.accept([alert(f"f{n}")], unwritable if n == 7 else into()) for n in range(20)
        ]
        results = await asyncio.gather(*deliveries, return_exceptions=True)
        failed = [n for n, result in enumerate(results) if isinstance(result, BaseException)]
        assert failed == [7]
        assert isinstance(results[7], NotFound)
        assert (await cabinet.archive.incident(FIRST)).alert_count == 19
        assert_whole(await cabinet.archive.journal(FIRST))

    async def test_the_newest_incident_that_was_lately_handed_over_is_found_by_what_it_is_about(
        self, cabinet: Cabinet
    ) -> None:
        async def found(key: str) -> OpenIncident | None:
            """Asked while the delivery is placed: it belongs to that transaction."""
            seen: list[OpenIncident | None] = []

            def look(desk: Desk, alerts: Sequence[Alert]) -> Placement:
                seen.append(desk.handed_over(key))
                return Placement(filed=())

            await cabinet.ledger.accept([alert("f2")], look)
            return seen[0]

        await cabinet.ledger.accept([alert("f1")], into())
        key = (await cabinet.archive.incident(FIRST)).group_key
        assert await found(key) is None
        over = IncidentUpdate(status=Status.ESCALATED, closed_at=NOW)
        await cabinet.ledger.write(change("handed over", update=over))
        page = await found(key)
        assert page is not None
        assert page.incident == await cabinet.archive.incident(FIRST)
        assert [each.fingerprint for each in page.alerts] == ["f1"]
        assert await found("of something else") is None
        cabinet.clock.advance(timedelta(hours=2))
        assert await found(key) is None

    async def test_an_incident_closed_by_one_delivery_is_earlier_to_one_of_the_same_moment(
        self, cabinet: Cabinet
    ) -> None:
        await cabinet.ledger.accept([alert("f1")], into())
        closing = change("end", update=IncidentUpdate(status=Status.CLOSED))
        seen: list[Desk] = []

        def look(desk: Desk, alerts: Sequence[Alert]) -> Placement:
            seen.append(desk)
            return Placement(filed=())

        await asyncio.gather(
            cabinet.ledger.accept(
                [alert("f1", status=AlertStatus.RESOLVED)],
                lambda desk, alerts: Placement(filed=(filed(alerts[0]),), changes=(closing,)),
            ),
            cabinet.ledger.accept([alert("f1", at=NOW + timedelta(minutes=9))], look),
        )
        assert not seen[0].open_incidents
        assert seen[0].earlier["f1"].status is Status.CLOSED

    async def test_deliveries_at_the_same_moment_see_each_other(self, cabinet: Cabinet) -> None:
        receipts = await asyncio.gather(
            *(cabinet.ledger.accept([alert(f"f{n % 10}")], into()) for n in range(40))
        )
        assert sum(receipt.accepted for receipt in receipts) == 10
        assert sum(receipt.duplicates for receipt in receipts) == 30
        assert [receipt.opened for receipt in receipts if receipt.opened] == [(FIRST,)]
        assert (await cabinet.archive.incident(FIRST)).alert_count == 10
        assert await cabinet.jobs.backlog() == 1

    async def test_an_empty_delivery_is_answered(self, cabinet: Cabinet) -> None:
        receipt = await cabinet.ledger.accept([], into())
        assert (receipt.accepted, receipt.duplicates) == (0, 0)

    async def test_a_merged_incident_leaves_its_alerts_to_the_other_and_both_journals_say_so(
        self, cabinet: Cabinet
    ) -> None:
        await cabinet.ledger.accept([alert("f1")], into())
        await cabinet.ledger.accept([alert("f2"), alert("f3")], into(SECOND))
        new = await cabinet.ledger.merge(*merging())
        assert [entry.incident_id for entry in new] == [SECOND, FIRST]
        first, second = await cabinet.archive.incident(FIRST), await cabinet.archive.incident(SECOND)
        assert (first.status, first.alert_count) == (Status.OPEN, 3)
        assert (second.status, second.merged_into, second.alert_count) == (Status.CLOSED, FIRST, 0)
        assert [each.alert.fingerprint for each in await cabinet.archive.alerts(FIRST)] == ["f1", "f2", "f3"]
        assert (await cabinet.archive.alerts(FIRST))[1].grouped_by.startswith("same-cause")
        assert await cabinet.archive.alerts(SECOND) == ()
        for incident_id in (FIRST, SECOND):
            assert_whole(await cabinet.archive.journal(incident_id))

    async def test_after_a_merge_the_desk_shows_the_alerts_where_they_are_now(self, cabinet: Cabinet) -> None:
        await cabinet.ledger.accept([alert("f1")], into())
        await cabinet.ledger.accept([alert("f2")], into(SECOND))
        await cabinet.ledger.merge(*merging())
        desk = await desk_for(cabinet, [alert("f2")])
        (page,) = desk.open_incidents
        assert page.incident.id == FIRST
        assert page.alerts == (alert("f1"), alert("f2"))
        assert desk.known[0].incident_id == FIRST

    async def test_nothing_is_merged_into_an_incident_that_has_ended(self, cabinet: Cabinet) -> None:
        await cabinet.ledger.accept([alert("f1")], into())
        await cabinet.ledger.accept([alert("f2")], into(SECOND))
        await cabinet.ledger.write(change("end", update=IncidentUpdate(status=Status.CLOSED, closed_at=NOW)))
        with pytest.raises(Conflict):
            await cabinet.ledger.merge(*merging())
        assert (await cabinet.archive.incident(SECOND)).status is Status.OPEN
        assert len(await cabinet.archive.alerts(SECOND)) == 1

    async def test_an_incident_in_a_persons_hands_still_takes_another_in(self, cabinet: Cabinet) -> None:
        await cabinet.ledger.accept([alert("f1")], into())
        await cabinet.ledger.accept([alert("f2")], into(SECOND))
        handed_over = IncidentUpdate(status=Status.ESCALATED, closed_at=NOW)
        await cabinet.ledger.write(change("over", update=handed_over))
        await cabinet.ledger.merge(*merging())
        assert (await cabinet.archive.incident(FIRST)).status is Status.ESCALATED
        assert len(await cabinet.archive.alerts(FIRST)) == 2

    async def test_a_merge_by_a_runner_that_lost_its_lease_changes_nothing(self, cabinet: Cabinet) -> None:
        await cabinet.ledger.accept([alert("f1")], into())
        await cabinet.ledger.accept([alert("f2")], into(SECOND))
        one, other = merging()
        with pytest.raises(LeaseLost):
            await cabinet.ledger.merge(one.model_copy(update={"fence": 7}), other)
        assert len(await cabinet.archive.alerts(SECOND)) == 1


def merging() -> tuple[ChangeSet, ChangeSet]:
    """The second incident joins the first."""
    update = IncidentUpdate(status=Status.CLOSED, merged_into=FIRST, closed_at=NOW)
    return change("left", incident_id=SECOND, update=update), change("taken")
