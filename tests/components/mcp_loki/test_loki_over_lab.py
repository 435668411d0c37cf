"""The Loki tools over a Loki-compatible API: real LogQL, real paging, real refusals."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from infrastructure.lab.lokiapi.server import Loki as LabLoki
from mcp_servers.kit.errors import Code, ToolError
from mcp_servers.kit.toolset import Toolset
from mcp_servers.loki import search
from mcp_servers.loki.client import Address, LokiClient
from mcp_servers.loki.server import toolset

SECOND = 1_000_000_000
CART = {"namespace": "shop", "app": "cart"}
SELECTOR = '{namespace="shop", app="cart"}'


class Stage:
    """Lines are written at seconds after `start`, which lies an hour back."""

    def __init__(self, lab: LabLoki, tools: Toolset) -> None:
        self.lab, self._tools = lab, tools
        self.start = float(int(time.time()) - 3600)

    def write(self, second: float, line: str, labels: dict[str, str] | None = None) -> None:
        self.lab.append(labels or CART, round((self.start + second) * SECOND), line)

    def says(self, second: float, level: str, text: str, **more: str) -> None:
        self.write(second, json.dumps({"level": level, "msg": text, **more}))

    async def ask(self, tool: str, **arguments: Any) -> dict[str, Any]:
        found = self._tools.tools[tool]
        return (await found.run(found.asks.model_validate(arguments))).model_dump(mode="json")

    def window(self, start: float, end: float) -> dict[str, float]:
        return {"start": self.start + start, "end": self.start + end}


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    lab = await LabLoki.start()
    client = LokiClient(Address(lab.url))
    yield Stage(lab, toolset(client, client.system))
    await client.close()
    await lab.stop()


async def test_lines_are_found_by_logql_in_either_direction(stage: Stage) -> None:
    for second in range(5):
        stage.says(second, "info", f"line {second}")
    stage.write(2, "other", {"namespace": "shop", "app": "pay"})
    query = f'{SELECTOR} |= "line" | json | level="info"'
    newest = await stage.ask("query_logs", logql=query, limit=2, **stage.window(-1, 10))
    texts = [json.loads(line[1])["msg"] for stream in newest["streams"] for line in stream["lines"]]
    assert texts == ["line 4", "line 3"]
    assert newest["truncated"]
    oldest = await stage.ask("query_logs", logql=SELECTOR, direction="forward", **stage.window(-1, 10))
    assert len(oldest["streams"][0]["lines"]) == 5
    assert oldest["streams"][0]["lines"][0][0].endswith("Z")


async def test_a_query_that_does_not_parse_is_answered_in_lokis_words(stage: Stage) -> None:
    with pytest.raises(ToolError, match="parse error") as caught:
        await stage.ask("query_logs", logql='{app="a"', **stage.window(0, 10))
    assert caught.value.code is Code.INVALID_ARGUMENT


async def test_new_and_surging_trouble_is_told_against_the_hour_before(stage: Stage) -> None:
    for second in range(0, 600, 60):
        stage.says(second, "error", f"cache refused key {second}")
    for second in range(600, 900, 5):
        stage.says(second, "error", f"cache refused key {second}")
    for second in range(700, 720):
        trace = f"Error: order {second}\n    at Object.<anonymous> (/app/node_modules/x/y.js:1:1)\n    at pay (/app/pay.js:7:1)"
        stage.says(second, "error", f"payment {second} failed", stack=trace)
        stage.says(second, "info", "error handler installed")
    answer = await stage.ask(
        "error_signatures",
        selector=SELECTOR,
        **stage.window(600, 900),
        baseline_start=stage.start,
        baseline_end=stage.start + 599,
    )
    told = {one["template"]: one for one in answer["signatures"]}
    assert set(told) == {"payment <*> failed at pay (pay.js)", "cache refused key <*>"}
    assert told["payment <*> failed at pay (pay.js)"]["new"]
    assert told["cache refused key <*>"]["surge"] > 5
    assert not answer["truncated"]
    assert answer["signatures"][0]["new"]


async def test_a_plain_stack_over_many_lines_is_one_signature(stage: Stage) -> None:
    lines = [
        "Traceback (most recent call last):",
        '  File "/app/pay.py", line 3, in pay',
        "ValueError: order 12 is bad",
    ]
    for second in (1, 2):
        for place, text in enumerate(lines):
            stage.write(second + place / 1000, text)
    answer = await stage.ask("error_signatures", selector=SELECTOR, **stage.window(0, 10))
    assert [(one["template"], one["count"]) for one in answer["signatures"]] == [
        ("ValueError: order <*> is bad at pay (pay.py)", 2)
    ]


async def test_a_busy_stream_is_read_by_its_words_of_trouble(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "MOST_LINES", 200)
    for place in range(300):
        stage.says(place / 100, "info", f"served {place}")
    stage.says(4, "fatal", "out of memory")
    stage.write(5, '10.0.0.1 - - [x] "GET /cart HTTP/1.1" 503 12 "-"')
    answer = await stage.ask("error_signatures", selector=SELECTOR, **stage.window(-1, 10))
    assert {one["template"] for one in answer["signatures"]} == {"out of memory", "/cart answered <*>"}
    assert answer["lines_read"] == 2
    assert "only those with words of trouble" in answer["notes"][0]


async def test_pages_of_a_long_window_lose_nothing(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "PAGE", 50)
    for place in range(500):
        stage.says(place // 7, "error", f"boom {place} of many")
    answer = await stage.ask("error_signatures", selector=SELECTOR, **stage.window(-1, 100))
    assert answer["signatures"][0]["count"] == 500


async def test_volume_counts_by_label_and_labels_are_listed(stage: Stage) -> None:
    for second in range(0, 120, 10):
        stage.says(second, "info", "x" * second)
        stage.write(second, "y", {"namespace": "shop", "app": "pay"})
    answer = await stage.ask(
        "volume", selector='{namespace="shop"}', by="app", step_seconds=60, **stage.window(0, 120)
    )
    assert {one["metric"]["app"] for one in answer["series"]} == {"cart", "pay"}
    assert max(float(value) for one in answer["series"] for _, value in one["values"]) == 6
    assert {"app", "namespace"} <= set((await stage.ask("labels"))["labels"])
    assert (await stage.ask("labels", name="app"))["values"] == ["cart", "pay"]
