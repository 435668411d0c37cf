"""What is worked out in a quicker way is what the plain way gives, and a large cluster costs seconds."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sre_agent.catalogue.hearing import sayings
from sre_agent.catalogue.once import once
from sre_agent.offline.desk import diagnosis_of
from sre_agent.picture.series import middle, series_in
from sre_agent.picture.source import Source
from sre_agent.picture.world import Picture
from tests.effort import THOROUGH
from tests.synthetic.multitude import BROKEN, CAUSE, Multitude
from tests.synthetic.talk import kept_shop, says

WELL = (
    '10.3.0.9 - - [04/May/2027:09:12:00 +0000] "GET /items/12 HTTP/1.1" 200 512 "-" "probe/1.0"',
    '[2027-05-04T09:12:00Z] "POST /cart HTTP/2" 204 - via_upstream - "-" 12 0 3 3 "-"',
    '10.3.0.9 - - [04/May/2027:09:12:00 +0000] "GET /old HTTP/1.0" 302 0 "-" "curl/8"',
)
ILL = (
    '10.3.0.9 - - [04/May/2027:09:12:00 +0000] "GET /items/12 HTTP/1.1" 503 512 "-" "probe/1.0"',
    '[2027-05-04T09:12:00Z] "POST /cart HTTP/2" 200 DC downstream_remote_disconnect - "-" 12 0 3 3 "-"',
)
FINITE = st.floats(allow_nan=False, allow_infinity=False, width=64)
ODD_SAMPLES = st.lists(
    st.one_of(
        st.tuples(st.integers(0, 10**10), st.floats().map(str)).map(list),
        st.sampled_from([[1], [None, "1"], ["x", "1"], [1, "x"], {}, "12", [1, "NaN"], [float("inf"), "1"], [2, "+Inf", 3], [10**400, "1"]]),
    ),
    max_size=8,
)  # fmt: skip


def told(lines: tuple[str, ...]) -> set[str]:
    cluster = kept_shop()
    for line in lines:
        says(cluster, "ledger", line)
    return {one.line.raw.split("Z ", 1)[-1] for one in sayings(cluster.picture())}


def test_a_request_that_was_answered_well_is_no_complaint_and_one_with_a_flag_may_be() -> None:
    assert told((*WELL, *ILL)) & {*WELL, *ILL} == set(ILL)


@given(st.lists(FINITE, min_size=1, max_size=9))
def test_the_middle_is_the_median(values: list[float]) -> None:
    with np.errstate(over="ignore"):
        assert middle(np.array(values)) == float(np.median(values))


@given(ODD_SAMPLES)
def test_samples_are_read_alike_with_a_malformed_one_beside_them_and_without(samples: list[Any]) -> None:
    source = Source("E1", "metrics/m.json")
    apart = [series_in("m", [{"values": [one]}], source)[0] for one in samples]
    (whole,) = series_in("m", [{"values": samples}], source)
    assert whole.times.tolist() == [at for one in apart for at in one.times.tolist()]
    assert [str(one) for one in whole.values] == [str(value) for one in apart for value in one.values]
    assert list(whole.written) == [one for part in apart for one in part.written]


def test_what_is_asked_once_is_kept_for_each_picture_and_each_question_apart() -> None:
    asked: list[tuple[int, str]] = []

    @once
    def answer(picture: Picture, name: str) -> int:
        asked.append((id(picture), name))
        return len(asked)

    first, second = kept_shop().picture(), kept_shop().picture()
    got = [answer(one, name) for one in (first, second, first) for name in ("a", "b", "a")]
    assert got == [1, 2, 1, 3, 4, 3, 1, 2, 1]


@pytest.mark.promise("SEE-8")
def test_one_broken_workload_is_found_among_thousands_within_ten_seconds_of_a_processor() -> None:
    snapshot = Multitude(5000 if THOROUGH else 200).snapshot()
    began = time.process_time()
    root = diagnosis_of(snapshot)[0].root
    assert root is not None
    assert (root.cause, root.entity.name) == (CAUSE, BROKEN)
    assert time.process_time() - began < 10.0
