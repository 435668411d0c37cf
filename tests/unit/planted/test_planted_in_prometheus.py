"""A secret in a label, an annotation, a scrape error or a silence is told by no tool of the Prometheus server."""

from __future__ import annotations

from typing import Any

import pytest

from mcp_servers.kit.toolset import Toolset
from mcp_servers.prometheus.client import Result
from mcp_servers.prometheus.server import toolset
from tests.unit.mcp_prometheus.fake_prometheus import SYSTEM, FakePrometheus
from tests.unit.planted.planting import Row, check

DAY = {"start": 1_769_846_400, "end": 1_769_850_000}
BEFORE = {"baseline_start": 1_769_760_000, "baseline_end": 1_769_763_600}
LABELS = {"__name__": "up", "pod": "cart-1", "note": "§"}
RANGE = [{"metric": LABELS, "values": [[1_769_846_400, "1"], [1_769_846_460, "2"]]}]
RULE = {
    "name": "Down",
    "query": 'up{note="§"}',
    "duration": 60,
    "labels": {"team": "§"},
    "annotations": {"description": "§", "runbook_url": "https://x/§"},
    "state": "firing",
    "health": "err",
    "lastError": "§",
}
ALERT = {
    "labels": {"alertname": "Down", "note": "§"},
    "annotations": {"summary": "§"},
    "state": "firing",
    "value": "1",
}

ROWS = (
    Row(
        "query", {"instant": [{"metric": LABELS, "value": [1, "1"]}], "warnings": ["§"]}, {"promql": "up"}, 2
    ),
    Row("query_range", {"ranges": RANGE, "warnings": ["§"]}, {"promql": "up", **DAY}, 2),
    Row("compare_window", {"ranges": RANGE}, {"promql": "up", **DAY, **BEFORE}),
    Row("alert_rule", {"groups_given": [{"name": "§", "rules": [RULE]}]}, {"alertname": "Down"}, 6),
    Row(
        "rules_about",
        {"groups_given": [{"name": "g", "rules": [{**RULE, "query": "up"}]}]},
        {"metric": "up"},
        4,
    ),
    Row("active_alerts", {"alerts_given": [ALERT]}, {}, 2),
    Row(
        "alert_history",
        {"ranges": [{"metric": {"alertname": "Down", "note": "§"}, "values": [[1_769_846_400, "1"]]}]},
        {"alertname": "Down", **DAY},
    ),
    Row(
        "targets",
        {
            "targets_given": [
                {
                    "labels": {"job": "§"},
                    "health": "down",
                    "lastError": "§",
                    "scrapeUrl": "http://x/metrics?q=§",
                }
            ]
        },
        {},
        3,
    ),
    Row(
        "golden_signals",
        {
            "series_given": [
                {"__name__": "http_requests_total", "service": "cart", "code": "500", "note": "§"}
            ],
            "ranges": [{"metric": {"code": "§"}, "values": [[1_769_846_400, "1"]]}],
            "warnings": ["§"],
        },
        {"service": "cart", **DAY},
    ),
    Row("find_series", {"series_given": [LABELS]}, {"matchers": ["up"], **DAY}),
    Row(
        "silences",
        {"silences_given": [{"comment": "§", "createdBy": "§", "status": {"state": "active"}}]},
        {},
        2,
    ),
    Row(
        "alert_states",
        {
            "states_given": [
                {
                    "fingerprint": "f",
                    "labels": {"note": "§"},
                    "status": {"state": "suppressed", "mutedBy": ["§"]},
                }
            ]
        },
        {},
        2,
    ),
)


def served(says: dict[str, Any]) -> Toolset:
    fake, warnings = FakePrometheus(), tuple(says.pop("warnings", ()))
    for name, answer in says.items():
        if name in ("instant", "ranges"):
            setattr(fake, name, _Any(Result(answer, warnings)))
        else:
            setattr(fake, name.removesuffix("_given") if name == "groups_given" else name, answer)
    return toolset(fake, SYSTEM)


class _Any(dict[str, Result]):
    """The same answer to every question."""

    def __init__(self, result: Result) -> None:
        super().__init__()
        self.result = result

    def get(self, *_: object) -> Result:  # type: ignore[override]
        return self.result


@pytest.mark.promise("KEEP-4")
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.tool)
async def test_no_tool_of_prometheus_tells_a_planted_secret(
    row: Row, caplog: pytest.LogCaptureFixture
) -> None:
    await check(row, served, caplog)


def test_every_tool_of_prometheus_has_a_row() -> None:
    tools = set(toolset(FakePrometheus(), SYSTEM).tools)
    assert tools == {row.tool for row in ROWS}
