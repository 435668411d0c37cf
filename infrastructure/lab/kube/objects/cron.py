"""Five-field cron schedules, as CronJobs use them; times are UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

_RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 6))
_MONTHS = {
    name: index
    for index, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1
    )
}
_DAYS = {name: index for index, name in enumerate(["sun", "mon", "tue", "wed", "thu", "fri", "sat"])}
_NAMED = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
_HORIZON = timedelta(days=1500)


class NotASchedule(ValueError):
    """The text is no cron schedule; the message is that of the parser Kubernetes uses."""


@dataclass(frozen=True)
class Schedule:
    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    any_day: bool
    any_weekday: bool

    def after(self, moment: datetime) -> datetime | None:
        """The next time strictly later than `moment`; None where there is none."""
        candidate = moment.replace(second=0, microsecond=0) + timedelta(minutes=1)
        end = moment + _HORIZON
        while candidate < end:
            if candidate.month not in self.months or not self._day_fits(candidate):
                candidate = candidate.replace(hour=0, minute=0) + timedelta(days=1)
            elif candidate.hour not in self.hours:
                candidate = candidate.replace(minute=0) + timedelta(hours=1)
            elif candidate.minute not in self.minutes:
                candidate += timedelta(minutes=1)
            else:
                return candidate
        return None

    def _day_fits(self, moment: datetime) -> bool:
        day = moment.day in self.days
        weekday = moment.isoweekday() % 7 in self.weekdays
        if self.any_day or self.any_weekday:
            return day and weekday
        return day or weekday


def parse(text: str) -> Schedule:
    """Raises NotASchedule."""
    fields = _NAMED.get(text.strip(), text).split()
    if len(fields) != 5:
        raise NotASchedule(f"expected exactly 5 fields, found {len(fields)}: {fields}")
    sets = []
    for index, (source, (low, high)) in enumerate(zip(fields, _RANGES, strict=True)):
        names = {3: _MONTHS, 4: _DAYS}.get(index, {})
        sets.append(frozenset(_field(source, low, high, names)))
    minutes, hours, days, months, weekdays = sets
    return Schedule(minutes, hours, days, months, weekdays, fields[2] in "*?", fields[4] in "*?")


def _field(source: str, low: int, high: int, names: dict[str, int]) -> set[int]:
    found: set[int] = set()
    for part in source.split(","):
        span, _, step = part.partition("/")
        first, last = _span(span, low, high, names)
        if step and not (step.isdigit() and int(step) > 0):
            raise NotASchedule(f"failed to parse int from {step}: invalid syntax")
        if step and "-" not in span and span not in ("*", "?"):
            last = high
        if not low <= first <= last <= high:
            raise NotASchedule(f"end of range ({last}) above maximum ({high}): {part}")
        found.update(range(first, last + 1, int(step or 1)))
    return found


def _span(span: str, low: int, high: int, names: dict[str, int]) -> tuple[int, int]:
    if span in ("*", "?"):
        return low, high
    first, dash, last = span.partition("-")
    start = _number(first, names)
    return (start, _number(last, names)) if dash else (start, start)


def _number(text: str, names: dict[str, int]) -> int:
    if text.lower() in names:
        return names[text.lower()]
    if not text.isdigit():
        raise NotASchedule(f'failed to parse int from {text}: strconv.Atoi: parsing "{text}": invalid syntax')
    return int(text)
