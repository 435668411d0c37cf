"""Recordings of other projects: few sources each, in their own style, with disturbances that have nothing to do with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import cache

import pytest

from sre_agent.domain.diagnosis import DiagnosisOutcome
from sre_agent.offline.desk import default_law, diagnosis_of, picture_of_recording
from sre_agent.offline.planning import planned
from sre_agent.snapshots.content import Snapshot
from tests.effort import sample
from tests.synthetic.foreign.calm import calm
from tests.synthetic.foreign.cases import recorded
from tests.synthetic.foreign.sheet import Make, Sheet, alert, asked, event, pods, rises
from tests.synthetic.harbour.place import NOW, stamp
from tests.synthetic.marking import marked

SURE, ENOUGH, MISLED = 0.8, 0.85, 0.05
LIMIT = "exceeded quota: fair, requested: pods=1, used: pods=20, limited: pods=20"


@cache
def answers() -> tuple[tuple[str, str, float], ...]:
    """(incident, mark, confidence)."""
    found = []
    for name, fault, sheet in sample(list(recorded()), one_in=8, start=3):
        mark, _, sure = marked(diagnosis_of(sheet.snapshot())[0], fault.cause, fault.entities)
        found.append((name, mark, sure))
    return tuple(found)


def drawn(*makes: Make) -> Snapshot:
    sheet = Sheet()
    for make in makes:
        make(sheet)
    return sheet.snapshot()


@pytest.mark.promise("SEE-8")
def test_other_projects_recordings_lead_to_the_same_causes() -> None:
    missed = [name for name, mark, _ in answers() if mark != "ok"]
    assert len(missed) <= (1 - ENOUGH) * len(answers()), missed


@pytest.mark.promise("SEE-9")
def test_few_sources_may_leave_it_unsure_and_do_not_mislead() -> None:
    misled = [name for name, mark, sure in answers() if mark != "ok" and sure >= SURE]
    assert len(misled) <= MISLED * len(answers()), misled


@pytest.mark.promise("SEE-3")
@pytest.mark.parametrize("state", sample(sorted(calm()), one_in=3))
def test_a_busy_system_is_not_ill(state: str) -> None:
    diagnosis, picture = diagnosis_of(calm()[state].snapshot())
    assert diagnosis.outcome is not DiagnosisOutcome.ROOT_CAUSE
    assert not planned(diagnosis, picture, default_law())


def test_an_alert_that_has_stood_for_days_does_not_say_when_it_began() -> None:
    sheet = Sheet()
    alert("OldWarning", namespace="web", service="other")(sheet)
    sheet.told[-1]["startsAt"] = stamp(NOW - timedelta(days=9))
    alert("Down", namespace="shop", service="cart")(sheet)
    picture = picture_of_recording(sheet.snapshot())
    assert picture.onset == sheet.onset + timedelta(seconds=45)
    assert [one.name for one in picture.frame.alerts] == ["Down"]


@pytest.mark.promise("SEE-11")
def test_a_maker_of_which_only_events_tell_is_there_and_one_missing_from_a_list_is_gone() -> None:
    refusal = event("ReplicaSet", "shop", "cart-58dd97b6c8", "FailedCreate", "Error creating: " + LIMIT)
    seen = drawn(asked("no cart", "shop"), refusal)
    assert diagnosis_of(seen)[0].outcome is DiagnosisOutcome.ROOT_CAUSE
    listed = replace(seen, kubernetes={**seen.kubernetes, "replicasets": [], "deployments": [], "pods": []})
    assert not picture_of_recording(listed).inventory.workloads


@pytest.mark.promise("SEE-11")
def test_nothing_but_a_persons_hands_changes_what_nobody_read() -> None:
    memory = {"namespace": "web", "pod": "store-7b9c6d5f8-k2x4z", "container": "app"}
    limit = rises("container_spec_memory_limit_bytes", 1.0e9, 1.0e9, **memory)
    leak = rises("container_memory_working_set_bytes", 3.0e8, 9.7e8, **memory)
    diagnosis, picture = diagnosis_of(drawn(alert("Memory", "it grows", **memory), leak, limit))
    assert diagnosis.root is not None
    assert diagnosis.root.cause == "memory_leak"
    assert {one.step.action for one in planned(diagnosis, picture, default_law())} == {"manual"}


@pytest.mark.parametrize(
    ("expr", "sure"),
    [
        ("kubelet_volume_stats_available_bytes < 1e6", True),
        ("predict_linear(kubelet_volume_stats_available_bytes[6h], 86400) < 0", False),
    ],
)
def test_an_alert_that_reckons_ahead_is_less_sure_than_one_that_measures(expr: str, sure: bool) -> None:
    told = alert("Filling", "hardly any space", expr, namespace="db", persistentvolumeclaim="data-pg-0")
    best = diagnosis_of(drawn(pods("pg", "db", kind="StatefulSet", many=1, ready=False), told))[0].hypotheses[
        0
    ]
    assert best.cause == "volume_full"
    assert (best.confidence >= 0.9) is sure


def test_an_object_that_was_read_is_not_hidden_by_what_is_said_of_it() -> None:
    picture = picture_of_recording(
        drawn(pods("cart", "shop", many=1), alert("Down", namespace="shop", deployment="cart"))
    )
    assert [one.implied for one in picture.inventory.pods] == [False]
