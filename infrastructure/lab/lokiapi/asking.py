"""The parameters of a request: times, steps, limits; refused in Loki's words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from aiohttp import web

from infrastructure.lab.lokiapi.lexer import duration_ns
from infrastructure.lab.lokiapi.syntax import QueryWrong

SECOND = 10**9
HOUR = 3600 * SECOND
LABELS_BACK = 6 * HOUR
DEFAULT_LIMIT = 100
MAX_ENTRIES = 5000
MAX_POINTS = 11_000
MAX_LENGTH = 721 * HOUR
_SECONDS_DIGITS = 10
"""A whole number with more digits than this is in nanoseconds."""


@dataclass(frozen=True)
class Window:
    start_ns: int
    end_ns: int


class Asked:
    """Query string and form fields together, as Loki reads them."""

    def __init__(self, fields: Mapping[str, str], lists: Mapping[str, list[str]], now_ns: int) -> None:
        self._fields = fields
        self._lists = lists
        self._now_ns = now_ns

    @classmethod
    async def of(cls, request: web.Request, now_ns: int) -> Asked:
        pairs = list(request.query.items())
        if request.method == "POST":
            pairs += [(name, str(value)) for name, value in (await request.post()).items()]
        lists: dict[str, list[str]] = {}
        for name, value in pairs:
            lists.setdefault(name, []).append(value)
        return cls({name: values[0] for name, values in lists.items()}, lists, now_ns)

    def text(self, name: str) -> str:
        return self._fields.get(name, "")

    def all(self, name: str) -> list[str]:
        return self._lists.get(name, [])

    def query(self) -> str:
        text = self.text("query")
        if not text.strip():
            raise QueryWrong("parse error at line 1, col 1: syntax error: unexpected $end")
        return text

    def time(self, name: str, default_ns: int) -> int:
        text = self.text(name)
        return default_ns if not text else nanoseconds_of(text)

    def window(self, back_ns: int = HOUR) -> Window:
        end = self.time("end", self._now_ns)
        since = duration_ns(self.text("since")) if self.text("since") else None
        start = self.time("start", min(end, self._now_ns) - (since or back_ns))
        if end < start:
            raise QueryWrong("end timestamp must not be before or equal to start time")
        if end - start > MAX_LENGTH:
            hours = (end - start) // HOUR
            raise QueryWrong(
                f"the query time range exceeds the limit (query length: {hours}h0m0s, limit: 721h)"
            )
        return Window(start, end)

    def limit(self) -> int:
        limit = self._whole("limit", DEFAULT_LIMIT)
        if limit <= 0:
            raise QueryWrong("limit must be a positive value")
        if limit > MAX_ENTRIES:
            raise QueryWrong(
                f"max entries limit per query exceeded, limit > max_entries_limit_per_query ({limit} > {MAX_ENTRIES})"
            )
        return limit

    def _whole(self, name: str, default: int) -> int:
        text = self.text(name)
        try:
            return int(text) if text else default
        except ValueError as error:
            raise QueryWrong(f'strconv.Atoi: parsing "{text}": invalid syntax') from error

    def forward(self) -> bool:
        direction = (self.text("direction") or "backward").lower()
        if direction not in ("forward", "backward"):
            raise QueryWrong(f"invalid direction '{self.text('direction')}'")
        return direction == "forward"

    def steps(self, window: Window) -> list[int]:
        step = self._step(window)
        if (window.end_ns - window.start_ns) // step > MAX_POINTS:
            raise QueryWrong(
                "exceeded maximum resolution of 11,000 points per time series. "
                "Try increasing the value of the step parameter"
            )
        return list(range(window.start_ns, window.end_ns + 1, step))

    def _step(self, window: Window) -> int:
        text = self.text("step")
        if not text:
            return max((window.end_ns - window.start_ns) // 250 // SECOND, 1) * SECOND
        found = duration_ns(text)
        try:
            step = int(float(text) * SECOND) if found is None else found
        except ValueError as error:
            raise QueryWrong(f'cannot parse "{text}" to a valid duration') from error
        if step <= 0:
            raise QueryWrong(
                "zero or negative query resolution step widths are not accepted. Try a positive integer"
            )
        return step


def nanoseconds_of(text: str) -> int:
    """Unix seconds (also with a fraction), unix nanoseconds, or RFC 3339."""
    try:
        if text.lstrip("-").isdigit():
            return int(text) if len(text) > _SECONDS_DIGITS else int(text) * SECOND
        try:
            return int(float(text) * SECOND)
        except ValueError:
            at = datetime.fromisoformat(text)
    except ValueError as error:
        raise QueryWrong(f'cannot parse "{text}" to a valid timestamp') from error
    aware = at if at.tzinfo else at.replace(tzinfo=UTC)
    return int(aware.timestamp()) * SECOND + aware.microsecond * 1000
