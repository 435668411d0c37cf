"""From checks to one verdict: proof is asked for, doubt is said, and what helps is not taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from act_world import plan_of, step
from hypothesis import given
from hypothesis import strategies as st

from sre_agent.act.checks.findings import Finding
from sre_agent.act.checks.golden_rules import Scene, golden_findings
from sre_agent.act.checks.logs import complains, pod_finding, signature_finding
from sre_agent.act.checks.readings import Readings, Window, healthy_past
from sre_agent.act.checks.workloads import Pods, pods_in, ready_finding, rollout_in
from sre_agent.act.recovery_rules import came_before_the_step, ending, progress, summary, verdict
from sre_agent.act.rules import Kind, Look, Seen, next_move, next_undo
from sre_agent.domain.entity import EntityRef
from sre_agent.domain.ids import Digest
from sre_agent.domain.plan import StepRecord, StepState
from sre_agent.domain.verification import Check, Recovery
from sre_agent.signals.buckets import Buckets, buckets_of
from sre_agent.signals.compare import Stream
from sre_agent.signals.series import EMPTY, Samples

NOW = datetime(2026, 3, 3, 10, tzinfo=UTC)
SETTLE = timedelta(seconds=30)
CHECKOUT = EntityRef(kind="Deployment", name="checkout", namespace="shop")


def finding(name: str = "alert A", passed: bool | None = True, **more: Any) -> Finding:
    return Finding(Check(name=name, passed=passed, sentence=f"{name}."), **more)


QUIET = finding(proves=True, improved=True)
LOUD = finding(passed=False, proves=True, waiting=True)
READY = finding("readiness of x")
BLIND = finding("error logs of x", None)
NOT_THERE = finding("error logs of x", None, required=False)


@pytest.mark.parametrize(
    ("findings", "early", "late"),
    [
        ([QUIET, READY], Recovery.RECOVERED, Recovery.RECOVERED),
        ([QUIET, NOT_THERE], Recovery.RECOVERED, Recovery.RECOVERED),
        ([QUIET, BLIND], None, Recovery.UNKNOWN),
        ([QUIET, finding("saturation of x", False, required=False)], None, Recovery.BETTER),
        ([READY], None, Recovery.UNKNOWN),
        ([BLIND], None, Recovery.UNKNOWN),
        ([], None, Recovery.UNKNOWN),
        ([LOUD, READY], None, Recovery.NOT_YET),
        ([QUIET, finding("latency of x", False, waiting=True)], None, Recovery.BETTER),
        (
            [
                QUIET,
                finding("traffic of x", None, no_traffic=True),
                finding("errors of x", None, no_traffic=True),
            ],
            None,
            Recovery.NO_TRAFFIC,
        ),
        ([LOUD, finding("errors of x", False, improved=True)], None, Recovery.BETTER),
        ([QUIET, finding("errors of x", None, waiting=True)], None, Recovery.UNKNOWN),
        ([LOUD, finding("errors of x", False, worse=True)], Recovery.WORSE, Recovery.WORSE),
        ([QUIET, finding("errors of x", True, worse=True)], Recovery.WORSE, Recovery.WORSE),
        ([QUIET, finding("traffic of x", False, no_traffic=True)], None, Recovery.NO_TRAFFIC),
        ([LOUD, finding("traffic of x", False, no_traffic=True)], None, Recovery.NOT_YET),
        (
            [LOUD, QUIET, finding("traffic of x", False, no_traffic=True)],
            None,
            Recovery.NOT_YET,
        ),
    ],
)
def test_the_verdict_follows_from_the_checks(
    findings: list[Finding], early: Recovery | None, late: Recovery
) -> None:
    assert verdict(findings, time_is_up=False) is early
    assert verdict(findings, time_is_up=True) is late


anything = st.builds(
    finding,
    st.sampled_from(["alert A", "readiness of x", "errors of x"]),
    st.sampled_from([True, False, None]),
    waiting=st.booleans(),
    required=st.booleans(),
    proves=st.booleans(),
    improved=st.booleans(),
    worse=st.booleans(),
    no_traffic=st.booleans(),
)


@given(st.lists(anything, max_size=6), st.booleans())
def test_recovered_always_has_a_proof_and_never_a_failing_check(found: list[Finding], up: bool) -> None:
    if verdict(found, time_is_up=up) is Recovery.RECOVERED:
        assert any(each.proves and each.check.passed is True for each in found)
        assert all(each.check.passed is not False for each in found)
        assert all(each.check.passed is True for each in found if each.required)


@given(st.lists(anything, max_size=6), anything)
def test_one_more_failing_check_never_brings_recovery(found: list[Finding], more: Finding) -> None:
    failing = replace(more, check=more.check.model_copy(update={"passed": False}))
    assert verdict([*found, failing], time_is_up=True) is not Recovery.RECOVERED


@given(st.lists(anything, max_size=6))
def test_when_time_is_up_there_is_a_verdict(found: list[Finding]) -> None:
    assert verdict(found, time_is_up=True) is not None


def test_a_recovery_is_by_itself_only_where_every_alert_was_quiet_before() -> None:
    before = replace(QUIET, before_step=True)
    assert came_before_the_step([before, READY])
    assert not came_before_the_step([before, QUIET])
    assert not came_before_the_step([READY])


@pytest.mark.parametrize(
    ("recovery", "status", "outcome"),
    [
        (Recovery.RECOVERED, "resolved", "recovered"),
        (Recovery.BETTER, "escalated", "not_recovered"),
        (Recovery.NO_TRAFFIC, "escalated", "insufficient_evidence"),
        (Recovery.UNKNOWN, "escalated", "insufficient_evidence"),
        (Recovery.NOT_YET, None, None),
        (Recovery.WORSE, None, None),
    ],
)
def test_only_what_did_not_help_is_taken_back(
    recovery: Recovery, status: str | None, outcome: str | None
) -> None:
    end = ending(recovery, plan_of(step(0)), {}, "said", by_itself=False) or {}
    assert (end.get("status"), end.get("outcome")) == (status, outcome)


def test_the_summary_says_failures_first_and_then_what_nobody_could_tell() -> None:
    said = summary(Recovery.BETTER, [QUIET, BLIND, finding("latency of x", False)], by_itself=False)
    assert said == "Better, but not good. latency of x. error logs of x."


def test_the_summary_of_a_recovery_is_short_however_many_checks_there_are() -> None:
    many = [finding(f"errors of {number}") for number in range(30)]
    said = summary(Recovery.RECOVERED, [QUIET, READY, *many, NOT_THERE], by_itself=False)
    assert said == (
        "Recovered. alert A. All 32 checks hold (alert, readiness, errors). Not told: error logs of x."
    )


def test_a_summary_names_a_few_and_counts_the_rest() -> None:
    many = [finding(f"errors of {number}", False) for number in range(9)]
    assert summary(Recovery.NOT_YET, many, by_itself=False).endswith("errors of 3. And 5 more.")


def test_progress_is_one_short_line_that_says_what_is_missing() -> None:
    found = [QUIET, READY, BLIND, finding("errors of x", False)]
    assert progress(found) == "2 of 4 checks hold; waiting for error logs of x, errors of x."


def record(state: StepState, index: int = 0, **result: Any) -> StepRecord:
    one = step(index)
    return StepRecord(
        incident_id=plan_of(one).incident_id, plan_digest=Digest("0" * 64), index=index, key=one.key, state=state,
        fence=1, at=NOW, result=result,
    )  # fmt: skip


records = st.dictionaries(st.integers(0, 2), st.sampled_from(list(StepState)), max_size=3)
looks = st.one_of(st.none(), st.sampled_from(list(Seen)).map(Look))
STEPS = (step(0), step(1), step(2))


@given(records, looks, st.booleans())
def test_no_move_forward_does_what_is_done_or_what_is_not_permitted(
    states: dict[int, StepState], look: Look | None, permitted: bool
) -> None:
    known = {index: record(state, index) for index, state in states.items()}
    move = next_move(STEPS, known, permitted=permitted, look=look)
    if move.kind is Kind.DO:
        assert permitted
        assert move.step is not None
        assert states.get(move.step.index) in (None, StepState.INTENDED, StepState.UNCERTAIN)
        assert all(states.get(index) is StepState.DONE for index in range(move.step.index))
        if move.step.index in states:
            assert look is not None
            assert look.seen is Seen.NOT_DONE
    if move.kind is Kind.FINISHED:
        assert all(states.get(index) is StepState.DONE for index in range(3))


@given(records, looks, st.frozensets(st.integers(0, 2)))
def test_no_move_backward_takes_back_what_is_not_done_or_out_of_order(
    states: dict[int, StepState], look: Look | None, permitted: frozenset[int]
) -> None:
    known = {index: record(state, index) for index, state in states.items()}
    move = next_undo(STEPS, known, permitted=permitted, look=look)
    if move.kind is Kind.DO:
        assert move.step is not None
        assert move.step.index in permitted
        assert states[move.step.index] in (StepState.DONE, StepState.UNDOING)
        newer = [states.get(index) for index in range(move.step.index + 1, 3)]
        assert StepState.DONE not in newer
        assert StepState.UNDOING not in newer


def pod(*, ready: bool = True, at: datetime = NOW, ended: datetime | None = None, **metadata: Any) -> Any:
    last = {"terminated": {"finishedAt": ended.isoformat().replace("+00:00", "Z")}} if ended else {}
    condition = {"type": "Ready", "status": str(ready), "lastTransitionTime": at.isoformat()}
    return {
        "metadata": {"name": "p", **metadata},
        "status": {"phase": "Running", "conditions": [condition], "containerStatuses": [{"lastState": last}]},
    }


def test_restarts_count_from_the_step_on() -> None:
    seen = pods_in([pod(ended=NOW - timedelta(1)), pod(ended=NOW + timedelta(seconds=9))], since=NOW)
    assert (seen.running, seen.restarts_since) == (2, 1)


def test_all_pods_have_to_be_ready_and_the_youngest_counts() -> None:
    later = NOW + timedelta(seconds=7)
    assert pods_in([pod(), pod(at=later)], since=NOW).ready_since == later
    assert pods_in([pod(), pod(ready=False)], since=NOW).ready_since is None
    assert pods_in([], since=NOW).ready_since is None


def test_pods_that_are_going_are_the_old_form() -> None:
    assert pods_in([pod(deletionTimestamp="2026-01-01T00:00:00Z"), pod()], since=NOW).running == 1


@pytest.mark.parametrize("garbage", [None, {}, "x", {"status": {"conditions": "x"}}, {"status": None}])
def test_malformed_pods_are_not_ready_and_break_nothing(garbage: Any) -> None:
    assert pods_in([garbage], since=NOW).ready_since is None


@pytest.mark.parametrize(
    ("kind", "spec", "status", "complete"),
    [
        ("Deployment", {"replicas": 2}, {"observedGeneration": 3, "updatedReplicas": 2, "readyReplicas": 2}, True),
        ("Deployment", {"replicas": 2}, {"observedGeneration": 2, "updatedReplicas": 2, "readyReplicas": 2}, False),
        ("Deployment", {"replicas": 2}, {"observedGeneration": 3, "updatedReplicas": 1, "readyReplicas": 2}, False),
        ("Deployment", {"replicas": 0}, {"observedGeneration": 3}, False),
        ("Deployment", {}, {"observedGeneration": 3, "updatedReplicas": 1, "readyReplicas": 1}, True),
        ("DaemonSet", {}, {"observedGeneration": 3, "desiredNumberScheduled": 3, "updatedNumberScheduled": 3,
                           "numberReady": 3}, True),
    ],
)  # fmt: skip
def test_a_roll_out_is_complete_when_its_newest_form_is_ready(
    kind: str, spec: Any, status: Any, complete: bool
) -> None:
    assert (
        rollout_in(kind, {"metadata": {"generation": 3}, "spec": spec, "status": status}).complete is complete
    )


@pytest.mark.parametrize(("held", "passed"), [(29, False), (30, True)])
def test_readiness_has_to_hold_for_the_settle_time(held: int, passed: bool) -> None:
    rollout = rollout_in("Deployment", {"status": {"updatedReplicas": 1, "readyReplicas": 1}})
    pods = Pods(1, 0, (), NOW - timedelta(seconds=held))
    assert ready_finding("readiness of x", rollout, pods, (NOW, SETTLE)).check.passed is passed


@pytest.mark.parametrize(
    ("line", "is_one"),
    [
        ('2026-01-01T00:00:00Z {"level":"error"}', True),
        ('{"level":"FATAL","msg":"{"}', True),
        ('{"severity":"critical"}', True),
        ('{"level":"info","error":"none"}', False),
        ("ERROR in free text is not guessed at", False),
        ("{broken", False),
        ("", False),
    ],
)
def test_only_a_structured_level_counts_as_a_complaint(line: str, is_one: bool) -> None:
    assert complains(line) is is_one


def test_silence_of_pods_passes_and_complaints_leave_it_open() -> None:
    assert pod_finding(CHECKOUT, 0, SETTLE).check.passed is True
    assert pod_finding(CHECKOUT, 3, SETTLE).check.passed is None


def test_a_surge_of_an_old_error_counts_like_a_new_one() -> None:
    surge = {"template": "t", "count": 9, "new": False, "surge": 4.0, "level": "error"}
    assert signature_finding(CHECKOUT, [surge], "q", SETTLE).check.passed is False


def series(values: Any, step_: float = 10.0) -> Samples:
    values = np.asarray(values, dtype=float)
    return Samples(np.arange(values.size) * step_, values)


def histogram(requests: Any, tail: Any) -> Buckets:
    """Response times whose 95th percentile is `tail`."""
    edges = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, np.inf)
    whole, tail = np.asarray(requests, dtype=float), np.asarray(tail, dtype=float)
    return buckets_of(
        Samples(series(whole).times, whole * (1 - 0.05 ** (edge / tail)), {"le": str(edge)}) for edge in edges
    )


def window(
    stream: Stream, bins: int, *, errors: float = 0.0, latency: float = 0.1, requests: float = 50.0
) -> Window:
    """`requests` per second, in bins of 10 s."""
    noise = 1 + 0.05 * np.sin(np.arange(bins) * 1.3)
    counts = 10 * requests * noise
    readings = Readings(
        series(counts),
        series(counts * errors),
        histogram(counts, latency * noise),
        EMPTY,
        series(0.3 * noise),
    )
    return Window(readings, stream, 10.0, 10.0, 20.0)


def silence(stream: Stream, bins: int) -> Window:
    return window(stream, bins, requests=0.0)


def scene(
    now: Window,
    *,
    during: Window | None = None,
    past: Window | None = None,
    settled: bool = True,
    hold: float = 60.0,
) -> Scene:
    sick = during or window(Stream.DURING, 60, errors=0.3, latency=1.0)
    return Scene("checkout", past or window(Stream.PAST, 120), sick, now, hold, settled)


def named(findings: tuple[Finding, ...], name: str) -> Finding:
    return next(each for each in findings if each.check.name.startswith(name))


def test_signals_that_are_back_pass_with_their_bounds_inside_the_margin() -> None:
    found = golden_findings(scene(window(Stream.NOW, 30)))
    assert all(each.check.passed for each in found)
    for name in ("errors", "latency"):
        numbers = named(found, name).check.numbers
        assert float(str(numbers["upper"])) <= float(str(numbers["margin"]))
        assert named(found, name).improved


@pytest.mark.parametrize(("signal", "now"), [("errors", {"errors": 0.3}), ("latency", {"latency": 1.0}),
                                             ("traffic", {"requests": 10.0})])  # fmt: skip
def test_a_signal_that_is_not_back_fails(signal: str, now: dict[str, float]) -> None:
    found = named(golden_findings(scene(window(Stream.NOW, 30, **now))), signal)
    assert found.check.passed is False
    assert found.waiting


def test_worse_is_said_only_of_a_window_free_of_the_steps_own_stir() -> None:
    worse = window(Stream.NOW, 30, errors=0.8)
    assert named(golden_findings(scene(worse)), "errors").worse
    assert not named(golden_findings(scene(worse, settled=False)), "errors").worse


@pytest.mark.parametrize("signal", ["errors", "latency", "traffic"])
def test_a_handful_of_requests_is_too_little_to_tell_and_is_waited_for(signal: str) -> None:
    past, few = window(Stream.PAST, 120, requests=0.4), window(Stream.NOW, 1, requests=0.4)
    found = named(golden_findings(scene(few, past=past)), signal)
    assert (found.check.passed, found.waiting) == (None, True)
    assert "too little to tell" in found.check.sentence


def test_a_service_nobody_calls_has_no_traffic() -> None:
    found = golden_findings(scene(silence(Stream.NOW, 20)))
    assert (named(found, "traffic").check.passed, named(found, "traffic").no_traffic) == (False, True)
    assert all(each.no_traffic for each in found if each.required and each.check.passed is not True)


def test_traffic_that_the_step_itself_took_away_is_worse() -> None:
    silent = silence(Stream.NOW, 20)
    lost = window(Stream.DURING, 60, requests=1.0)
    assert named(golden_findings(scene(silent)), "traffic").worse
    assert not named(golden_findings(scene(silent, settled=False)), "traffic").worse
    assert not named(golden_findings(scene(silent, during=lost)), "traffic").worse


def test_where_there_was_no_traffic_before_any_traffic_is_traffic_and_errors_are_held_against_none() -> None:
    idle = silence(Stream.PAST, 120)
    good = golden_findings(scene(window(Stream.NOW, 30), past=idle))
    bad = golden_findings(scene(window(Stream.NOW, 30, errors=0.1), past=idle))
    assert named(good, "traffic").check.passed is True
    assert named(good, "errors").check.passed is True
    assert named(bad, "errors").check.passed is False


def without_failures(each: Window) -> Window:
    return replace(each, readings=replace(each.readings, failed=EMPTY))


def test_a_service_that_never_failed_is_held_to_it_though_it_has_no_failed_series() -> None:
    clean = scene(without_failures(window(Stream.NOW, 30)), past=without_failures(window(Stream.PAST, 120)),
                  during=without_failures(window(Stream.DURING, 20)))  # fmt: skip
    assert named(golden_findings(clean), "errors").check.passed is True
    failing = replace(clean, now=window(Stream.NOW, 30, errors=0.1))
    assert named(golden_findings(failing), "errors").check.passed is False
    uncounted = golden_findings(replace(clean, tells_failures=False))
    assert not any(each.check.name.startswith("errors") for each in uncounted)


def test_a_latency_of_which_nothing_was_known_before_is_not_known_now() -> None:
    idle = silence(Stream.PAST, 120)
    found = named(golden_findings(scene(window(Stream.NOW, 30), past=idle)), "latency")
    assert (found.check.passed, found.required) == (None, True)
    stated = replace(scene(window(Stream.NOW, 30), past=idle), slowest=0.5)
    assert named(golden_findings(stated), "latency").check.passed is True


def test_a_service_without_signals_has_no_findings() -> None:
    nothing = [Window(Readings(), stream, 10.0, 10.0, 20.0) for stream in Stream]
    assert golden_findings(Scene("x", nothing[0], nothing[1], nothing[2], 60.0, True)) == ()


def test_a_saturation_that_nobody_can_tell_is_not_asked_for() -> None:
    now = window(Stream.NOW, 4)
    found = named(golden_findings(scene(now)), "saturation")
    assert (found.check.passed, found.required) == (None, False)


def test_the_healthy_past_ends_where_the_fault_began_though_the_alert_came_later() -> None:
    failing = np.r_[np.zeros(80), np.full(20, 20.0)]
    past = Readings(series(np.full(100, 50.0)), series(failing))
    assert healthy_past(past, began_by=1e9).failed.times[-1] == 790.0
    assert healthy_past(past, began_by=500.0).failed.times[-1] == 490.0


def test_the_healthy_past_ends_where_requests_became_slow() -> None:
    slowing = histogram(np.full(100, 50.0), np.r_[np.full(80, 0.1), np.full(20, 1.0)])
    past = Readings(requests=series(np.full(100, 50.0)), buckets=slowing)
    assert healthy_past(past, began_by=1e9).requests.times[-1] == 790.0


def test_a_shift_long_ago_is_a_past_that_was_overcome() -> None:
    old = np.r_[np.full(20, 1.0), np.full(80, 0.1)]
    past = Readings(latency=series(old))
    assert len(healthy_past(past, began_by=1e9).latency) == 100


def test_a_bin_in_which_counting_began_is_left_out() -> None:
    past = Readings(requests=series(np.full(10, 50.0)), failed=series(np.zeros(10)))
    assert past.after_the_first_bin().requests.times[0] == 10.0
    assert len(Readings(requests=series([1.0])).after_the_first_bin().requests) == 0
