"""What every Archive promises about searching; what it gives back is told in the ledger's suite."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sre_agent.domain.alert import Severity
from sre_agent.domain.ids import IncidentId
from sre_agent.domain.incident import Origin, Status
from sre_agent.domain.journal import Kind
from sre_agent.errors import NotFound
from sre_agent.ports.archive import ClusterWork, IncidentFilter, Order, Page
from tests.contracts.cabinet import Cabinet
from tests.contracts.store_examples import FIRST, NOW, change, incident


async def filled(cabinet: Cabinet) -> None:
    """Six incidents, one a minute; number 3 is special in every way."""
    for number in range(6):
        fields: dict[str, object] = {}
        if number == 3:
            fields = {
                "title": "Straße 100% full_of_it",
                "status": Status.RESOLVED,
                "severity": Severity.WARNING,
                "origin": Origin.QUESTION,
                "namespace": "bank",
                "cluster": "prod",
                "cause": "disk_full",
                "summary": "A disk filled up.",
            }
        incident_id = IncidentId(f"inc_{number:016}")
        at = NOW + timedelta(minutes=number)
        await cabinet.ledger.open(
            incident(incident_id, at=at, **fields), change("opened", incident_id=incident_id, at=at)
        )


class ArchiveContract:
    async def test_incidents_come_newest_first_in_pages_with_their_total(self, cabinet: Cabinet) -> None:
        await filled(cabinet)
        pages = [await cabinet.archive.incidents(IncidentFilter(), Page(number=n, size=4)) for n in (1, 2, 3)]
        numbers = [[int(each.id[4:]) for each in page.items] for page in pages]
        assert numbers == [[5, 4, 3, 2], [1, 0], []]
        assert {page.total for page in pages} == {6}

    async def test_clusters_are_told_with_what_is_unfinished_in_them_the_worst_first(
        self, cabinet: Cabinet
    ) -> None:
        await filled(cabinet)
        assert await cabinet.archive.clusters() == (
            ClusterWork(
                cluster=(usual := incident(FIRST)).cluster,
                unfinished=5,
                waiting=0,
                worst=usual.severity,
                oldest=NOW,
            ),
        ), "the one of prod is resolved"
        for name, fields in {
            "mild": {"severity": Severity.INFO},
            "asks": {"severity": Severity.WARNING, "status": Status.AWAITING_APPROVAL},
        }.items():
            which, at = IncidentId(f"inc_{name:0>16}"), NOW + timedelta(hours=1)
            row = incident(which, at=at, cluster="east", **fields)
            await cabinet.ledger.open(row, change("opened", incident_id=which, at=at))
        east = (await cabinet.archive.clusters())[1]
        assert (east.cluster, east.unfinished, east.waiting, east.worst) == ("east", 2, 1, Severity.WARNING)
        assert east.oldest == NOW + timedelta(hours=1)

    async def test_an_order_is_of_the_whole_list_and_not_of_one_page(self, cabinet: Cabinet) -> None:
        """Number 3 is the only warning among critical ones: the worst come first, and it comes last."""
        await filled(cabinet)
        orders = {}
        for order in Order:
            pages = [
                await cabinet.archive.incidents(IncidentFilter(), Page(number=n, size=4, order=order))
                for n in (1, 2)
            ]
            orders[order] = [int(each.id[4:]) for page in pages for each in page.items]
        assert orders == {
            Order.NEWEST: [5, 4, 3, 2, 1, 0],
            Order.OLDEST: [0, 1, 2, 3, 4, 5],
            Order.WORST: [5, 4, 2, 1, 0, 3],
        }

    @pytest.mark.parametrize(
        "where",
        [
            IncidentFilter(statuses=(Status.RESOLVED, Status.CLOSED)),
            IncidentFilter(severities=(Severity.WARNING,)),
            IncidentFilter(origin=Origin.QUESTION),
            IncidentFilter(namespace="bank"),
            IncidentFilter(cluster="prod"),
            IncidentFilter(text="100%"),
            IncidentFilter(text="FULL_OF"),
            IncidentFilter(text="a disk"),
            IncidentFilter(text="disk_full", namespace="bank"),
            IncidentFilter(opened_after=NOW + timedelta(minutes=3), opened_before=NOW + timedelta(minutes=4)),
        ],
        ids=str,
    )
    async def test_each_condition_finds_the_special_one_alone(
        self, cabinet: Cabinet, where: IncidentFilter
    ) -> None:
        await filled(cabinet)
        page = await cabinet.archive.incidents(where, Page())
        assert [each.id for each in page.items] == ["inc_0000000000000003"]
        assert page.total == 1

    @pytest.mark.parametrize(
        "where",
        [
            IncidentFilter(statuses=(Status.RESOLVED,), severities=(Severity.CRITICAL,)),
            IncidentFilter(text="1__%"),
            IncidentFilter(text="a_disk"),
            IncidentFilter(namespace="ban"),
        ],
        ids=str,
    )
    async def test_all_conditions_must_hold_and_wildcards_are_only_letters(
        self, cabinet: Cabinet, where: IncidentFilter
    ) -> None:
        await filled(cabinet)
        assert (await cabinet.archive.incidents(where, Page())).total == 0

    async def test_what_is_unknown_is_not_found_or_empty(self, cabinet: Cabinet) -> None:
        with pytest.raises(NotFound):
            await cabinet.archive.incident(FIRST)
        assert await cabinet.archive.journal(FIRST) == ()
        assert await cabinet.archive.alerts(FIRST) == ()
        assert await cabinet.archive.evidence(FIRST) == ()
        assert await cabinet.archive.hypotheses(FIRST) == ()
        assert await cabinet.archive.plans(FIRST) == ()
        assert await cabinet.archive.journal_of_all() == ()
        assert await cabinet.archive.unfiled_alerts(10) == ()

    async def test_a_call_graph_is_replaced_for_one_namespace_only(self, cabinet: Cabinet) -> None:
        await cabinet.archive.keep_calls("shop", {"shop/cart": ("shop/orders",), "shop/old": ("shop/cart",)})
        await cabinet.archive.keep_calls("bank", {"bank/desk": ("bank/vault", "bank/ledger")})
        await cabinet.archive.keep_calls("shop", {"shop/cart": ("shop/db", "shop/api"), "shop/db": ()})
        assert await cabinet.archive.calls() == {
            "shop/cart": ("shop/db", "shop/api"),
            "shop/db": (),
            "bank/desk": ("bank/vault", "bank/ledger"),
        }

    async def test_recent_entries_are_of_the_kinds_and_the_time_asked_for_newest_first(
        self, cabinet: Cabinet
    ) -> None:
        await filled(cabinet)
        later = NOW + timedelta(hours=1)
        await cabinet.ledger.write(change("late a", "late b", at=later))
        notes = await cabinet.archive.recent_entries([Kind.NOTE_ADDED], since=later, limit=10)
        assert [each.key for each in notes] == ["late b", "late a"]
        assert await cabinet.archive.recent_entries([Kind.TOOL_CALLED], since=NOW, limit=10) == ()
        newest = await cabinet.archive.recent_entries([Kind.NOTE_ADDED, Kind.TOOL_CALLED], since=NOW, limit=1)
        assert [each.key for each in newest] == ["late b"]
