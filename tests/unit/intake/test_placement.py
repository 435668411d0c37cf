"""Every alert is filed in an incident or left alone with a reason; one cause is one incident."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from intake_builders import NOW, SETTINGS, Cabinet, alert, resolved

from sre_agent.domain.alert import Alert, Severity
from sre_agent.domain.incident import Outcome, Status
from sre_agent.domain.journal import Kind
from sre_agent.domain.work import JobKind
from sre_agent.intake.grouping import paths_from
from sre_agent.intake.placement import in_order, place
from sre_agent.intake.settings import IntakeSettings

CALLS = {
    "shop/frontend": ("shop/checkout", "shop/catalog"),
    "shop/checkout": ("shop/payments",),
    "shop/payments": ("shop/bank",),
    "shop/catalog": (),
}


def of(service: str, name: str = "", **labels: str) -> Alert:
    return alert(name or f"{service.title()}Slow", namespace="shop", service=service, **labels)


@pytest.mark.promise("HEAR-4")
def test_one_crash_that_fires_four_alerts_is_one_incident() -> None:
    cabinet = Cabinet()
    pod = "cart-7d9f8c6b5d-x2k4p"
    cabinet.deliver(alert("KubePodCrashLooping", namespace="shop", pod=pod, container="app"))
    cabinet.deliver(alert("KubeDeploymentReplicasMismatch", namespace="shop", deployment="cart"))
    cabinet.deliver(
        of("cart", "HighErrorRate"), alert("TargetDown", namespace="shop", job="cart", service="cart")
    )
    assert cabinet.grouped() == [
        {"KubePodCrashLooping", "KubeDeploymentReplicasMismatch", "HighErrorRate", "TargetDown"}
    ]


@pytest.mark.promise("HEAR-4")
def test_every_filed_alert_says_which_rule_grouped_it() -> None:
    cabinet = Cabinet(calls=CALLS)
    cabinet.deliver(of("checkout"), of("payments"), of("checkout", "CheckoutErrors"))
    said = {filed.alert.name: filed.grouped_by for filed in cabinet.filed.values()}
    first = [name for name, rule in said.items() if rule == "first-alert: it opened the incident"]
    assert len(first) == 1
    assert sorted(rule.partition(":")[0] for rule in said.values()) == ["calls", "first-alert", "same-object"]


def test_the_same_condition_on_two_workloads_is_two_incidents() -> None:
    cabinet = Cabinet()
    cabinet.deliver(of("cart", "HighErrorRate"), of("catalog", "HighErrorRate"))
    assert len(cabinet.incidents) == 2


@pytest.mark.promise("HEAR-4")
@pytest.mark.parametrize(
    ("first", "then"), [("checkout", "frontend"), ("checkout", "payments"), ("frontend", "payments")]
)
def test_callers_and_callees_up_to_two_hops_join(first: str, then: str) -> None:
    cabinet = Cabinet(calls=CALLS)
    cabinet.deliver(of(first))
    cabinet.deliver(of(then))
    assert len(cabinet.incidents) == 1


@pytest.mark.parametrize(
    ("first", "then"), [("frontend", "bank"), ("checkout", "catalog"), ("checkout", "unheard-of")]
)
def test_three_hops_siblings_and_strangers_do_not_join(first: str, then: str) -> None:
    cabinet = Cabinet(calls=CALLS)
    cabinet.deliver(of(first))
    cabinet.deliver(of(then))
    assert len(cabinet.incidents) == 2


def test_a_neighbour_does_not_join_an_incident_that_is_old() -> None:
    cabinet = Cabinet(calls=CALLS)
    cabinet.deliver(of("checkout"))
    cabinet.now += timedelta(minutes=10, seconds=1)
    cabinet.deliver(of("payments"))
    assert len(cabinet.incidents) == 2


@pytest.mark.parametrize("status", [Status.REMEDIATING, Status.VERIFYING])
def test_a_neighbour_does_not_join_an_incident_that_was_acted_upon(status: Status) -> None:
    cabinet = Cabinet(calls=CALLS)
    cabinet.deliver(of("checkout"))
    cabinet.set_status(status)
    cabinet.deliver(of("payments"))
    assert len(cabinet.incidents) == 2


def test_another_alert_of_the_same_object_joins_while_the_incident_is_open_at_all() -> None:
    cabinet = Cabinet()
    cabinet.deliver(of("checkout"))
    cabinet.set_status(Status.VERIFYING)
    cabinet.now += timedelta(hours=5)
    cabinet.deliver(of("checkout", "Another"))
    assert len(cabinet.incidents) == 1


def test_an_alert_joins_by_an_object_that_came_in_later() -> None:
    cabinet = Cabinet(calls=CALLS)
    cabinet.deliver(of("checkout"))
    cabinet.deliver(of("payments"))
    cabinet.now += timedelta(hours=1)
    cabinet.deliver(of("payments", "PaymentsErrors"))
    assert len(cabinet.incidents) == 1


def test_a_node_and_what_is_known_to_run_on_it_are_one_incident() -> None:
    cabinet = Cabinet()
    cabinet.deliver(alert("KubeNodeNotReady", node="w1"))
    cabinet.deliver(alert("PodDown", namespace="shop", pod="cart-7d9f8c6b5d-x2k4p", node="w1"))
    cabinet.deliver(alert("PodDown", namespace="shop", pod="catalog-7d9f8c6b5d-x2k4p", node="w2"))
    assert cabinet.grouped() == [{"KubeNodeNotReady", "PodDown"}, {"PodDown"}]


def test_a_node_joins_the_workload_that_was_first_to_complain_from_it() -> None:
    cabinet = Cabinet()
    cabinet.deliver(alert("PodDown", namespace="shop", pod="cart-7d9f8c6b5d-x2k4p", node="w1"))
    cabinet.deliver(alert("KubeNodeNotReady", node="w1"))
    cabinet.deliver(alert("KubeNodeNotReady", node="w2"))
    assert cabinet.grouped() == [{"KubeNodeNotReady", "PodDown"}, {"KubeNodeNotReady"}]


def test_a_claim_joins_the_statefulset_it_was_made_for() -> None:
    cabinet = Cabinet()
    cabinet.deliver(alert("Down", namespace="shop", statefulset="orders-db"))
    cabinet.deliver(alert("Full", namespace="shop", persistentvolumeclaim="data-orders-db-0"))
    cabinet.deliver(alert("Full", namespace="shop", persistentvolumeclaim="data-reports-0"))
    assert len(cabinet.incidents) == 2


def test_a_persons_question_takes_in_no_alerts() -> None:
    cabinet = Cabinet()
    cabinet.deliver(of("checkout"))
    for each, incident in cabinet.incidents.items():
        cabinet.incidents[each] = incident.model_copy(update={"origin": "question"})
    cabinet.deliver(of("checkout", "Another"))
    assert len(cabinet.incidents) == 2


@pytest.mark.promise("HEAR-5")
@pytest.mark.parametrize(
    ("left_alone", "reason"),
    [
        (alert("Watchdog", severity="none"), "heartbeat"),
        (alert("InfoInhibitor", severity="none", namespace="shop"), "silences"),
        (alert("Whatever", severity="none", namespace="shop", deployment="cart"), "nobody has to act"),
        (resolved(of("cart")), "never seen firing"),
    ],
)
def test_what_is_not_investigated_says_why(left_alone: Alert, reason: str) -> None:
    cabinet = Cabinet()
    placement = cabinet.deliver(left_alone)
    assert placement.opened == ()
    assert reason in placement.filed[0].not_investigated_because


@pytest.mark.promise("HEAR-5")
def test_a_heartbeat_does_not_even_join() -> None:
    cabinet = Cabinet()
    cabinet.deliver(alert("Watchdog", severity="none", namespace="shop", deployment="cart"))
    cabinet.deliver(alert("Down", namespace="shop", deployment="cart"))
    cabinet.deliver(alert("Watchdog", severity="none", namespace="shop", deployment="cart", x="2"))
    assert cabinet.grouped() == [{"Down"}]


def test_an_installation_may_open_incidents_from_a_severity_up() -> None:
    cabinet = Cabinet(settings=IntakeSettings(least_severity=Severity.HIGH))
    placement = cabinet.deliver(of("cart", severity="warning"))
    assert "opened from high up" in placement.filed[0].not_investigated_because
    assert cabinet.deliver(of("cart", "Grave", severity="critical")).opened
    assert cabinet.deliver(of("cart", "Mild", severity="warning")).filed[0].incident_id


def test_opening_defers_one_investigation_as_urgent_as_its_gravest_alert() -> None:
    mild, grave = of("cart", severity="info", at=NOW - timedelta(minutes=9)), of(
        "cart", "Worse", severity="page"
    )
    placement = Cabinet().deliver(mild, grave)
    (change,), (incident,) = placement.changes, placement.opened
    assert [job.kind for job in change.jobs] == [JobKind.INVESTIGATE]
    assert change.jobs[0].priority == 10
    assert incident.severity is Severity.CRITICAL
    assert change.entries[0].kind is Kind.INCIDENT_OPENED


def test_joining_defers_no_second_investigation() -> None:
    cabinet = Cabinet()
    cabinet.deliver(of("cart"))
    assert cabinet.deliver(of("cart", "Another")).changes[0].jobs == ()


def test_a_graver_alert_raises_the_incident_and_a_milder_one_does_not_lower_it() -> None:
    cabinet = Cabinet()
    cabinet.deliver(of("cart", severity="warning"))
    cabinet.deliver(of("cart", "Worse", severity="critical"))
    cabinet.deliver(of("cart", "Mild", severity="info"))
    assert [incident.severity for incident in cabinet.incidents.values()] == [Severity.CRITICAL]
    assert "Severity raised from warning to critical by Worse." in cabinet.texts


def test_resolved_closes_what_nobody_has_begun_to_work_on() -> None:
    cabinet = Cabinet()
    first, second = of("cart"), of("cart", "Another")
    cabinet.deliver(first, second)
    cabinet.deliver(resolved(first))
    assert [incident.status for incident in cabinet.incidents.values()] == [Status.OPEN]
    placement = cabinet.deliver(resolved(second))
    incident = next(iter(cabinet.incidents.values()))
    assert (incident.status, incident.outcome) == (Status.CLOSED, Outcome.RECOVERED_BY_ITSELF)
    assert incident.closed_at == NOW
    assert placement.changes[0].expected_status is Status.OPEN


@pytest.mark.parametrize(
    "status",
    [Status.INVESTIGATING, Status.AWAITING_APPROVAL, Status.REMEDIATING, Status.VERIFYING, Status.ESCALATED],
)
def test_resolved_is_only_noted_where_somebody_works_or_waits(status: Status) -> None:
    cabinet = Cabinet()
    cabinet.deliver(of("cart"))
    cabinet.set_status(status)
    placement = cabinet.deliver(resolved(of("cart")))
    assert [incident.status for incident in cabinet.incidents.values()] == [status]
    assert placement.changes[0].entries[0].kind is Kind.ALERT_RESOLVED
    waits = any("waits for an answer" in entry.text for entry in placement.changes[0].entries)
    assert waits == (status is Status.AWAITING_APPROVAL)


def test_an_alert_that_comes_back_in_the_delivery_that_ends_it_keeps_its_incident() -> None:
    cabinet = Cabinet()
    cabinet.deliver(of("cart"))
    back = of("cart", at=NOW)
    placement = cabinet.deliver(resolved(of("cart")), back)
    assert placement.opened == ()
    assert [incident.status for incident in cabinet.incidents.values()] == [Status.OPEN]


@pytest.mark.parametrize("status", [Status.RESOLVED, Status.ESCALATED, Status.CLOSED])
def test_firing_again_after_the_end_opens_a_new_incident_that_names_the_earlier_one(status: Status) -> None:
    cabinet = Cabinet()
    cabinet.deliver(of("cart"))
    cabinet.set_status(status, outcome=Outcome.RECOVERED)
    earlier = next(iter(cabinet.incidents))
    cabinet.now += timedelta(minutes=20)
    placement = cabinet.deliver(of("cart", at=NOW + timedelta(minutes=19)))
    assert len(placement.opened) == 1
    assert any(earlier in entry.text for entry in placement.changes[0].entries)


def test_flapping_is_counted_in_the_journal_and_said() -> None:
    cabinet = Cabinet()
    cabinet.firings = {of("cart").fingerprint: 4}
    entries = cabinet.deliver(of("cart")).changes[0].entries
    assert [entry.body["recent_firings"] for entry in entries if entry.kind is Kind.ALERT_RECEIVED] == [4]
    assert any("flapping" in entry.text for entry in entries if entry.kind is Kind.NOTE_ADDED)


def test_an_alert_known_to_flap_opens_nothing_again_and_says_which_incident_knows() -> None:
    cabinet = Cabinet()
    cabinet.deliver(of("cart"))
    cabinet.set_status(Status.CLOSED, outcome=Outcome.FLAPPING)
    cabinet.firings = {of("cart").fingerprint: 5}
    placement = cabinet.deliver(of("cart", at=NOW))
    assert placement.opened == ()
    assert next(iter(cabinet.incidents)) in placement.filed[0].not_investigated_because


def test_alerts_that_were_cut_off_are_noted_in_what_the_delivery_touched() -> None:
    cabinet = Cabinet()
    cabinet.deliver(of("cart"), of("catalog"), truncated=7)
    assert sum("cut 7 alerts" in text for text in cabinet.texts) == 2


def test_of_a_firing_reported_both_ways_the_end_counts() -> None:
    firing = of("cart")
    assert in_order([firing, resolved(firing)]) == in_order([resolved(firing), firing]) == [resolved(firing)]


@pytest.mark.parametrize(
    ("start", "hops", "paths"),
    [
        ("a", 1, [["a", "b"], ["a", "c"]]),
        ("a", 2, [["a", "b"], ["a", "c"], ["a", "b", "d"]]),
        ("d", 2, [["d", "a"], ["d", "a", "b"], ["d", "a", "c"]]),
        ("e", 3, []),
    ],
)
def test_call_paths_are_the_shortest_and_end(start: str, hops: int, paths: list[list[str]]) -> None:
    graph = {"a": ("c", "b"), "b": ("d",), "c": ("d", "c"), "d": ("a",)}
    assert paths_from(start, graph, hops) == paths


def test_the_nearest_incident_is_joined() -> None:
    cabinet = Cabinet(calls=CALLS)
    cabinet.deliver(of("frontend"))
    cabinet.deliver(of("bank"))
    (filed,) = cabinet.deliver(of("payments")).filed
    assert filed.grouped_by == "calls: shop/payments calls shop/bank, which the incident is about"


def test_placing_a_storm_beside_many_incidents_costs_linear_time() -> None:
    """Four times the alerts and incidents may cost eight times the time; all pairs would cost sixteen."""
    small, large = (seconds_of_placing(workloads) for workloads in (200, 800))
    assert large <= 8 * small


def seconds_of_placing(workloads: int) -> float:
    """Every second workload has an alert that is new; every fourth has an incident already."""
    cabinet = Cabinet(calls={f"shop/w{n}": (f"shop/w{n + 1}",) for n in range(0, workloads, 4)})
    for n in range(0, workloads // 2, 4):
        cabinet.deliver(of(f"w{n}"))
    storm = [of(f"w{n}", "Storm") for n in range(1, workloads, 2)]
    desk, took = cabinet.desk(storm), []
    for _ in range(3):
        began = time.process_time()
        placement = place(desk, storm, settings=SETTINGS)
        took.append(time.process_time() - began)
        assert len(placement.filed) == len(storm)
        assert sum(filed.grouped_by.startswith("calls") for filed in placement.filed) == workloads / 8
    return min(took)


names = st.sampled_from(["frontend", "checkout", "payments", "catalog", "bank"])


@st.composite
def alerts(draw: st.DrawFn) -> Alert:
    label = draw(st.sampled_from(["service", "deployment", "pod", "node", "persistentvolumeclaim", "none"]))
    name = draw(names)
    value = {"pod": f"{name}-7d9f8c6b5d-x2k4p", "persistentvolumeclaim": f"data-{name}-0"}.get(label, name)
    made = alert(
        draw(st.sampled_from(["Slow", "Errors", "Watchdog"])),
        severity=draw(st.sampled_from(["critical", "warning", "info", "none"])),
        at=NOW - timedelta(seconds=draw(st.integers(0, 3))),
        **({} if label == "none" else {label: value}),
        **({"namespace": "shop"} if label != "node" else {}),
    )
    return resolved(made) if draw(st.booleans()) else made


deliveries = st.lists(alerts(), min_size=1, max_size=8)


@pytest.mark.promise("HEAR-2")
@given(st.lists(deliveries, min_size=1, max_size=3))
def test_the_same_delivery_twice_adds_nothing(history: list[list[Alert]]) -> None:
    cabinet = Cabinet(calls=CALLS)
    for delivery in history:
        cabinet.deliver(*delivery)
        before = (dict(cabinet.incidents), dict(cabinet.filed), list(cabinet.texts))
        again = cabinet.deliver(*delivery)
        assert (cabinet.incidents, cabinet.filed, cabinet.texts) == before
        assert (again.filed, again.opened, again.changes) == ((), (), ())


def test_a_firing_that_arrives_after_its_own_end_opens_nothing() -> None:
    cabinet = Cabinet()
    cabinet.deliver(of("cart"))
    cabinet.deliver(resolved(of("cart")))
    placement = cabinet.deliver(of("cart"))
    assert (placement.filed, placement.opened) == ((), ())


@given(deliveries, st.randoms(use_true_random=False))
def test_the_order_of_alerts_in_a_delivery_does_not_matter(delivery: list[Alert], chance) -> None:  # type: ignore[no-untyped-def]
    shuffled = list(delivery)
    chance.shuffle(shuffled)
    desk = Cabinet(calls=CALLS).desk(delivery)
    assert place(desk, delivery, settings=SETTINGS) == place(desk, shuffled, settings=SETTINGS)


@given(st.lists(deliveries, min_size=1, max_size=3))
def test_no_alert_is_lost(history: list[list[Alert]]) -> None:
    cabinet = Cabinet(calls=CALLS)
    for delivery in history:
        cabinet.deliver(*delivery)
        for each in delivery:
            filed = cabinet.filed[each.fingerprint, each.starts_at]
            if filed.incident_id is None:
                assert filed.not_investigated_because
            else:
                assert filed.grouped_by
                assert filed.incident_id in cabinet.incidents


@given(deliveries)
def test_what_is_written_hangs_together(delivery: list[Alert]) -> None:
    placement = place(Cabinet(calls=CALLS).desk(delivery), delivery, settings=SETTINGS)
    changed = {change.incident_id for change in placement.changes}
    opened = {incident.id for incident in placement.opened}
    assert opened <= changed
    assert {filed.incident_id for filed in placement.filed if filed.incident_id} == changed
    for change in placement.changes:
        keys = [entry.key for entry in change.entries]
        assert len(keys) == len(set(keys))
        assert len(change.jobs) == (1 if change.incident_id in opened else 0)


HANDED_OVER = {
    "outcome": Outcome.NO_SAFE_ACTION,
    "cause": "tls_certificate_invalid",
    "closed_at": NOW,
}


def handed_over(**fields: object) -> Cabinet:
    """An incident of the cart that was diagnosed and given to a person, while its alert goes on firing."""
    cabinet = Cabinet()
    cabinet.deliver(of("cart"))
    cabinet.set_status(Status.ESCALATED, **{**HANDED_OVER, **fields})
    cabinet.now += timedelta(minutes=1)
    return cabinet


@pytest.mark.promise("HEAR-7")
@pytest.mark.parametrize("name", ["CartProbeFailed", "CartSlow"])
def test_another_alert_of_what_a_person_has_in_hand_is_noted_there_and_opens_nothing(name: str) -> None:
    """Also the same one that fires anew: a probe that wavers gives it another beginning."""
    cabinet = handed_over()
    placement = cabinet.deliver(of("cart", name, at=NOW + timedelta(seconds=30)))
    (filed,) = placement.filed
    assert placement.opened == ()
    assert filed.incident_id == next(iter(cabinet.incidents))
    assert filed.grouped_by.startswith("handed-over: it is about ")
    assert [entry.kind for entry in placement.changes[0].entries] == [Kind.ALERT_RECEIVED]
    assert placement.changes[0].jobs == ()


@pytest.mark.promise("HEAR-7")
@pytest.mark.parametrize(
    ("fields", "late", "labels"),
    [
        ({"cause": ""}, timedelta(), {}),
        ({}, timedelta(hours=2), {}),
        ({}, timedelta(), {"severity": "critical"}),
        ({"status": Status.RESOLVED}, timedelta(), {}),
    ],
    ids=["no-cause-was-found", "long-ago", "graver-than-what-was-handed-over", "it-was-mended"],
)
def test_what_may_be_a_new_fault_opens_its_own_incident(
    fields: dict[str, object], late: timedelta, labels: dict[str, str]
) -> None:
    cabinet = handed_over(**{key: value for key, value in fields.items() if key != "status"})
    if "status" in fields:
        cabinet.set_status(Status.RESOLVED)
    cabinet.now += late
    assert len(cabinet.deliver(of("cart", "CartProbeFailed", at=cabinet.now, **labels)).opened) == 1


@pytest.mark.promise("HEAR-7")
def test_once_its_alerts_are_quiet_the_next_one_opens_its_own_incident() -> None:
    cabinet = handed_over()
    cabinet.deliver(resolved(of("cart")))
    assert len(cabinet.deliver(of("cart", "CartProbeFailed", at=cabinet.now)).opened) == 1


@pytest.mark.promise("HEAR-7")
def test_an_alert_of_another_object_opens_its_own_incident_whoever_has_the_first_in_hand() -> None:
    assert len(handed_over().deliver(of("catalog")).opened) == 1
