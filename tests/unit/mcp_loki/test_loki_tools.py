"""The Loki tools over a small Loki of our own: what they ask, what they answer, what they refuse."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from mcp_servers.kit.errors import Code, ToolError
from mcp_servers.kit.upstream import Upstream
from mcp_servers.loki import asks, logql, search
from mcp_servers.loki.client import Params
from mcp_servers.loki.server import Loki, toolset

SYSTEM = Upstream("Loki", "http://loki:3100", "LOKI_URL", "LOKI_TOKEN_FILE")
SECOND = 1_000_000_000


class FakeLoki:
    """Holds lines of one stream; knows counts, one `|=` filter, and the wide trouble filter."""

    def __init__(self, lines: list[tuple[int, str]]) -> None:
        self.lines = lines
        self.asked: list[dict[str, Any]] = []
        self.names = ["app", "namespace"]

    async def query_range(self, params: Params) -> dict[str, Any]:
        self.asked.append(dict(params))
        query, begin, finish = str(params["query"]), int(params["start"]), int(params["end"])
        counted = re.search(r"count_over_time\((.*) \[(\d+)s\]\)", query)
        if counted:
            begin = finish - int(counted[2]) * SECOND
        found = [(when, text) for when, text in self.lines if begin <= when <= finish]
        wanted = re.search(r"\|= `([^`]*)`", query)
        if wanted:
            found = [(when, text) for when, text in found if wanted[1] in text]
        if "|~" in query:
            found = [(when, text) for when, text in found if "error" in text]
        if counted:
            value = [finish / SECOND, str(len(found))]
            return {"resultType": "matrix", "result": [{"metric": {}, "values": [value]}] if found else []}
        page = sorted(found, reverse=params["direction"] == "backward")[: int(params["limit"])]
        values = [[str(when), text] for when, text in page]
        return {
            "resultType": "streams",
            "result": [{"stream": {"app": "cart"}, "values": values}] if values else [],
        }

    async def labels(self, name: str, params: Params) -> list[str]:
        self.asked.append({"labels": name, **params})
        return ["cart", "pay"] if name else self.names


def line(level: str, text: str) -> str:
    return json.dumps({"level": level, "msg": text})


async def test_lines_come_newest_first_with_times_to_the_nanosecond() -> None:
    api = FakeLoki([(SECOND + 5, "a"), (2 * SECOND, "b")])
    answer = await Loki(api).query_logs(asks.QueryLogs(logql='{app="cart"}', start=0, end=10, limit=2))
    assert answer.streams[0].lines == [
        ("1970-01-01T00:00:02.000000000Z", "b"),
        ("1970-01-01T00:00:01.000000005Z", "a"),
    ]
    assert answer.truncated


async def test_a_metric_query_is_sent_to_the_other_tool() -> None:
    api = FakeLoki([(SECOND, "a")])
    with pytest.raises(ToolError, match="not log lines") as caught:
        await Loki(api).query_logs(
            asks.QueryLogs(logql='sum (count_over_time({app="cart"} [10s]))', start=0, end=10)
        )
    assert "volume" in caught.value.try_next


async def test_new_trouble_is_told_from_old_by_the_baseline() -> None:
    old = [(n * SECOND, line("error", f"cache {n} lost")) for n in range(1, 50)]
    new = [(n * SECOND, line("error", f"order {n} refused by bank")) for n in range(100, 140)]
    fine = [(n * SECOND, line("info", "ok")) for n in range(1, 140)]
    answer = await Loki(FakeLoki(old + new + fine)).error_signatures(
        asks.ErrorSignatures(selector='{app="cart"}', start=99, end=200, baseline_start=0, baseline_end=98)
    )
    assert [(one.template, one.new, one.count) for one in answer.signatures] == [
        ("order <*> refused by bank", True, 40)
    ]
    assert not answer.truncated
    assert answer.lines_read == 40 + 41 + 49 + 98


async def test_a_window_of_many_lines_is_read_by_its_words_of_trouble_and_it_is_said() -> None:
    many = [(n, line("info", "ok")) for n in range(1, search.MOST_LINES + 2)]
    api = FakeLoki([*many, (SECOND, line("error", "boom"))])
    answer = await Loki(api).error_signatures(asks.ErrorSignatures(selector='{app="cart"}', start=0, end=10))
    assert answer.lines_read == 1
    assert answer.signatures[0].template == "boom"
    assert "more than 20,000 lines" in answer.notes[0]


async def test_pages_overlap_by_one_moment_and_no_line_is_read_twice_or_lost() -> None:
    lines = [(n // 3, line("error", f"boom {n} of many")) for n in range(3, 3 * 4000)]
    answer = await Loki(FakeLoki(lines)).error_signatures(
        asks.ErrorSignatures(selector='{app="cart"}', start=0, end=10)
    )
    assert answer.lines_read == len(lines)
    assert answer.signatures[0].count == len(lines)


async def test_where_the_baseline_was_too_long_to_read_its_words_are_counted_instead(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(search, "PAGE", 10)
    monkeypatch.setattr(search, "MOST_LINES", 20)
    before = [(n, line("error", f"old trouble {n}")) for n in range(1, 60)]
    late = [(100 * SECOND - 1, line("error", "known trouble of the late hour"))]
    now = [
        (200 * SECOND, line("error", "known trouble of the late hour")),
        (201 * SECOND, line("error", "unseen trouble today")),
    ]
    answer = await Loki(FakeLoki(before + late + now)).error_signatures(
        asks.ErrorSignatures(selector='{app="cart"}', start=150, end=300, baseline_start=0, baseline_end=100)
    )
    told = {one.template: (one.new, one.baseline_count) for one in answer.signatures}
    assert told == {"unseen trouble today": (True, 0), "known trouble of the late hour": (False, 1)}
    assert answer.truncated


@pytest.mark.parametrize(
    "selector",
    [
        '{app="a"} [5m]) or count_over_time({app="b"}',
        '{app="a"',
        "{}",
        'sum({app="a"})',
        '{app="a"} | json',
        '{app="a"}) + vector(1',
        "{app=a}",
    ],
)
def test_a_selector_that_is_more_or_less_than_one_is_refused(selector: str) -> None:
    with pytest.raises(ToolError) as caught:
        logql.checked(selector)
    assert caught.value.code is Code.INVALID_ARGUMENT


@pytest.mark.parametrize(
    "selector",
    ['{app="a"}', '{app="a", ns=~"x|}y"} |= "{" !~ `b"`', ' { app != "q\\"uote" } '],
)
def test_a_selector_with_line_filters_is_taken(selector: str) -> None:
    assert logql.checked(selector) == selector.strip()


async def test_volume_shows_its_query_and_refuses_too_fine_a_step() -> None:
    api = FakeLoki([(SECOND, "a")])
    answer = await Loki(api).volume(
        asks.Volume(selector='{app="cart"}', start=0, end=600, step_seconds=60, by="app, pod")
    )
    assert answer.query == 'sum by (app, pod) (count_over_time({app="cart"} [60s]))'
    with pytest.raises(ToolError, match="points a series"):
        await Loki(api).volume(asks.Volume(selector='{app="cart"}', start=0, end=864_000, step_seconds=1))
    with pytest.raises(ValueError, match="pattern"):
        asks.Volume(selector='{app="cart"}', start=0, end=60, by="a) or (b")


async def test_labels_and_the_values_of_one() -> None:
    hand = Loki(FakeLoki([]))
    assert (await hand.labels(asks.LabelsAsk())).labels == ["app", "namespace"]
    assert (await hand.labels(asks.LabelsAsk(name="app"))).values == ["cart", "pay"]
    with pytest.raises(ValueError, match="pattern"):
        asks.LabelsAsk(name="../../admin")


async def test_half_a_baseline_is_refused() -> None:
    with pytest.raises(ToolError, match="without the other"):
        await Loki(FakeLoki([])).error_signatures(
            asks.ErrorSignatures(selector='{app="cart"}', start=5, end=10, baseline_start=0)
        )


def test_every_tool_of_the_server_only_reads() -> None:
    tools = toolset(FakeLoki([]), SYSTEM)
    tools.check()
    assert not tools.write_names
    assert set(tools.tools) == {"query_logs", "error_signatures", "volume", "labels"}
