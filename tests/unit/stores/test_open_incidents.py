"""The index of open incidents finds what walking through all of them would."""

from __future__ import annotations

from datetime import timedelta

from sre_agent.domain.ids import IncidentId
from sre_agent.domain.incident import Origin
from sre_agent.ports.open_incidents import OpenIncident, OpenIncidents
from tests.contracts.store_examples import NOW, incident


def page(name: str, *, minutes: int = 0, key: str = "lab|shop/cart", **fields: object) -> OpenIncident:
    at = NOW + timedelta(minutes=minutes)
    return OpenIncident(incident=incident(IncidentId(name), at=at, group_key=key, **fields), alerts=())


OLD, NEW, OTHER = page("a"), page("b", minutes=1), page("c", minutes=2, key="lab|shop/orders")


def test_of_two_about_one_thing_the_longest_open_is_found_in_whatever_order_they_came() -> None:
    for pages in ((OLD, NEW, OTHER), (OTHER, NEW, OLD)):
        assert OpenIncidents(pages).about("lab|shop/cart") is OLD
    assert OpenIncidents([OLD]).about("lab|shop/orders") is None


def test_when_it_ends_the_next_one_about_the_same_thing_is_found() -> None:
    pages = OpenIncidents([OLD, NEW, OTHER])
    pages.drop(OLD.incident.id)
    assert pages.about("lab|shop/cart") is NEW
    pages.drop(NEW.incident.id)
    assert pages.about("lab|shop/cart") is None
    pages.drop(NEW.incident.id)
    assert list(pages) == [OTHER]


def test_a_persons_question_is_open_but_takes_no_alerts() -> None:
    question = page("q", origin=Origin.QUESTION)
    pages = OpenIncidents([question, NEW])
    assert question.incident.id in pages
    assert pages.about("lab|shop/cart") is NEW


def test_what_is_put_again_takes_the_place_of_what_was_known() -> None:
    pages, news = OpenIncidents([OLD, OTHER]), page("a", title="graver than it looked")
    pages.put(news)
    assert list(pages) == [news, OTHER]
    assert pages.about("lab|shop/cart") is news


def test_a_copy_stays_as_it_was() -> None:
    pages = OpenIncidents([OLD])
    copy = pages.copy()
    pages.put(OTHER)
    pages.drop(OLD.incident.id)
    assert list(copy) == [OLD]
    assert copy.about("lab|shop/cart") is OLD


def test_the_newest_are_kept_longest_open_first() -> None:
    assert list(OpenIncidents([OTHER, OLD, NEW]).newest(2)) == [NEW, OTHER]
