"""How much slower than before still counts as recovered."""

from __future__ import annotations

import numpy as np
import pytest

from sre_agent.act.checks.margins import latency_margin
from sre_agent.signals.baseline import band_of


def test_latency_well_inside_a_stated_objective_is_back_though_not_to_the_last_millisecond() -> None:
    band = band_of(np.full(30, 0.10))
    assert band is not None
    assert latency_margin(band, None) == pytest.approx(0.025)
    assert latency_margin(band, 0.5) == pytest.approx(0.2)
    assert latency_margin(band, 0.05) == pytest.approx(0.025)
