"""Templates: what is variable is masked, sentences that differ stay apart, and hostile variety stays bounded."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_servers.kit.templates import Miner, Templates, mask, mine


@pytest.mark.parametrize(
    ("line", "masked"),
    [
        ("took 12.5 ms", "took <*> ms"),
        ("took 12ms", "took <*>ms"),
        ("from 10.1.2.3:8080 to fe80:0:0:0:1:2:3:4", "from <*>:<*> to <*>"),
        ("dial payments.shop.svc:8080 failed", "dial <*> failed"),
        ("id 1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed", "id <*>"),
        ("at 2026-01-31T08:00:00.123Z it", "at <*> it"),
        ("open /var/lib/data/x.db: denied", "open <*>: denied"),
        ("key 'abc def' unknown", "key '<*>' unknown"),
        ('relation "orders" is missing', 'relation "<*>" is missing'),
        ("addr 0xc000123 and deadbeef01", "addr <*> and <*>"),
        ("GET https://a.b/c?d=1 failed", "GET https://<*> failed"),
        ("freed 5.7 KB of 12.0 GiB", "freed <*> of <*>"),
        ("on Fri Jun 17 07:07:00 2005", "on <*>:<*>:<*>"),
        ("delete blk_-17 blk_4 blk_9 now", "delete blk_<*> now"),
        ("from 10.0.0.1 () at", "from <*> (<*>) at"),
        ("blocks 1 2 3, 4 done", "blocks <*> done"),
        ("can't and won't", "can't and won't"),
        ("worker2 of 7", "worker2 of <*>"),
    ],
)
def test_what_is_plainly_variable_is_masked(line: str, masked: str) -> None:
    assert mask(line) == masked


def grouped(*lines: str) -> Templates:
    return mine(lines)


def test_lines_of_one_sentence_share_a_template() -> None:
    found = grouped("login of anna was from 10.0.0.1", "login of bert was from 10.0.0.2", "cache miss")
    assert found.of_line == (0, 0, 1)
    assert [(one.text, one.count) for one in found.templates] == [
        ("login of <*> was from <*>", 2),
        ("cache miss", 1),
    ]


def test_a_long_line_in_which_several_words_differ_is_another_sentence() -> None:
    found = grouped(
        "client at <*> attempting to establish new session with the server now",
        "client at <*> attempting to renew old lease with the server now",
    )
    assert len(found.templates) == 2


def test_lists_of_any_length_are_one_template() -> None:
    found = grouped("delete blocks 1 2 3", "delete blocks 1 2 3 4 5 6", "delete blocks 9")
    assert len(found.templates) == 1


def test_keys_stay_while_texts_become_more_general() -> None:
    miner = Miner()
    first = miner.add("connection to alpha was lost after retries")
    text = miner.text(first)
    second = miner.add("connection to beta was lost after retries")
    assert first == second
    assert text == "connection to alpha was lost after retries"
    assert miner.text(first) == "connection to <*> was lost after retries"


def test_endless_variety_ends_in_one_group_and_not_in_memory() -> None:
    words = [f"{chr(97 + i % 26)}{chr(97 + i // 26 % 26)}{chr(97 + i // 676 % 26)}" for i in range(3000)]
    miner = Miner(most_groups=50)
    keys = [miner.add(f"{word} {word}x {word}y") for word in words]
    assert len(miner.templates()) <= 51
    assert sum(one.count for one in miner.templates()) == len(keys)


@given(st.lists(st.text(max_size=80), max_size=30))
def test_every_line_gets_exactly_one_template_and_the_same_lines_the_same_ones(lines: list[str]) -> None:
    found = mine(lines)
    assert len(found.of_line) == len(lines)
    assert sum(one.count for one in found.templates) == len(lines)
    assert mine(lines) == found


def test_a_very_long_line_is_read_in_bounded_time() -> None:
    assert mine(["a" * 2_000_000, "1:" * 500_000, "/x" * 500_000, "'" * 100_000]).of_line


_SETS = os.environ.get("LOG_TEMPLATE_SETS", "")


@pytest.mark.skipif(
    not _SETS, reason="LOG_TEMPLATE_SETS names no folder of <system>/messages.log and truth.csv"
)
def test_grouping_is_better_than_that_of_the_known_miner_with_its_usual_masks() -> None:
    scores = []
    for folder in sorted(Path(_SETS).iterdir()):
        if not (folder / "truth.csv").exists():
            continue
        with (folder / "truth.csv").open(encoding="utf-8-sig", errors="replace", newline="") as handle:
            truth = [row["EventId"] for row in csv.DictReader(handle)]
        lines = (folder / "messages.log").read_text("utf-8", "replace").split("\n")[: len(truth)]
        scores.append(_accuracy(truth, mine(lines).of_line))
    assert sum(scores) / len(scores) > 0.882


def _accuracy(truth: list[str], found: tuple[int, ...]) -> float:
    """Share of lines whose group holds exactly the lines of a true group."""

    def groups(names: list[str] | tuple[int, ...]) -> dict[object, set[int]]:
        told: dict[object, set[int]] = {}
        for place, name in enumerate(names):
            told.setdefault(name, set()).add(place)
        return told

    true = {frozenset(lines) for lines in groups(truth).values()}
    return sum(len(lines) for lines in groups(found).values() if frozenset(lines) in true) / len(truth)
