"""A secret in a log line or a stream's label is told by no tool of the Loki server."""

from __future__ import annotations

from typing import Any

import pytest

from mcp_servers.kit.toolset import Toolset
from mcp_servers.kit.upstream import Upstream
from mcp_servers.loki.client import Params
from mcp_servers.loki.server import toolset
from tests.unit.planted.planting import Row, check

SYSTEM = Upstream("Loki", "http://loki:3100", "LOKI_URL", "LOKI_TOKEN_FILE")
DAY = {"start": 1_769_846_400, "end": 1_769_850_000}
AT = "1769846500000000000"
STREAMS = {
    "resultType": "streams",
    "result": [{"stream": {"app": "cart", "note": "§"}, "values": [[AT, "level=error msg=§ failed"]]}],
}
MATRIX = {"resultType": "matrix", "result": [{"metric": {"note": "§"}, "values": [[1_769_846_500, "3"]]}]}
WHICH = {"selector": '{app="cart"}', **DAY}

ROWS = (
    Row("query_logs", {"streams": STREAMS}, {"logql": '{app="cart"}', **DAY}, 2),
    Row("error_signatures", {"streams": STREAMS}, WHICH, 1),
    Row("volume", {"matrix": MATRIX}, WHICH),
    Row("labels", {"labels": ["§"]}, {"name": "app", **DAY}),
)


class OneAnswer:
    """A Loki that says one thing of each sort."""

    def __init__(self, says: dict[str, Any]) -> None:
        self._says = says

    async def query_range(self, params: Params) -> dict[str, Any]:
        counts = "count_over_time" in str(params["query"]) or "rate(" in str(params["query"])
        answer: dict[str, Any] = self._says.get(
            "matrix" if counts else "streams", {"resultType": "matrix", "result": []}
        )
        return answer

    async def labels(self, name: str, params: Params) -> list[str]:
        return list(self._says.get("labels", ()))


def served(says: dict[str, Any]) -> Toolset:
    return toolset(OneAnswer(says), SYSTEM)


@pytest.mark.promise("KEEP-4")
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.tool)
async def test_no_tool_of_loki_tells_a_planted_secret(row: Row, caplog: pytest.LogCaptureFixture) -> None:
    await check(row, served, caplog)


def test_every_tool_of_loki_has_a_row() -> None:
    assert set(toolset(OneAnswer({}), SYSTEM).tools) == {row.tool for row in ROWS}
