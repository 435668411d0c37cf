"""Whoever reads the table at night sees what was, what is, what is proved, and what is allowed."""

from __future__ import annotations

import pytest

from sre_agent.cli.verification_table import row_of, table
from sre_agent.domain.frozen import JsonObject
from sre_agent.domain.verification import Check, short_name


def check(name: str, passed: bool | None = True, **numbers: object) -> Check:
    sentence = f"{name} in words."
    return Check.model_validate({"name": name, "passed": passed, "sentence": sentence, "numbers": numbers})


@pytest.mark.parametrize(
    ("told", "cells"),
    [
        (check("alert HighErrors of Deployment shop/cart", value=0.0, op=">", threshold=0.05,
               quiet_for_seconds=9.4, settle_seconds=8.0),
         ("alert HighErrors of cart", "fires > 0.05", "0", "quiet for 9 s", "8 s or more")),
        (check("readiness of Deployment shop/cart", desired=2, ready=2, restarts_since_the_step=1,
               ready_for_seconds=12.0, settle_seconds=8.0),
         ("readiness of Deployment cart", "", "2 of 2 ready", "for 12 s, 1 restart(s)", "8 s or more")),
        (check("readiness of Service shop/cart", ready_addresses=2),
         ("readiness of Service cart", "", "2 address(es) ready", "", "1 or more")),
        (check("error logs of cart", new_error_lines=0, tolerated_below=3, seconds=8.0),
         ("error logs of cart", "", "0 new line(s)", "in 8 s", "fewer than 3")),
        (check("traffic of cart", before=9.4, after=9.31, upper=0.16, margin=0.5, unit="per_second"),
         ("traffic of cart", "9.4/s", "9.31/s", "≤ 16% missing", "50%")),
        (check("errors of cart", before=0.0, after=0.001, upper=0.0121, margin=0.0128, unit="share"),
         ("errors of cart", "0.00%", "0.10%", "≤ 1.21 points more", "1.28 points")),
        (check("latency of cart", before=0.02, after=0.03, upper=0.03, margin=0.05, unit="share", slower_than=0.4),
         ("latency of cart", "2.00%", "3.00% over 0.4", "≤ 3.00 points more", "5.00 points")),
        (check("saturation of cart", before=0.08, after=0.09, upper=0.02, margin=0.6, unit="level"),
         ("saturation of cart", "0.08", "0.09", "≤ 0.02 higher", "0.6")),
        (check("traffic of cart", False, before=9.4, after=0.0, unit="per_second"),
         ("traffic of cart", "9.4/s", "0/s", "", "")),
        (check("golden signals of cart", None), ("golden signals of cart in words.", "", "", "", "")),
    ],
)  # fmt: skip
def test_each_kind_of_check_has_its_cells(told: Check, cells: tuple[str, ...]) -> None:
    assert tuple(row_of(told)) == cells


def test_columns_stand_below_each_other_and_every_check_has_a_sign() -> None:
    made = [
        check("traffic of cart", before=9.4, after=9.31, upper=0.16, margin=0.5, unit="per_second"),
        check("errors of cart", False, before=0.0, after=0.2, upper=0.3, margin=0.05, unit="share"),
        check("saturation of cart", None),
    ]
    head, first, second, third = (line.plain for line in table(made))
    assert head.index("after") == first.index("9.31/s") == second.index("20.00%")
    assert (first[0], second[0], third[0]) == ("✔", "✘", "?")


def test_nothing_checked_is_no_table() -> None:
    assert table([]) == []


@pytest.mark.parametrize("numbers", [{"before": "x", "upper": [], "margin": None}, {"quiet_for_seconds": None},
                                     {"ready_addresses": {}}, {"new_error_lines": "\x1b[2J"}])  # fmt: skip
def test_numbers_that_are_not_as_expected_break_nothing(numbers: JsonObject) -> None:
    told = table([Check(name="a of b", passed=True, sentence="s", numbers=numbers)])
    assert "\x1b" not in told[1].plain


@pytest.mark.parametrize(
    ("name", "short"),
    [("alert A of Deployment shop/cart", "alert A of cart"), ("errors of cart", "errors of cart"), ("logs", "logs"),
     ("readiness of Deployment east/shop/cart", "readiness of Deployment cart"), ("alert A", "alert A")],
)  # fmt: skip
def test_names_are_short_in_a_table(name: str, short: str) -> None:
    assert short_name(name) == short
