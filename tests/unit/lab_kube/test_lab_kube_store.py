"""The store counts revisions, remembers changes, and shows any recent moment."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infrastructure.lab.kube.objects.tree import Obj
from infrastructure.lab.kube.store.store import ADDED, DELETED, MODIFIED, Change, RevisionTooOld, Store

MAPS = "configmaps"


def thing(name: str, **data: str) -> Obj:
    return {"kind": "ConfigMap", "metadata": {"name": name, "namespace": "n"}, "data": data}


def test_every_write_has_a_later_revision() -> None:
    store = Store(revision=10)
    first, second = store.put(MAPS, thing("a")), store.put(MAPS, thing("b"))
    assert (first["metadata"]["resourceVersion"], second["metadata"]["resourceVersion"]) == ("11", "12")
    gone = store.remove(MAPS, "n", "a")
    assert gone is not None
    assert gone["metadata"]["resourceVersion"] == "13"


def test_a_reader_keeps_what_it_was_given() -> None:
    store = Store()
    before = store.put(MAPS, thing("a", k="1"))
    store.put(MAPS, thing("a", k="2"))
    assert before["data"] == {"k": "1"}


def test_listeners_hear_of_each_change_until_they_stop() -> None:
    store = Store()
    heard: list[Change] = []
    stop = store.listen(MAPS, heard.append)
    store.put(MAPS, thing("a"))
    store.put(MAPS, thing("a", k="1"))
    store.remove(MAPS, "n", "a")
    stop()
    store.put(MAPS, thing("b"))
    assert [one.type for one in heard] == [ADDED, MODIFIED, DELETED]
    assert [one.previous is None for one in heard] == [True, False, False]


def test_history_reaches_back_as_far_as_it_is_kept_and_no_further() -> None:
    store = Store(history=3)
    for number in range(5):
        store.put(MAPS, thing(f"a{number}"))
    assert [one.key[1] for one in store.since(MAPS, 3)] == ["a3", "a4"]
    assert len(store.since(MAPS, 2)) == 3
    with pytest.raises(RevisionTooOld):
        store.since(MAPS, 1)


def test_a_busy_kind_does_not_shorten_the_memory_of_a_quiet_one() -> None:
    store = Store(history=3)
    store.put(MAPS, thing("a"))
    for number in range(10):
        store.put("pods", thing(f"p{number}"))
    assert [one.key[1] for one in store.since(MAPS, 0)] == ["a"]


def test_what_is_forgotten_is_too_old() -> None:
    store = Store()
    store.put(MAPS, thing("a"))
    store.forget_history()
    assert store.since(MAPS, store.revision) == []
    with pytest.raises(RevisionTooOld):
        store.since(MAPS, 0)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=30), st.data())
def test_any_past_moment_is_shown_as_it_was(writes: list[tuple[str, bool]], data: st.DataObject) -> None:
    store = Store()
    moments = {0: store.objects(MAPS)}
    for name, keep in writes:
        if keep:
            store.put(MAPS, thing(name))
        else:
            store.remove(MAPS, "n", name)
        moments[store.revision] = store.objects(MAPS)
    chosen = data.draw(st.sampled_from(sorted(moments)))
    assert store.at(MAPS, chosen) == moments[chosen]
