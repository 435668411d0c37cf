"""What Loki must answer: one suite for the lab's understudy and for a real Loki.

The lab's server runs it in `make test`. For the real one: `LOKI_CONTRACT_URL=http://loki:3100` (single tenant, no
authentication). It pushes a dozen lines with the label `contract="<random>"` and asks for them.
"""

from __future__ import annotations

import time
import uuid
from typing import Any

import httpx
import pytest

Json = dict[str, Any]
SECOND = 10**9
LINES = [
    '{"level":"info","msg":"served","took":12,"peer":{"name":"db"}}',
    '{"level":"error","msg":"refused","took":250,"peer":{"name":"db"}}',
    "not json at all",
    '{"level":"error","msg":"refused","took":900,"tags":["a"]}',
]


class LokiContract:
    """The fixture `loki` (a client whose base address is `…/loki/api/v1`) comes from the runner."""

    @pytest.fixture
    def mark(self, loki: httpx.Client) -> str:
        """Four lines, one a second, in stream `app=a`; the first of them also in `app=b`."""
        mark, now = uuid.uuid4().hex, time.time_ns() - 60 * SECOND
        values = [[str(now + i * SECOND), line] for i, line in enumerate(LINES)]
        streams = [
            {"stream": {"contract": mark, "app": "a"}, "values": values},
            {"stream": {"contract": mark, "app": "b"}, "values": values[:1]},
        ]
        assert loki.post("/push", json={"streams": streams}).status_code == 204
        return mark

    def ask(self, loki: httpx.Client, query: str, **parameters: Any) -> Json:
        answer = loki.get("/query_range", params={"query": query, **parameters})
        assert answer.status_code == 200, answer.text
        return dict(answer.json()["data"])

    def lines(self, data: Json) -> list[str]:
        entries = [entry for stream in data["result"] for entry in stream["values"]]
        return [line for _, line in sorted(entries)]

    def test_lines_come_newest_first_and_no_more_than_asked(self, loki: httpx.Client, mark: str) -> None:
        data = self.ask(loki, f'{{contract="{mark}", app="a"}}', limit=2)
        assert data["resultType"] == "streams"
        (stream,) = data["result"]
        assert [line for _, line in stream["values"]] == [LINES[3], LINES[2]]
        assert (stream["stream"]["contract"], stream["stream"]["app"]) == (mark, "a")

    def test_forward_begins_with_the_oldest(self, loki: httpx.Client, mark: str) -> None:
        data = self.ask(loki, f'{{contract="{mark}", app="a"}}', limit=1, direction="forward")
        assert self.lines(data) == [LINES[0]]

    def test_the_end_is_not_part_of_the_window(self, loki: httpx.Client, mark: str) -> None:
        data = self.ask(loki, f'{{contract="{mark}", app="a"}}')
        times = sorted(int(at) for stream in data["result"] for at, _ in stream["values"])
        inner = self.ask(loki, f'{{contract="{mark}", app="a"}}', start=times[1], end=times[3])
        assert self.lines(inner) == [LINES[1], LINES[2]]

    @pytest.mark.parametrize(
        ("pipeline", "kept"),
        [
            ('|= "refused"', [1, 3]),
            ('!= "refused"', [0, 2]),
            ('|~ "serv|not"', [0, 2]),
            ('!~ "serv|not"', [1, 3]),
            ('|= "served" or "not json"', [0, 2]),
            ('| json | level="error"', [1, 3]),
            ('| json | level=~"err.*", took > 300', [3]),
            ("| json | took >= 250 and took < 900", [1]),
            ('| json | level="info" or took > 800', [0, 3]),
            ('| json | __error__=""', [0, 1, 3]),
            ('| json | __error__!=""', [2]),
            ('| json | peer_name="db"', [0, 1]),
        ],
    )
    def test_a_pipeline_keeps_the_right_lines(
        self, loki: httpx.Client, mark: str, pipeline: str, kept: list[int]
    ) -> None:
        data = self.ask(loki, f'{{contract="{mark}", app="a"}} {pipeline}')
        assert self.lines(data) == sorted((LINES[i] for i in kept), key=LINES.index)

    def test_parsed_fields_become_labels_of_the_stream(self, loki: httpx.Client, mark: str) -> None:
        data = self.ask(loki, f'{{contract="{mark}", app="a"}} | json | took=900')
        (stream,) = data["result"]
        assert stream["stream"]["level"] == "error"
        assert "tags" not in stream["stream"]

    def test_counts_are_summed_by_what_is_asked(self, loki: httpx.Client, mark: str) -> None:
        query = f'sum by (app) (count_over_time({{contract="{mark}"}}[5m]))'
        answer = loki.get("/query", params={"query": query}).json()["data"]
        assert answer["resultType"] == "vector"
        counts = {item["metric"]["app"]: item["value"][1] for item in answer["result"]}
        assert counts == {"a": "4", "b": "1"}

    def test_a_rate_is_a_count_by_the_second(self, loki: httpx.Client, mark: str) -> None:
        query = f'sum(rate({{contract="{mark}", app="a"}}[100s]))'
        (item,) = loki.get("/query", params={"query": query}).json()["data"]["result"]
        assert item["metric"] == {}
        assert float(item["value"][1]) == pytest.approx(0.04)

    def test_bytes_are_counted_too(self, loki: httpx.Client, mark: str) -> None:
        query = f'bytes_over_time({{contract="{mark}", app="b"}}[5m])'
        (item,) = loki.get("/query", params={"query": query}).json()["data"]["result"]
        assert item["value"][1] == str(len(LINES[0]))

    def test_topk_keeps_the_largest(self, loki: httpx.Client, mark: str) -> None:
        query = f'topk(1, sum by (app) (count_over_time({{contract="{mark}"}}[5m])))'
        (item,) = loki.get("/query", params={"query": query}).json()["data"]["result"]
        assert item["metric"] == {"app": "a"}

    def test_a_range_of_a_metric_is_a_matrix_with_a_point_for_each_step(
        self, loki: httpx.Client, mark: str
    ) -> None:
        now = time.time_ns()
        query = f'sum(count_over_time({{contract="{mark}", app="a"}}[5m]))'
        data = self.ask(loki, query, start=now - 30 * SECOND, end=now, step="10s")
        assert data["resultType"] == "matrix"
        assert [value for _, value in data["result"][0]["values"]] == ["4"] * 4

    def test_labels_values_and_series_tell_what_there_is(self, loki: httpx.Client, mark: str) -> None:
        selector = f'{{contract="{mark}"}}'
        assert {"app", "contract"} <= set(loki.get("/labels", params={"query": selector}).json()["data"])
        assert loki.get("/label/app/values", params={"query": selector}).json()["data"] == ["a", "b"]
        series = loki.get("/series", params={"match[]": selector}).json()["data"]
        assert sorted(item["app"] for item in series) == ["a", "b"]

    @pytest.mark.parametrize(
        ("query", "said"),
        [
            ('{app="a"', "parse error at line 1, col 9: syntax error: unexpected $end"),
            ("{app=a}", "parse error at line 1, col 6: syntax error: unexpected IDENTIFIER"),
            ('{app="a"} | json |', "syntax error: unexpected $end"),
            ('{app=~".*"}', "queries require at least one regexp or equality matcher"),
            ("{}", "queries require at least one regexp or equality matcher"),
            ('count_over_time({app="a"})', "syntax error: unexpected )"),
            ('unk({ foo = "bar" }[5m])', "parse error at line 1, col 1: syntax error: unexpected IDENTIFIER"),
            ('rate({ foo = "bar" }[5minutes])', 'not a valid duration string: "5minutes"'),
            ('rate({ foo = "bar" }[5)', "missing closing ']' in duration"),
            ('min({ foo = "bar" }[5m])', "syntax error: unexpected RANGE"),
            ('max({ foo = "bar" })', "parse error at line 1, col 20: syntax error: unexpected )"),
            ('topk(count_over_time({ foo = "bar" }[5h]))', "parameter required for operation topk"),
            ('{app=~"("}', "error parsing regexp"),
            ('sum({app="a"})', "parse error"),
        ],
    )
    def test_a_wrong_query_is_a_400_that_says_where(self, loki: httpx.Client, query: str, said: str) -> None:
        answer = loki.get("/query_range", params={"query": query})
        assert answer.status_code == 400
        assert said in answer.text

    def test_a_log_query_is_no_instant_query(self, loki: httpx.Client) -> None:
        answer = loki.get("/query", params={"query": '{app="a"}'})
        assert answer.status_code == 400
        assert "not supported as an instant query type" in answer.text

    def test_too_much_at_once_is_refused(self, loki: httpx.Client) -> None:
        many = loki.get("/query_range", params={"query": '{app="a"}', "limit": 5001})
        assert (many.status_code, "max entries limit" in many.text) == (400, True)
        fine = loki.get("/query_range", params={"query": 'rate({app="a"}[1m])', "step": "0.1"})
        assert (fine.status_code, "exceeded maximum resolution" in fine.text) == (400, True)

    def test_a_metric_over_lines_that_cannot_be_parsed_is_refused(
        self, loki: httpx.Client, mark: str
    ) -> None:
        query = f'count_over_time({{contract="{mark}", app="a"}} | json [5m])'
        answer = loki.get("/query", params={"query": query})
        assert answer.status_code == 400
        assert "pipeline error: 'JSONParserErr'" in answer.text

    def test_a_push_without_labels_is_refused(self, loki: httpx.Client) -> None:
        values = [[str(time.time_ns()), "x"]]
        answer = loki.post("/push", json={"streams": [{"stream": {}, "values": values}]})
        assert answer.status_code == 400
        assert "at least one label pair" in answer.text
