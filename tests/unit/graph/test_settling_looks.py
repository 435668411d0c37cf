"""After something changed, the world is looked at as if for the first time, and what is gone is gone."""

from __future__ import annotations

from typing import Any

from sre_agent.domain.journal import Kind
from sre_agent.picture.reading import Kept, newest, picture_of
from sre_agent.picture.world import Frame
from tests.scenarios.stories import BY_NAME, tell
from tests.worlds import NOW


def pods(evidence: str, *names: str) -> Kept:
    listed = [{"kind": "Pod", "metadata": {"name": name, "namespace": "acme"}} for name in names]
    return Kept(evidence, "kubernetes/namespace", {"namespace": "acme"}, {"collected": {"pods": listed}})


def metrics(evidence: str, until: int, level: str) -> Kept:
    arguments: dict[str, Any] = {"promql": "errors", "start": 0, "end": until, "step_seconds": 1}
    series = [{"metric": {"service": "orders"}, "values": [[until, level]]}]
    return Kept(evidence, "metrics/errors", arguments, {"series": series})


def test_a_pod_that_the_newest_look_does_not_show_is_not_in_the_picture() -> None:
    kept = newest([pods("E1", "orders-old"), pods("E2", "orders-new")])
    picture = picture_of(Frame(now=NOW), kept)
    assert [pod.name for pod in picture.inventory.pods] == ["orders-new"]


def test_a_series_asked_for_again_later_replaces_the_older_one() -> None:
    picture = picture_of(Frame(now=NOW), newest([metrics("E1", 10, "0.6"), metrics("E2", 20, "0")]))
    assert [one.last for one in picture.series_named("errors")] == [0.0]


def test_answers_to_different_questions_stand_side_by_side() -> None:
    logs = [Kept(f"E{n}", "logs/acme/p/main", {"previous": bool(n)}, {"lines": ["x"]}) for n in (0, 1)]
    assert newest(logs) == logs


def test_after_a_step_was_taken_back_every_first_question_is_asked_anew() -> None:
    """Also where the diagnosis that failed had left something to ask."""
    stage = tell(BY_NAME["the first theory is wrong, the second right"]).stage
    asked = [entry.body["id"] for entry in stage.entries(Kind.QUESTION_ASKED)]
    first = [
        entry.body["id"] for entry in stage.entries(Kind.QUESTION_ASKED) if entry.key.startswith("asked 1 ")
    ]
    assert len(first) > 5
    assert all(asked.count(question) >= 2 for question in first)


def test_after_the_ground_moved_every_first_question_is_asked_anew() -> None:
    stage = tell(BY_NAME["the ground moves while a person thinks"]).stage
    asked = [entry.body["id"] for entry in stage.entries(Kind.QUESTION_ASKED)]
    assert asked.count("kubernetes namespace namespace=acme") == 2
