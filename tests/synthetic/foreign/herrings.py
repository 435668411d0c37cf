"""What else was going on beside an incident and has nothing to do with it, in each kind of source; imports no rule."""

from __future__ import annotations

from datetime import timedelta

from tests.synthetic.foreign.sheet import Make, Sheet, alert, changed, event, gauge, log, on, pods
from tests.synthetic.harbour.place import NOW, stamp

WEEK = NOW - timedelta(days=9)


def _crash_loop(sheet: Sheet) -> None:
    """A team's experiment that has crashed for nine days, in its own namespace."""
    ended = {
        "exitCode": 1,
        "reason": "Error",
        "startedAt": stamp(NOW - timedelta(minutes=4)),
        "finishedAt": stamp(NOW - timedelta(minutes=4)),
    }
    pods(
        "ab-test-runner",
        "sandbox-nina",
        many=1,
        waiting="CrashLoopBackOff",
        words="back-off 5m0s restarting failed container",
        ended=ended,
        restarts=2588,
        age=timedelta(days=9),
    )(sheet)
    if "events" in sheet.lists:
        on(
            "ab-test-runner",
            "BackOff",
            "Back-off restarting failed container app in pod {pod}",
            first=WEEK,
            count=61203,
        )(sheet)


def _old_eviction(sheet: Sheet) -> None:
    pods(
        "thumbnailer",
        "media",
        many=1,
        phase="Failed",
        reason="Evicted",
        words="The node was low on resource: ephemeral-storage. ",
        age=timedelta(days=12),
    )(sheet)


def _noisy_alert(sheet: Sheet) -> None:
    """A warning that has fired for weeks and that nobody reads."""
    alert(
        "KubeCPUOvercommit",
        "Cluster has overcommitted CPU resource requests for Pods by 3.1 CPU shares and cannot tolerate node failure.",
        severity="warning",
    )(sheet)
    sheet.told[-1]["startsAt"] = stamp(WEEK)


def _watchdog(sheet: Sheet) -> None:
    alert(
        "Watchdog",
        "This is an alert meant to ensure that the entire alerting pipeline is functional.",
        "vector(1)",
        severity="none",
    )(sheet)
    sheet.told[-1]["startsAt"] = stamp(WEEK)


def _benign_release(sheet: Sheet) -> None:
    changed(
        "styleguide",
        "docs: fix typo in button guidelines",
        minutes=4,
        diff="--- a/README.md\n+++ b/README.md\n@@\n-primry\n+primary\n",
        revision="aa01bd9",
    )(sheet)


def _pull_of_another(sheet: Sheet) -> None:
    for words in ("Readiness probe failed: HTTP probe failed with statuscode: 503",):
        event(
            "Pod",
            "intranet",
            "wiki-6b8d7c5f9-x2x4z",
            "Unhealthy",
            words,
            at=NOW - timedelta(hours=5),
            first=NOW - timedelta(hours=5),
            count=1,
        )(sheet)


def _steady_series(sheet: Sheet) -> None:
    gauge("kube_job_status_failed", 1, namespace="reports", job_name="monthly-2027-01")(sheet)
    gauge("up", 0, job="printer-exporter", instance="10.99.1.7:9100")(sheet)


def _chatter(sheet: Sheet) -> None:
    log(
        "wiki",
        '[{j}] WARN  (main) deprecated option "use_ssl" is ignored, use "tls"',
        "[{j}] INFO  (main) 204 GET /ping",
        space="intranet",
        every=90,
    )(sheet)


def beside(sheet: Sheet, number: int) -> None:
    """Two disturbances, of kinds that the sheet's tools record at all."""
    able: list[Make] = []
    if "pods" in sheet.lists:
        able += [_crash_loop, _old_eviction]
    if "events" in sheet.lists:
        able.append(_pull_of_another)
    if sheet.told:
        able += [_noisy_alert, _watchdog]
    if sheet.metrics:
        able.append(_steady_series)
    if sheet.lines:
        able.append(_chatter)
    able.append(_benign_release)
    for turn in range(2):
        able[(number + turn) % len(able)](sheet)
