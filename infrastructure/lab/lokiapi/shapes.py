"""Results as Loki's API shows them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from infrastructure.lab.lokiapi.evaluate import Key, Picked, Streams

Json = Any
SECOND = 10**9
Series = Mapping[Key, Mapping[int, float]]


def streams(found: Streams) -> dict[str, Json]:
    result = [
        {"stream": dict(key), "values": [[str(nanoseconds), line] for nanoseconds, line in entries]}
        for key, entries in found.found.items()
    ]
    returned = sum(len(entries) for entries in found.found.values())
    return {
        "resultType": "streams",
        "result": result,
        "stats": _summary(found.lines, found.bytes, returned),
    }


def matrix(series: Series, picked: Picked) -> dict[str, Json]:
    result = [
        {
            "metric": dict(key),
            "values": [[_seconds(at), number(value)] for at, value in sorted(values.items())],
        }
        for key, values in sorted(series.items())
    ]
    return {"resultType": "matrix", "result": result, "stats": _read(picked, len(result))}


def vector(series: Series, picked: Picked) -> dict[str, Json]:
    """Largest value first, as topk shows it."""
    samples = [(key, at, value) for key, values in series.items() for at, value in values.items()]
    samples.sort(key=lambda sample: (-sample[2], sample[0]))
    result = [{"metric": dict(key), "value": [_seconds(at), number(value)]} for key, at, value in samples]
    return {"resultType": "vector", "result": result, "stats": _read(picked, len(result))}


def stats(picked: Picked) -> dict[str, int]:
    entries = sum(len(lines) for _, lines in picked)
    size = sum(len(line.encode()) for _, lines in picked for _, line in lines)
    return {"streams": len(picked), "chunks": len(picked), "entries": entries, "bytes": size}


def _read(picked: Picked, returned: int) -> dict[str, Json]:
    lines = sum(len(entries) for _, entries in picked)
    return _summary(lines, sum(len(line) for _, entries in picked for _, line in entries), returned)


def _summary(lines: int, size: int, returned: int) -> dict[str, Json]:
    return {
        "summary": {
            "totalLinesProcessed": lines,
            "totalBytesProcessed": size,
            "totalEntriesReturned": returned,
        }
    }


def _seconds(nanoseconds: int) -> float | int:
    whole, rest = divmod(nanoseconds, SECOND)
    return whole if not rest else round(nanoseconds / SECOND, 3)


def number(value: float) -> str:
    """As Go prints it: no `.0` on whole numbers."""
    return str(int(value)) if value == int(value) else repr(value)
