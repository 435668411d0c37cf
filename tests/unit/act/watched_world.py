"""A shop as Prometheus, Kubernetes and Loki would show it, as functions of time, for the verifier to watch."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from act_world import INCIDENT, TARGET, Stage, World, plan_of, step
from pydantic import JsonValue

from sre_agent.domain.alert import Alert, AlertStatus
from sre_agent.domain.frozen import JsonObject
from sre_agent.domain.plan import Call, Plan, StepRecord, StepState
from sre_agent.domain.verification import Check, Verification
from sre_agent.errors import ToolNotConfigured
from sre_agent.ports.run import Limits, Run
from sre_agent.ports.toolbox import Right, ToolAnswer

EXPR = (
    'sum by (namespace, service) (rate(http_requests_total{code=~"5.."}[1m])) '
    "/ sum by (namespace, service) (rate(http_requests_total[1m])) > 0.05"
)
URL = "http://p/graph?g0.expr=" + EXPR.replace("+", "%2B").replace(" ", "+").replace('"', "%22")
RATE = 'sum(rate(http_requests_total{service="checkout"}[20s]))'
FAILED = f'(sum(rate(http_requests_total{{code=~"5..",service="checkout"}}[20s])) or 0 * {RATE})'
LATENCY = "histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket[20s])))"
BUSY = "sum by (pod) (http_server_active_requests) / (sum by (pod) (http_server_workers) > 0)"

EDGES = ("0.05", "0.1", "0.25", "0.5", "1", "2.5", "+Inf")

At = Callable[[float], float | None]
"""A signal at a Unix time; None: no such series then."""


@dataclass
class Watched(World):
    """Signals relative to the moment of the step's end (0 s). The fault begins 400 s before, the alert fires at -300 s."""

    errors: At = lambda t: 0.4 if -400 < t < 5 else 0.001
    latency: At = lambda t: 0.9 if -400 < t < 5 else 0.1
    traffic: At = lambda t: 60.0
    busy: At = lambda t: 0.3
    desired: int = 2
    ready: int = 2
    ready_at: float = 4.0
    restart_at: float | None = None
    signatures: list[JsonValue] = field(default_factory=list)
    has_loki: bool = True
    lines: list[str] = field(default_factory=list)
    probe: At = lambda t: None
    has_golden: bool = True
    down: bool = False
    exporter_up: bool = True
    zero: float = 0.0
    scrape: float = 1.0
    asked: list[Call] = field(default_factory=list)

    async def call(self, call: Call, *, limit: timedelta, right: Right | None = None) -> ToolAnswer:
        self.asked.append(call)
        if self.down and call.server == "prometheus":
            raise ToolNotConfigured("no prometheus")
        answer = getattr(self, f"_{call.tool}")(call.arguments)
        return ToolAnswer(content=answer, taken_at=self.clock.now(), took=timedelta())

    def _signal(self, promql: str) -> tuple[At, dict[str, str]]:
        labels = {"namespace": "shop", "service": "checkout"}
        if promql.startswith("max(count_over_time"):
            over = float(re.findall(r"\[(\d+)ms\]", promql)[0]) / 1000
            return (lambda t: over / self.scrape), {}
        if promql.startswith("count"):
            return (lambda t: 10.0), {"job": "shop"}
        if promql.startswith("up{"):
            return (lambda t: 1.0 if self.exporter_up else None), {"job": "shop"}
        if "> 0.05" in promql:
            return (lambda t: e if (e := self._share(t)) is not None and e > 0.05 else None), labels
        if "by (namespace, service)" in promql:
            return self._share, labels
        if "histogram_quantile" in promql:
            return self.latency, {}
        if promql.startswith("max("):
            return self.busy, {}
        return (self._failed if "5.." in promql else self.traffic), {}

    def _share(self, t: float) -> float | None:
        return self.errors(t) if self.traffic(t) else None

    def _failed(self, t: float) -> float | None:
        traffic, errors = self.traffic(t), self.errors(t)
        return None if traffic is None or errors is None else traffic * errors

    def _value(self, at: At, time: float) -> float | None:
        relative = time - self.zero
        value = at(relative)
        return (
            None
            if value is None
            else value * (1 + 0.04 * math.sin(relative * 1.7) * math.cos(relative * 0.37))
        )

    def _counts(self, promql: str) -> list[tuple[At, dict[str, str]]]:
        """How much counters grew in each bin; of a histogram whose 95th percentile is `latency`."""
        reach, share = re.findall(r"increase\(.*?\[(\d+)ms\]\) \* ([\d.]+)", promql)[0]
        width = float(reach) * float(share) / 1000
        if "_bucket" not in promql:
            return [(self._grown(self._failed if "5.." in promql else self.traffic, width), {})]
        return [(self._grown(self._faster_than(edge), width), {"le": edge}) for edge in EDGES]

    @staticmethod
    def _grown(rate: At, width: float) -> At:
        return lambda t: None if (per_second := rate(t - width / 2)) is None else per_second * width

    def _faster_than(self, edge: str) -> At:
        def rate(t: float) -> float | None:
            traffic, tail = self.traffic(t), self.latency(t)
            if traffic is None or tail is None:
                return None
            return traffic * (1 - 0.05 ** (float(edge) / tail))

        return rate

    def _query_range(self, asked: JsonObject) -> JsonObject:
        promql = str(asked["promql"])
        signals = self._counts(promql) if "increase(" in promql else [self._signal(promql)]
        start, end, step_ = (float(str(asked[name])) for name in ("start", "end", "step_seconds"))
        times = np.arange(start, end + 1e-6, step_)
        told: list[JsonValue] = []
        for signal, labels in signals:
            found = [(time, self._value(signal, float(time))) for time in times]
            values: list[JsonValue] = [[float(t), str(value)] for t, value in found if value is not None]
            told += [{"metric": {**labels}, "values": values}] if values else []
        return {"series": told}

    def _query(self, asked: JsonObject) -> JsonObject:
        promql, probed = str(asked["promql"]), {"instance": "https://checkout.shop.svc:8443/ready"}
        signal, labels = (self.probe, probed) if "probe_success" in promql else self._signal(promql)
        time = float(str(asked["time"]))
        value = self._value(signal, time)
        return {"series": [] if value is None else [{"metric": {**labels}, "value": [time, str(value)]}]}

    def _alert_rule(self, asked: JsonObject) -> JsonObject:
        return {
            "rules": [
                {"name": asked["alertname"], "expr": EXPR, "for_seconds": 30, "labels": {"severity": "x"}}
            ]
        }

    def _rules_about(self, asked: JsonObject) -> JsonObject:
        return {"rules": []}

    def _golden_signals(self, asked: JsonObject) -> JsonObject:
        told = {"latency": LATENCY, "traffic": RATE, "errors": f"{FAILED} / {RATE}", "saturation": BUSY}
        signals: list[JsonValue] = [
            {"signal": name, "what": f"p95 {name}", "query": query} for name, query in told.items()
        ]
        return {"signals": signals if self.has_golden else []}

    def _moment(self, seconds: float) -> str:
        return datetime.fromtimestamp(self.zero + seconds, UTC).isoformat()

    def _get_object(self, asked: JsonObject) -> JsonObject:
        status: JsonObject = {
            "observedGeneration": 2, "updatedReplicas": self.ready, "readyReplicas": self.ready,
        }  # fmt: skip
        spec: JsonObject = {"replicas": self.desired, "selector": {"matchLabels": {"app": "checkout"}}}
        return {"object": {"metadata": {"generation": 2}, "spec": spec, "status": status}}

    def _list_objects(self, asked: JsonObject) -> JsonObject:
        conditions: JsonValue = [
            {"type": "Ready", "status": "True", "lastTransitionTime": self._moment(self.ready_at)}
        ]
        status: dict[str, Any] = {"phase": "Running", "conditions": conditions, "containerStatuses": []}
        if self.restart_at is not None:
            ended = {"terminated": {"finishedAt": self._moment(self.restart_at)}}
            status["containerStatuses"] = [{"restartCount": 1, "lastState": ended}]
        return {"items": [{"metadata": {"name": "checkout-1"}, "status": status}]}

    def _error_signatures(self, asked: JsonObject) -> JsonObject:
        if not self.has_loki:
            raise ToolNotConfigured("no loki")
        return {"signatures": self.signatures}

    def _topology(self, asked: JsonObject) -> JsonObject:
        workload: JsonObject = {"kind": "Deployment", "name": "checkout", "pods": ["shop/checkout-1"]}
        return {"workloads": [workload], "services": []}

    def _get_pod_logs(self, asked: JsonObject) -> JsonObject:
        return {"lines": [*self.lines]}


