"""Figures over marks: how often right, how often misleading, and how well confidence tells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sre_agent.evals.cases import Mark
from sre_agent.signals.shares import wilson

BINS = ((0.0, 0.5), (0.5, 0.7), (0.7, 0.9), (0.9, 1.01))


@dataclass(frozen=True)
class Figures:
    """Shares of incidents; `low` and `high` bound `both_right` (Wilson's interval, 95 %)."""

    incidents: int
    both_right: float
    low: float
    high: float
    entity_right: float
    in_three: float
    abstained: float
    misled: float
    brier: float | None

    def as_json(self) -> dict[str, float | int | None]:
        return {
            name: round(value, 4) if isinstance(value, float) else value
            for name, value in asdict(self).items()
        }


def figures(marks: Sequence[Mark]) -> Figures:
    total = max(len(marks), 1)
    right = sum(mark.both_right for mark in marks)
    low, high = wilson(right, len(marks))
    rated = [mark for mark in marks if mark.answered]
    return Figures(
        incidents=len(marks),
        both_right=right / total,
        low=low,
        high=high,
        entity_right=sum(mark.entity_right for mark in marks) / total,
        in_three=sum(mark.in_three for mark in marks) / total,
        abstained=sum(not mark.answered for mark in marks) / total,
        misled=sum(mark.misled for mark in marks) / total,
        brier=brier([(mark.confidence, mark.both_right) for mark in rated]),
    )


def brier(pairs: Sequence[tuple[float, bool]]) -> float | None:
    """Mean squared distance of confidence and truth; None without any."""
    return sum((sure - right) ** 2 for sure, right in pairs) / len(pairs) if pairs else None


def reliability(marks: Sequence[Mark]) -> list[tuple[str, int, float, float]]:
    """(range, how many, mean confidence, share right) for each range of confidence."""
    rows = []
    for low, high in BINS:
        inside = [mark for mark in marks if mark.answered and low <= mark.confidence < high]
        if inside:
            sure = sum(mark.confidence for mark in inside) / len(inside)
            right = sum(mark.both_right for mark in inside) / len(inside)
            rows.append((f"{low:.1f} to {min(high, 1.0):.1f}", len(inside), sure, right))
    return rows


def by_cause(marks: Sequence[Mark]) -> dict[str, Figures]:
    causes = sorted({mark.cause for mark in marks})
    return {cause: figures([mark for mark in marks if mark.cause == cause]) for cause in causes}
