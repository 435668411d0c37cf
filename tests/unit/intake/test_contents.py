"""What is kept of open incidents between deliveries never changes what a drawer finds."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from intake_builders import NOW, alert, resolved

from sre_agent.domain.alert import Alert
from sre_agent.domain.ids import IncidentId
from sre_agent.domain.incident import Incident, Origin, Severity, Status
from sre_agent.intake.contents import Contents, KeptContents
from sre_agent.intake.drawer import Drawer
from sre_agent.intake.subject import subject_of
from sre_agent.ports.open_incidents import OpenIncident, OpenIncidents

NAMES = ("inc-1", "inc-2", "inc-3")


def pod(name: str) -> Alert:
    return alert("PodNotReady", namespace="shop", pod=name)


CART, PAYMENTS = pod("cart-7d9c5b4f6-x2v9k"), pod("payments-7d9c5b4f6-x2v9k")
FRONT = alert("Down", namespace="shop", deployment="frontend")
ON_NODE = alert("Slow", namespace="shop", pod="cart-7d9c5b4f6-x2v9k", node="node-1")
ALERTS = (CART, PAYMENTS, FRONT, ON_NODE, resolved(FRONT))


def page(name: str, *alerts: Alert, origin: Origin = Origin.ALERT) -> OpenIncident:
    incident = Incident(
        id=IncidentId(name),
        title=name,
        status=Status.OPEN,
        origin=origin,
        severity=Severity.WARNING,
        entity=None,
        group_key=f"|{name}",
        opened_at=NOW + timedelta(seconds=NAMES.index(name)),
        updated_at=NOW,
    )
    return OpenIncident(incident=incident, alerts=alerts)


def found(contents: Contents) -> list[set[str]]:
    keys = ("|shop/cart", "|shop/payments", "|shop/frontend")
    return [set(contents.holding(key)) for key in keys] + [set(contents.naming("", "node-1"))]


def fresh(*pages: OpenIncident) -> list[set[str]]:
    contents = Contents("")
    contents.follow(pages)
    return found(contents)


shown = st.lists(st.sampled_from(ALERTS), max_size=4, unique_by=id).map(tuple)
desks = st.dictionaries(st.sampled_from(NAMES), shown)


@given(st.lists(desks, max_size=6))
def test_whatever_was_followed_before_the_same_is_found_as_by_one_who_looks_for_the_first_time(
    history: list[dict[str, tuple[Alert, ...]]],
) -> None:
    contents = Contents("")
    for desk in history:
        pages = [page(name, *alerts) for name, alerts in desk.items()]
        contents.follow(pages)
        assert found(contents) == fresh(*pages)


@given(st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(ALERTS)), max_size=5), desks)
def test_what_joined_in_a_delivery_that_came_to_nothing_is_forgotten(
    joined: list[tuple[str, Alert]], desk: dict[str, tuple[Alert, ...]]
) -> None:
    contents, pages = Contents(""), [page(name, *alerts) for name, alerts in desk.items()]
    contents.follow(pages)
    for name, one in joined:
        contents.add(IncidentId(name), one, subject_of(one))
    contents.follow(pages)
    assert found(contents) == fresh(*pages)


def test_a_drawer_finds_what_joined_in_its_own_delivery_before_and_after_it_looked() -> None:
    kept = KeptContents()
    drawer = Drawer(OpenIncidents([page("inc-1", CART), page("inc-2")]), "", kept=kept)
    drawer.add(IncidentId("inc-2"), FRONT, subject_of(FRONT))
    assert drawer.holding("|shop/frontend") == drawer[IncidentId("inc-2")].incident
    drawer.add(IncidentId("inc-1"), PAYMENTS, subject_of(PAYMENTS))
    assert drawer.holding("|shop/payments") == drawer[IncidentId("inc-1")].incident
    later = Drawer(OpenIncidents([page("inc-1", CART)]), "", kept=kept)
    assert later.holding("|shop/payments") is None


def test_of_several_that_hold_it_the_longest_open_one_is_found() -> None:
    drawer = Drawer(OpenIncidents([page("inc-2", CART), page("inc-1", CART)]), "", kept=KeptContents())
    assert drawer.holding("|shop/cart") == page("inc-1").incident


def test_a_question_of_a_person_holds_nothing() -> None:
    asked = page("inc-1", CART, origin=Origin.QUESTION)
    assert Drawer(OpenIncidents([asked]), "", kept=KeptContents()).holding("|shop/cart") is None


def test_two_default_clusters_are_kept_apart() -> None:
    kept, north = KeptContents(), alert("Down", namespace="shop", deployment="cart", cluster="north")
    desk = OpenIncidents([page("inc-1", north)])
    assert Drawer(desk, "north", kept=kept).holding("|shop/cart") is not None
    assert Drawer(desk, "", kept=kept).holding("|shop/cart") is None
    assert Drawer(desk, "", kept=kept).holding("north|shop/cart") is not None
