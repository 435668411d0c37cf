"""What is noted of open incidents between deliveries never changes what a drawer finds."""

from __future__ import annotations

from intake_builders import alert, resolved

from sre_agent.domain.alert import Alert
from sre_agent.domain.ids import IncidentId
from sre_agent.intake.drawer import Notes

ONE, OTHER = IncidentId("inc-1"), IncidentId("inc-2")


def keys(notes: Notes, folders: dict[IncidentId, list[Alert]]) -> list[list[str]]:
    return [[subject.key for subject in noted.subjects] for noted in notes.subjects(folders, "")]


def pod(name: str) -> Alert:
    return alert("PodNotReady", namespace="shop", pod=name)


CART, PAYMENTS = pod("cart-7d9c5b4f6-x2v9k"), pod("payments-7d9c5b4f6-x2v9k")
FRONT = alert("Down", namespace="shop", deployment="frontend")


def test_an_alert_that_joins_is_noted_beside_those_before() -> None:
    notes = Notes()
    assert keys(notes, {ONE: [CART]}) == [["|shop/cart"]]
    assert keys(notes, {ONE: [CART, PAYMENTS]}) == [["|shop/cart", "|shop/payments"]]


def test_an_alert_in_the_place_of_another_is_not_taken_for_it() -> None:
    notes = Notes()
    keys(notes, {ONE: [CART, PAYMENTS]})
    assert keys(notes, {ONE: [FRONT, PAYMENTS]}) == [["|shop/frontend", "|shop/payments"]]
    assert keys(notes, {ONE: [resolved(FRONT)]}) == [["|shop/frontend"]]


def test_incidents_are_told_apart_and_those_that_have_ended_forgotten() -> None:
    notes = Notes()
    assert keys(notes, {ONE: [CART], OTHER: [FRONT]}) == [["|shop/cart"], ["|shop/frontend"]]
    assert keys(notes, {OTHER: [FRONT]}) == [["|shop/frontend"]]
    assert keys(notes, {ONE: [PAYMENTS]}) == [["|shop/payments"]]


def test_two_default_clusters_have_notes_of_their_own() -> None:
    notes, north = Notes(), alert("Down", namespace="shop", deployment="cart", cluster="north")
    assert notes.subjects({ONE: [north]}, "north")[0].subjects[0].key == "|shop/cart"
    assert notes.subjects({ONE: [north]}, "")[0].subjects[0].key == "north|shop/cart"


def test_nothing_is_worked_out_again_while_the_alerts_stay_the_same() -> None:
    notes = Notes()
    first = notes.subjects({ONE: [CART, PAYMENTS]}, "")[0]
    assert notes.subjects({ONE: [CART, PAYMENTS]}, "")[0] is first
    assert notes.subjects({ONE: [CART, PAYMENTS, FRONT]}, "")[0].subjects[:2] == first.subjects
