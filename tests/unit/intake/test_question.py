"""A person's question becomes an incident about what it names."""

from __future__ import annotations

import pytest
from intake_builders import NOW

from sre_agent.domain.incident import Origin, Status
from sre_agent.domain.law import Actor, Role
from sre_agent.intake.question import Asked, investigation_of, subject_of_question

CALLS = {"shop/frontend": ("shop/checkout",), "stage/checkout": ()}
ANN = Actor(name="ann", role=Role.RESPONDER)


@pytest.mark.parametrize(
    ("asked", "entity"),
    [
        (Asked(question="why is it slow?", namespace="shop", service="checkout"), "Service shop/checkout"),
        (Asked(question="Why is frontend slow?"), "Service shop/frontend"),
        (Asked(question="why is checkout slow?"), "None"),
        (Asked(question="why is checkout slow?", namespace="shop"), "Service shop/checkout"),
        (Asked(question="frontend or checkout?", namespace="shop"), "Namespace shop"),
        (Asked(question="what is wrong?"), "None"),
    ],
)
def test_the_subject_is_what_is_named_and_nothing_is_guessed(asked: Asked, entity: str) -> None:
    assert str(subject_of_question(asked, CALLS)) == entity


def test_a_question_opens_an_incident_with_its_job() -> None:
    incident, change = investigation_of(Asked(question="why?\n" + "x" * 300), by=ANN, at=NOW, calls={})
    assert (incident.origin, incident.status) == (Origin.QUESTION, Status.OPEN)
    assert len(incident.title) == 200
    assert [job.incident_id for job in change.jobs] == [incident.id]
    assert change.entries[0].actor == "ann"


def test_a_question_about_a_namespace_looks_into_that_namespace() -> None:
    asked = Asked(question="what is wrong?", namespace="shop")
    assert investigation_of(asked, by=ANN, at=NOW, calls={})[0].namespace == "shop"
