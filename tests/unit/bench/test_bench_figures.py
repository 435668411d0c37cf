"""The pure parts of the measurements: percentiles, verdicts, what Linux and the journal say."""

from __future__ import annotations

import math

import pytest

from bench import proc, storm
from bench.figures import Figure, Measured, is_loaded, percentile, written
from bench.hypothesis import milestones, names_a_cause
from bench.import_cost import Bill

ROLLUP = """55e0-7ffd ---p 00000000 00:00 0                          [rollup]
Rss:               81920 kB
Pss:               51200 kB
Pss_Dirty:         40960 kB
Private_Clean:      1024 kB
"""


@pytest.mark.parametrize(("percent", "value"), [(50, 50.0), (95, 95.0), (99, 99.0), (100, 100.0)])
def test_a_percentile_is_the_smallest_value_that_so_many_do_not_exceed(percent: float, value: float) -> None:
    assert percentile([float(number) for number in range(100, 0, -1)], percent) == value


def test_the_99th_percentile_of_few_values_is_the_greatest_and_not_flattered() -> None:
    assert percentile([1.0, 2.0, 900.0], 99) == 900.0


def test_nothing_measured_has_no_percentile_and_meets_no_target() -> None:
    value = percentile([], 50)
    assert math.isnan(value)
    assert Figure("f", value, "ms", below=5).verdict == "MISSED"
    assert written(value) == "not measured"


@pytest.mark.parametrize(("value", "verdict"), [(4.99, "met"), (5.0, "MISSED"), (5.01, "MISSED")])
def test_a_target_is_met_below_it_alone(value: float, verdict: str) -> None:
    assert Figure("f", value, "ms", below=5).verdict == verdict


def test_a_figure_without_a_target_is_only_told() -> None:
    assert Figure("f", 1e9, "ms").verdict == ""


def test_what_is_kept_holds_the_verdict_and_the_tables() -> None:
    kept = Measured((Figure("f", 1.0, "s", below=2.0),), {"rows": [{"a": 1}]}).as_json()
    assert kept["figures"] == [
        {"name": "f", "value": 1.0, "unit": "s", "below": 2.0, "note": "", "verdict": "met"}
    ]
    assert kept["tables"] == {"rows": [{"a": 1}]}


@pytest.mark.parametrize(
    ("value", "text"), [(0.0123, "0.0123"), (42.51, "42.5"), (1234.5, "1,234"), (0.0, "0")]
)
def test_numbers_are_written_with_three_digits_that_count(value: float, text: str) -> None:
    assert written(value) == text


def test_a_machine_on_which_others_work_is_called_loaded() -> None:
    assert not is_loaded(0.9, 2)
    assert is_loaded(1.1, 2)


def test_the_share_of_memory_is_pss_and_not_one_of_its_parts() -> None:
    assert proc.pss_mb(ROLLUP) == 50.0


def test_a_rollup_without_pss_is_refused() -> None:
    with pytest.raises(ValueError, match="Pss"):
        proc.pss_mb("Rss: 12 kB\n")


def test_processor_time_is_read_past_any_name_of_the_command() -> None:
    fields = ["S", *(str(number) for number in range(4, 53))]
    fields[11], fields[12] = "150", "50"
    assert proc.cpu_seconds(f"77 (a b) c) {' '.join(fields)}", ticks_per_second=100) == 2.0


def test_a_package_is_charged_without_what_it_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    resident = iter([10.0, 12.0, 17.0, 18.0])
    monkeypatch.setattr("bench.import_cost.resident_mb", lambda: next(resident))
    bill = Bill()
    outer = bill.begin()
    inner = bill.begin()
    bill.end("inner.module", inner)
    bill.end("outer", outer)
    assert bill.mb == {"inner": 5.0, "outer": 3.0}
    assert [row["package"] for row in bill.rows(1)] == ["inner"]


RECEIVED = {"kind": "alert.received", "at": "2026-01-01T00:00:00Z", "body": {}}
NOTHING_YET = {"kind": "hypotheses.ranked", "at": "2026-01-01T00:00:01Z", "body": {"hypotheses": []}}
NAMED = {
    "kind": "hypotheses.ranked",
    "at": "2026-01-01T00:00:02Z",
    "body": {"hypotheses": [{"cause": "oom"}]},
}
UNDECIDED = {"kind": "diagnosis.made", "at": "2026-01-01T00:00:03Z", "body": {"root": None}}
DECIDED = {"kind": "diagnosis.made", "at": "2026-01-01T00:00:04Z", "body": {"root": {"cause": "oom"}}}


def test_the_first_hypothesis_is_the_first_entry_that_names_a_cause() -> None:
    journal = [RECEIVED, RECEIVED, NOTHING_YET, NAMED, DECIDED]
    assert milestones(journal) == (RECEIVED, NAMED, DECIDED)


def test_a_diagnosis_without_a_root_names_no_cause() -> None:
    assert not names_a_cause(UNDECIDED)
    assert names_a_cause(DECIDED)


def test_a_storm_goes_to_this_machine_alone() -> None:
    with pytest.raises(ValueError, match=r"127\.0\.0\.1"):
        storm.Sender("http://192.0.2.1/webhook/alert", "token")
