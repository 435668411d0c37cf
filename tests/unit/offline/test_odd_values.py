"""Values of any type at any place of a recording cost what they stand in, and never the answer."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sre_agent.catalogue.measures import measure
from sre_agent.offline.desk import answer_for
from sre_agent.picture.quantities import quantity
from sre_agent.picture.series import series_in
from sre_agent.picture.source import Source
from sre_agent.picture.times import moment
from sre_agent.picture.typed import as_typed
from sre_agent.snapshots.reading import read_snapshot
from sre_agent.snapshots.store import open_files
from tests.synthetic.recording import write
from tests.synthetic.shops import noisy_shop

ODD: tuple[Any, ...] = (
    None, 7, -1, "", "\x00", [], {}, [None], {"a": [1]}, True, float("nan"), float("inf"), 1e308, 10**400, [["x"]], "9" * 5000,
    "2026-99-99T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59+14:00", "1e999999", "99999999999999999999Ei", "(?P<", 2**63,
)  # fmt: skip


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """(holder, key) of everything below."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in list(pairs):
        yield value, key
        yield from places(one)


@pytest.mark.parametrize("seed", range(12))
def test_an_answer_is_given_whatever_stands_where_something_else_should(tmp_path: Path, seed: int) -> None:
    write(noisy_shop().snapshot(), tmp_path)
    chance = random.Random(seed)  # noqa: S311 - repeatable, and nothing is kept secret
    for path in sorted(tmp_path.rglob("*.json")):
        if path.name == "snapshot.json":
            continue
        body = json.loads(path.read_text())
        for holder, key in chance.sample(found := list(places(body)), min(25, len(found))):
            holder[key] = chance.choice(ODD)
        path.write_text(json.dumps(body))
    answer = answer_for(tmp_path).as_json()
    assert not [told for told in answer["unknowns"] if "its rule could not read" in str(told)]  # type: ignore[union-attr]


def test_a_label_may_be_called_like_a_field() -> None:
    pod = {
        "metadata": {"name": "a", "labels": {"env": "prod", "hosts": "two"}},
        "spec": {"containers": "none"},
    }
    assert as_typed(pod) == {"metadata": pod["metadata"], "spec": {}}


def test_an_object_in_which_nothing_is_odd_is_not_copied() -> None:
    pod = noisy_shop().lists["pods"][0]
    assert as_typed(pod) is pod


@pytest.mark.parametrize("told", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59+14:00", 7, ["x"], {}, None])
def test_a_time_that_nothing_can_have_is_none(told: object) -> None:
    assert moment(told) is None


@pytest.mark.parametrize("told", ["1e999999", 10**400, float("inf"), "9" * 5000, "x"])
def test_an_amount_that_nothing_can_have_is_none(told: object) -> None:
    assert quantity(told) is None


@pytest.mark.parametrize(
    "answer",
    [
        [{"metric": "x", "values": 7}],
        [{"metric": [], "values": [["x", []], [1, 10**400]]}],
        7,
        [{"values": [[float("nan"), "1"]]}],
    ],
)
def test_samples_that_are_none_are_left_out(answer: Any) -> None:
    assert all(not one.values.size for one in series_in("up", answer, Source("E1", "metrics/up.json")))


def test_a_pattern_of_a_table_is_compiled_where_it_is_written() -> None:
    with pytest.raises(Exception, match="unterminated"):
        measure("x", "(", "", lambda one: True, lambda picture, labels: None)


def test_a_list_under_a_name_that_nobody_reads_is_named_and_not_taken_for_absent(tmp_path: Path) -> None:
    (tmp_path / "kubernetes").mkdir()
    (tmp_path / "kubernetes" / "pods.json.gz").write_bytes(b"\x1f\x8b")
    manifest = '{"format": "incident-snapshot/v1", "captured_at": "2027-02-09T14:20:00Z"}'
    (tmp_path / "snapshot.json").write_text(manifest, encoding="utf-8")
    problems = read_snapshot(tmp_path, open_files(tmp_path)).problems
    assert [(one.path, ".json" in one.reason) for one in problems] == [("kubernetes/pods.json.gz", True)]