LIMITS = Limits(
    settle=timedelta(seconds=30),
    verify_time=timedelta(seconds=180),
    poll=timedelta(seconds=4),
    baseline=timedelta(minutes=20),
    rate_window=timedelta(seconds=20),
)


async def watched(
    world: Watched, *, plan: Plan | None = None, limits: Limits = LIMITS, waited: float = 300
) -> tuple[Stage, Run]:
    """A stage whose plan is carried out now, an alert that fired 300 s ago, and a run that may verify it."""
    stage = Stage(plan or plan_of(step(0)), world=world, limits=limits, approval_hours=1000)
    now = stage.clock.now()
    world.zero = now.timestamp()
    alert = Alert(
        fingerprint="f", status=AlertStatus.FIRING, starts_at=now - timedelta(seconds=waited), generator_url=URL,
        labels={"alertname": "HighErrors", "namespace": "shop", "service": "checkout", "severity": "critical"},
    )  # fmt: skip
    run = await stage.set(alerts=(alert,))
    record = StepRecord(
        incident_id=INCIDENT, plan_digest=stage.plan.digest, index=0, key=stage.plan.steps[0].key,
        state=StepState.DONE, fence=1, at=now, result={"changed": True},
    )  # fmt: skip
    await stage.write(steps=(record,))
    return stage, run


def check(verification: Verification, start: str) -> Check:
    return next(each for each in verification.checks if each.name.startswith(start))


__all__ = ["EXPR", "LIMITS", "TARGET", "Watched", "check", "watched"]
