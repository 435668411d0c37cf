"""A check carries how its signal scattered before, during and after, as far as it was measured."""

from __future__ import annotations

import numpy as np

from sre_agent.act.checks.spreads import QUANTILES, spreads
from sre_agent.signals.compare import Levels, Stream
from sre_agent.signals.counts import Tally


def tally(part: list[float], whole: list[float]) -> Tally:
    return Tally(np.array(part), np.array(whole))


def test_of_counts_each_bin_is_one_value_and_empty_bins_are_none() -> None:
    past = tally([0, 1, 0, 9], [10, 10, 10, 0])
    told = spreads(past=past, during=tally([5], [10]), now=tally([], []))
    assert told["spread_before"] == [0.0, 0.0, 0.0, 0.0, 0.05, 0.09, 0.1]
    assert told["spread_during"] == [0.5] * len(QUANTILES)
    assert "spread_after" not in told


def test_of_levels_each_sample_is_one_value_in_rising_order() -> None:
    level = Levels(np.array([3.0, 1.0, 2.0]), block=1, stream=Stream.PAST)
    told = spreads(past=level, during=level, now=level)["spread_before"]
    assert isinstance(told, list)
    assert (told[0], told[3], told[-1]) == (1.0, 2.0, 3.0)
    assert told == sorted(told)  # type: ignore[type-var]
