"""Reads the lines of a window for signatures: all of them where they are few, else those that may tell of trouble."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from mcp_servers.kit.signatures import Signature, Window
from mcp_servers.loki import logql, shape
from mcp_servers.loki.client import LokiApi, Params

PAGE: Final = 5_000
MOST_LINES: Final = 20_000
_MOST_DOUBTS: Final = 10

StreamKey = tuple[tuple[str, str], ...]


@dataclass
class Reading:
    """What was read of one window, and how."""

    seconds: float
    pages: dict[StreamKey, list[tuple[int, str]]] = field(default_factory=dict)
    lines: int = 0
    filtered: bool = False
    complete: bool = True

    def window(self) -> Window:
        return Window(streams=shape.mined(self.pages), seconds=self.seconds, complete=self.complete)


async def read(api: LokiApi, selector: str, start: float, end: float) -> Reading:
    """At most MOST_LINES lines, oldest first."""
    count = await lines_in(api, selector, start, end)
    reading = Reading(seconds=end - start, filtered=count > MOST_LINES)
    query = f"{selector} {logql.TROUBLE}" if reading.filtered else selector
    begin, finish = shape.nanoseconds(start), shape.nanoseconds(end)
    seen: set[tuple[StreamKey, str]] = set()
    while True:
        page = await _page(api, query, begin, finish)
        fresh = [one for one in page if one[0] > begin or (one[1], one[2]) not in seen]
        for at, labels, text in fresh:
            reading.pages.setdefault(labels, []).append((at, text))
        reading.lines += len(fresh)
        if len(page) < PAGE or not fresh:
            return reading
        if reading.lines >= MOST_LINES:
            reading.complete = False
            return reading
        begin = max(at for at, _, _ in page)
        seen = {(labels, text) for at, labels, text in page if at == begin}


async def _page(api: LokiApi, query: str, begin: int, finish: int) -> list[tuple[int, StreamKey, str]]:
    params: Params = {"query": query, "start": begin, "end": finish, "limit": PAGE, "direction": "forward"}
    found = shape.streams(await api.query_range(params))
    return [
        (int(value[0]), tuple(sorted(one["stream"].items())), value[1])
        for one in found
        for value in one["values"]
    ]


async def lines_in(api: LokiApi, selector: str, start: float, end: float) -> int:
    """How many lines a window holds. The range of the count is the window itself, evaluated at its end."""
    at = shape.nanoseconds(end)
    params: Params = {"query": logql.counted(selector, end - start), "start": at, "end": at, "step": 60}
    return shape.total(await api.query_range(params))


async def confirm_new(
    api: LokiApi, selector: str, baseline: tuple[float, float], found: list[Signature]
) -> None:
    """Where the baseline was not read whole, count what of it holds a signature's own words."""
    doubtful = [one for one in found if one.baseline_count == 0 and one.samples][:_MOST_DOUBTS]
    for signature in doubtful:
        words = logql.literal_of(signature.template, signature.samples[0])
        if words:
            signature.baseline_count = await lines_in(api, logql.containing(selector, words), *baseline)
            signature.new = signature.baseline_count == 0
