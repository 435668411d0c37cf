"""How well the diagnosis did on recorded incidents, as the last measurement kept it."""

from __future__ import annotations

from sre_agent.domain.frozen import Frozen, Moment


class Score(Frozen):
    """Shares of incidents, 0 to 1; `low` and `high` bound `both_right` (Wilson's interval, 95 %)."""

    incidents: int
    both_right: float
    low: float
    high: float
    entity_right: float
    in_three: float
    abstained: float
    misled: float
    brier: float | None = None


class Band(Frozen):
    """What was said with about this confidence, and the share of it that was right."""

    said: str
    incidents: int
    confidence: float
    right: float


class Measurement(Frozen):
    """One whole run of `sre-agent evals`; `at` and `commit` are empty in files of before they were kept."""

    at: Moment | None = None
    commit: str = ""
    parts: dict[str, Score]
    causes: dict[str, Score] = {}
    calibration: tuple[Band, ...] = ()
    skipped: tuple[str, ...] = ()
