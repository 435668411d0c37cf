"""Quantities, times, schedules, selectors and names read and print as in Kubernetes."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infrastructure.lab.kube.objects import cron, moments, naming, quantity, selectors

NOON = datetime(2026, 3, 1, 12, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "amount", "canonical"),
    [
        ("100m", Decimal("0.1"), "100m"),
        ("0.5", Decimal("0.5"), "500m"),
        ("1000m", Decimal(1), "1"),
        ("1.5Gi", Decimal(1610612736), "1536Mi"),
        ("1024Mi", Decimal(1073741824), "1Gi"),
        ("1e3", Decimal(1000), "1k"),
        ("128974848", Decimal(128974848), "128974848"),
        ("0", Decimal(0), "0"),
        (2, Decimal(2), "2"),
        ("12E", Decimal(12) * 10**18, "12E"),
    ],
)
def test_a_quantity_is_an_amount_and_has_one_canonical_form(
    written: str, amount: Decimal, canonical: str
) -> None:
    assert quantity.parse(written) == amount
    assert quantity.canonical(written) == canonical


@pytest.mark.parametrize("text", ["", "abc", "1Zi", "1 Mi", "--1", "1e"])
def test_what_is_no_quantity_is_refused_with_the_pattern(text: str) -> None:
    with pytest.raises(quantity.NotAQuantity, match="quantities must match the regular expression"):
        quantity.parse(text)


@given(st.integers(0, 10**6), st.sampled_from(["", "m", "k", "M", "Ki", "Mi", "Gi"]))
def test_the_canonical_form_is_the_same_amount(number: int, suffix: str) -> None:
    text = f"{number}{suffix}"
    assert quantity.parse(quantity.canonical(text)) == quantity.parse(text)
    assert quantity.canonical(quantity.canonical(text)) == quantity.canonical(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.25, "250ms"), (1.5, "1.5s"), (10, "10s"), (160, "2m40s"), (3600, "1h0m0s"), (300, "5m0s"), (0, "0s")],
)
def test_a_duration_prints_as_in_go(seconds: float, text: str) -> None:
    assert moments.go_duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (5, "5s"),
        (119, "119s"),
        (120, "2m"),
        (150, "2m30s"),
        (600, "10m"),
        (10800, "3h"),
        (86400 * 3, "3d"),
        (86400 * 900, "2y170d"),
    ],
)
def test_an_age_prints_as_in_kubectl(seconds: float, text: str) -> None:
    assert moments.age(seconds) == text


def test_a_log_stamp_has_nine_digits_and_reads_back() -> None:
    text = moments.nano_stamp(1_700_000_000_123_456_789)
    assert text == "2023-11-14T22:13:20.123456789Z"
    assert moments.parse(text) == datetime(2023, 11, 14, 22, 13, 20, 123456, tzinfo=UTC)


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ("* * * * *", datetime(2026, 3, 1, 12, 1, tzinfo=UTC)),
        ("*/15 * * * *", datetime(2026, 3, 1, 12, 15, tzinfo=UTC)),
        ("0 3 * * *", datetime(2026, 3, 2, 3, 0, tzinfo=UTC)),
        ("30 8 * * mon-fri", datetime(2026, 3, 2, 8, 30, tzinfo=UTC)),
        ("0 0 1 1 *", datetime(2027, 1, 1, tzinfo=UTC)),
        ("@hourly", datetime(2026, 3, 1, 13, 0, tzinfo=UTC)),
        ("0 0 13 * 5", datetime(2026, 3, 6, tzinfo=UTC)),
        ("0 0 29 2 *", datetime(2028, 2, 29, tzinfo=UTC)),
    ],
)
def test_a_schedule_knows_its_next_time(schedule: str, expected: datetime) -> None:
    assert cron.parse(schedule).after(NOON) == expected


@pytest.mark.parametrize("text", ["", "* * * *", "61 * * * *", "* * * * * *", "a * * * *", "*/0 * * * *"])
def test_what_is_no_schedule_is_refused(text: str) -> None:
    with pytest.raises(cron.NotASchedule):
        cron.parse(text)


@given(st.timedeltas(timedelta(0), timedelta(days=2000)).map(lambda later: NOON + later))
def test_the_next_time_is_always_later_and_never_more_than_a_step_away(moment: datetime) -> None:
    following = cron.parse("*/5 * * * *").after(moment)
    assert following is not None
    assert timedelta(0) < following - moment <= timedelta(minutes=5)


@pytest.mark.parametrize(
    ("selector", "holds"),
    [
        ({"matchLabels": {"a": "1"}}, True),
        ({"matchLabels": {"a": "2"}}, False),
        ({"matchExpressions": [{"key": "b", "operator": "DoesNotExist"}]}, True),
        ({"matchExpressions": [{"key": "a", "operator": "NotIn", "values": ["1"]}]}, False),
        ({}, True),
        (None, False),
    ],
)
def test_no_selector_selects_nothing_and_an_empty_one_everything(
    selector: dict[str, object] | None, holds: bool
) -> None:
    assert selectors.selects(selector, {"a": "1"}) is holds


def test_a_selector_prints_as_scale_shows_it() -> None:
    selector = {
        "matchLabels": {"b": "2", "a": "1"},
        "matchExpressions": [{"key": "c", "operator": "In", "values": ["y", "x"]}],
    }
    assert selectors.text(selector) == "a=1,b=2,c in (x,y)"


@pytest.mark.parametrize("text", ["a b", "=x", "a in", "-a"])
def test_a_label_selector_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(selectors.SelectorSyntax):
        selectors.parse_labels(text)


def test_equal_templates_have_equal_hashes_whatever_the_order_of_their_fields() -> None:
    assert naming.template_hash({"a": 1, "b": 2}) == naming.template_hash({"b": 2, "a": 1})
    assert naming.template_hash({"a": 1}) != naming.template_hash({"a": 1}, 1)


def test_generated_names_hold_no_vowels_and_keep_within_their_length() -> None:
    name = naming.generated_name("x" * 80, random.SystemRandom())
    assert len(name) == 63
    assert not set(name[-5:]) & set("aeiou013")
