"""The store remembers every used grant and how far each step got: after a restart, and across processes."""

from __future__ import annotations

import multiprocessing
import stat
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from mcp_servers.kit.grant_store import GrantStore, Progress, StoreUnusable
from mcp_servers.kit.grants import GrantRefusal, Reason
from tests.unit.kit.grant_makings import NOW, claims

DEADLINE = NOW + 30


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "store" / "grants.db"
    GrantStore(path).prepare(NOW)
    return path


def test_a_fresh_step_may_begin(path: Path) -> None:
    assert GrantStore(path).begin(claims(), now=NOW, deadline=DEADLINE).progress is Progress.FRESH


def test_a_used_grant_is_refused_the_second_time_even_after_a_restart(path: Path) -> None:
    GrantStore(path).begin(claims(), now=NOW, deadline=DEADLINE)
    with pytest.raises(GrantRefusal) as refused:
        GrantStore(path).begin(claims(), now=NOW, deadline=DEADLINE)
    assert refused.value.reason is Reason.USED


def test_a_second_grant_for_a_step_that_is_under_way_may_not_write(path: Path) -> None:
    store = GrantStore(path)
    store.begin(claims(), now=NOW, deadline=DEADLINE)
    note = store.begin(claims(jti="another-grant-0001"), now=NOW + 1, deadline=DEADLINE + 1)
    assert note.progress is Progress.UNDER_WAY
    assert note.deadline == DEADLINE


def test_a_step_that_was_begun_and_never_ended_is_in_doubt_after_its_deadline(path: Path) -> None:
    store = GrantStore(path)
    store.begin(claims(), now=NOW, deadline=DEADLINE)
    assert store.look("step-00000001", now=DEADLINE).progress is Progress.IN_DOUBT
    note = store.begin(claims(jti="another-grant-0001"), now=DEADLINE, deadline=DEADLINE + 30)
    assert note.progress is Progress.IN_DOUBT
    assert store.look("step-00000001", now=DEADLINE).progress is Progress.UNDER_WAY


def test_a_step_that_is_done_keeps_its_result(path: Path) -> None:
    store = GrantStore(path)
    store.begin(claims(), now=NOW, deadline=DEADLINE)
    store.end("step-00000001", Progress.DONE, {"changed": True})
    note = GrantStore(path).begin(claims(jti="another-grant-0001"), now=NOW, deadline=DEADLINE)
    assert (note.progress, note.result) == (Progress.DONE, {"changed": True})


def test_a_step_that_changed_nothing_may_begin_again(path: Path) -> None:
    store = GrantStore(path)
    store.begin(claims(), now=NOW, deadline=DEADLINE)
    store.end("step-00000001", Progress.FRESH)
    note = store.begin(claims(jti="another-grant-0001"), now=NOW, deadline=DEADLINE)
    assert note.progress is Progress.FRESH


@pytest.mark.parametrize("other", [{"tool": "delete_pod"}, {"args": "f" * 64}])
def test_the_key_of_one_step_cannot_be_used_for_another(path: Path, other: dict[str, object]) -> None:
    store = GrantStore(path)
    store.begin(claims(), now=NOW, deadline=DEADLINE)
    with pytest.raises(GrantRefusal) as refused:
        store.begin(claims(jti="another-grant-0001", **other), now=NOW, deadline=DEADLINE)
    assert refused.value.reason is Reason.KEY_OF_ANOTHER_STEP


def test_a_grant_of_an_older_runner_is_refused_once_a_newer_one_has_written(path: Path) -> None:
    store = GrantStore(path)
    store.begin(claims(fence=4), now=NOW, deadline=DEADLINE)
    with pytest.raises(GrantRefusal) as refused:
        store.begin(
            claims(fence=3, key="step-00000002", jti="another-grant-0001"), now=NOW, deadline=DEADLINE
        )
    assert refused.value.reason is Reason.STALE_FENCE


def test_fences_of_different_incidents_do_not_meet(path: Path) -> None:
    store = GrantStore(path)
    store.begin(claims(fence=4), now=NOW, deadline=DEADLINE)
    other = claims(fence=1, inc="inc_0000000000000002", key="step-00000002", jti="another-grant-0001")
    assert store.begin(other, now=NOW, deadline=DEADLINE).progress is Progress.FRESH


def test_a_refused_grant_is_burnt_all_the_same(path: Path) -> None:
    store = GrantStore(path)
    store.begin(claims(fence=4), now=NOW, deadline=DEADLINE)
    stale = claims(fence=3, key="step-00000002", jti="another-grant-0001")
    for reason in (Reason.STALE_FENCE, Reason.USED):
        with pytest.raises(GrantRefusal) as refused:
            store.begin(stale, now=NOW, deadline=DEADLINE)
        assert refused.value.reason is reason


def test_what_is_long_past_is_forgotten_but_nothing_that_could_be_used_again(path: Path) -> None:
    store = GrantStore(path)
    store.begin(claims(), now=NOW, deadline=DEADLINE)
    store.prepare(NOW + 3600)
    with pytest.raises(GrantRefusal):
        store.begin(claims(), now=NOW, deadline=DEADLINE)
    store.prepare(NOW + 2 * 86_400)
    assert store.look("step-00000001", now=NOW + 2 * 86_400).progress is Progress.IN_DOUBT


def test_only_the_owner_may_read_the_store(path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_store_that_cannot_be_written_says_where_it_is(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StoreUnusable, match=r"grants\.db"):
        GrantStore(tmp_path / "file" / "grants.db").prepare(NOW)


def test_a_file_that_is_no_database_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "grants.db"
    path.write_text("something else entirely, and longer than a header of SQLite would be" * 20)
    with pytest.raises(StoreUnusable):
        GrantStore(path).prepare(NOW)
    assert path.read_text().startswith("something else")


def burn(path: Path) -> bool:
    try:
        GrantStore(path).begin(claims(), now=NOW, deadline=DEADLINE)
    except GrantRefusal:
        return False
    return True


def test_of_many_processes_that_use_one_grant_at_once_exactly_one_gets_through(path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        outcomes = list(pool.map(burn, [path] * 20))
    assert outcomes.count(True) == 1
