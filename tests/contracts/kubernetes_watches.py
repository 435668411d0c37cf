"""Watching: from a revision on, with bookmarks, until it is too old."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest
from kubernetes import watch
from kubernetes.client.exceptions import ApiException

from tests.contracts.kubernetes_api import MERGE, TABLE, ClusterContract, Json, Place, outlives_history

MAPS = "/api/v1/namespaces/{ns}/configmaps"


def lines(place: Place, query: str, accept: str = "application/json") -> Iterator[Json]:
    """The events of one watch, as they come over the wire."""
    url = place.url(f"{MAPS}?watch=true&{query}")
    answer = place.api.call_api("GET", url, header_params=place.signed({"Accept": accept}))
    try:
        for raw in answer.response.stream(1 << 16):
            for line in filter(None, raw.split(b"\n")):
                yield json.loads(line)
    finally:
        answer.response.close()


class WatchesContract(ClusterContract):
    def _version(self, place: Place) -> str:
        return str(place.get(MAPS)["metadata"]["resourceVersion"])

    def test_what_happened_since_a_revision_is_told_in_order(self, place: Place) -> None:
        version = self._version(place)
        place.configmap("a")
        place.patch(f"{MAPS}/a", {"data": {"k": "v"}}, MERGE)
        place.raw("DELETE", f"{MAPS}/a")
        query = f"resourceVersion={version}&fieldSelector=metadata.name%3Da"
        found = list(islice(lines(place, query), 3))
        assert [one["type"] for one in found] == ["ADDED", "MODIFIED", "DELETED"]
        assert found[1]["object"]["data"] == {"k": "v"}
        versions = [int(one["object"]["metadata"]["resourceVersion"]) for one in found]
        assert versions == sorted(set(versions))

    def test_a_watch_goes_on_where_the_last_ended(self, place: Place) -> None:
        version = self._version(place)
        for name in ("a", "b", "c"):
            place.configmap(name)
        first = next(lines(place, f"resourceVersion={version}"))
        version = first["object"]["metadata"]["resourceVersion"]
        rest = islice(lines(place, f"resourceVersion={version}"), 2)
        assert [one["object"]["metadata"]["name"] for one in rest] == ["b", "c"]

    def test_without_a_revision_what_there_is_comes_first(self, place: Place) -> None:
        place.configmap("a")
        event = next(lines(place, "fieldSelector=metadata.name%3Da"))
        assert (event["type"], event["object"]["metadata"]["name"]) == ("ADDED", "a")

    def test_leaving_a_selection_is_a_deletion_and_entering_an_addition(self, place: Place) -> None:
        place.configmap("a", labels={"in": "yes"})
        version = self._version(place)
        place.patch(f"{MAPS}/a", {"metadata": {"labels": {"in": "no"}}}, MERGE)
        place.patch(f"{MAPS}/a", {"metadata": {"labels": {"in": "yes"}}}, MERGE)
        found = islice(lines(place, f"resourceVersion={version}&labelSelector=in%3Dyes"), 2)
        assert [one["type"] for one in found] == ["DELETED", "ADDED"]

    def test_a_live_change_reaches_a_watcher(self, place: Place) -> None:
        found = lines(place, f"resourceVersion={self._version(place)}&timeoutSeconds=30")
        place.configmap("later")
        assert next(found)["object"]["metadata"]["name"] == "later"

    @outlives_history
    def test_a_revision_that_is_too_old_is_gone(self, place: Place) -> None:
        event = next(lines(place, "resourceVersion=1&timeoutSeconds=5"))
        assert event["type"] == "ERROR"
        assert (event["object"]["code"], event["object"]["reason"]) == (410, "Expired")
        assert event["object"]["message"].startswith("too old resource version: 1 (")

    @outlives_history
    def test_the_official_watch_raises_410_for_it(self, place: Place) -> None:
        stream = watch.Watch().stream(
            place.core.list_namespaced_config_map, place.namespace, resource_version="1", timeout_seconds=5
        )
        with pytest.raises(ApiException) as caught:
            list(stream)
        assert caught.value.status == 410

    def test_a_bookmark_tells_how_far_a_quiet_watch_has_come(self, place: Place) -> None:
        version = self._version(place)
        found = next(lines(place, f"resourceVersion={version}&allowWatchBookmarks=true&timeoutSeconds=3"))
        assert (found["type"], found["object"]["kind"]) == ("BOOKMARK", "ConfigMap")
        assert int(found["object"]["metadata"]["resourceVersion"]) >= int(version)

    def test_the_initial_events_end_with_a_bookmark_when_asked_for(self, place: Place) -> None:
        place.configmap("a")
        query = (
            "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true"
            "&fieldSelector=metadata.name%3Da"
        )
        found = list(islice(lines(place, query), 2))
        assert [one["type"] for one in found] == ["ADDED", "BOOKMARK"]
        assert found[1]["object"]["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}

    def test_a_watch_can_speak_in_tables(self, place: Place) -> None:
        place.configmap("a", {"k": "v"})
        event = next(lines(place, "fieldSelector=metadata.name%3Da", TABLE))
        assert event["object"]["kind"] == "Table"
        assert event["object"]["rows"][0]["cells"][:2] == ["a", 1]

    def test_an_informers_way_list_then_watch_misses_nothing(self, place: Place) -> None:
        """As client-go does it for Prometheus: list from the cache, watch from there with bookmarks."""
        place.configmap("before")
        listed = place.get(f"{MAPS}?limit=500&resourceVersion=0")
        known = {one["metadata"]["name"] for one in listed["items"]}
        place.configmap("between")
        version = listed["metadata"]["resourceVersion"]
        event = next(lines(place, f"allowWatchBookmarks=true&resourceVersion={version}"))
        known.add(event["object"]["metadata"]["name"])
        assert {"before", "between"} <= known

    async def test_the_asynchronous_client_watches_too(self, place: Place) -> None:
        from kubernetes.aio import client as aio
        from kubernetes.aio import config
        from kubernetes.aio import watch as aio_watch

        place.configmap("a")
        async with await _aio_client(config, place) as api:
            core = aio.CoreV1Api(api)
            stream: Any = aio_watch.Watch().stream(
                core.list_namespaced_config_map, place.namespace, timeout_seconds=1
            )
            names = [event["object"].metadata.name async for event in stream]
        assert "a" in names


async def _aio_client(config: Any, place: Place) -> Any:
    return await config.new_client_from_config(config_file=str(place.server.kubeconfig))
