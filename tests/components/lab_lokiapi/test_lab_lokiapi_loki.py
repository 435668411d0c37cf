"""The lab's Loki over HTTP."""

from __future__ import annotations

import gzip
import json
import os
import time
from collections.abc import Iterator

import httpx
import pytest

from infrastructure.lab.lokiapi import Bounds, Loki
from tests.components.lab_forge.lab_forge_loop import LoopThread
from tests.contracts.lab_lokiapi_loki import SECOND, LokiContract

REAL = os.environ.get("LOKI_CONTRACT_URL", "")


@pytest.fixture(scope="module")
def server() -> Iterator[Loki]:
    with LoopThread() as loop:
        running = loop.run(Loki.start())
        yield running
        loop.run(running.stop())


@pytest.fixture
def loki(server: Loki) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{server.url}/loki/api/v1") as client:
        yield client


class TestLoki(LokiContract):
    pass


@pytest.mark.skipif(not REAL, reason="LOKI_CONTRACT_URL names no Loki to compare with")
class TestRealLoki(LokiContract):
    @pytest.fixture
    def loki(self) -> Iterator[httpx.Client]:
        with httpx.Client(base_url=f"{REAL}/loki/api/v1") as client:
            yield client


def push(loki: httpx.Client, labels: dict[str, str], *lines: str) -> None:
    now = time.time_ns() - 30 * SECOND
    values = [[str(now + i), line] for i, line in enumerate(lines)]
    assert loki.post("/push", json={"streams": [{"stream": labels, "values": values}]}).status_code == 204


def test_it_is_ready_and_says_which_version_it_speaks(server: Loki, loki: httpx.Client) -> None:
    assert httpx.get(f"{server.url}/ready").text == "ready\n"
    assert loki.get("/status/buildinfo").json()["version"].startswith("3.")


def test_lines_appended_in_process_are_found_over_http(server: Loki, loki: httpx.Client) -> None:
    server.append({"app": "inside"}, time.time_ns() - SECOND, "hello")
    data = loki.post("/query_range", data={"query": '{app="inside"}'}).json()["data"]
    assert data["result"][0]["values"][0][1] == "hello"


def test_logfmt_lines_are_parsed_with_quotes_units_and_clashing_names(loki: httpx.Client) -> None:
    push(
        loki,
        {"app": "fmt"},
        'level=error app=other msg="no \\"way\\" out" took=250ms size=2KB',
        "level=info took=5ms size=900B",
    )
    query = '{app="fmt"} | logfmt | took > 100ms | size >= 1.5KB'
    (stream,) = loki.get("/query_range", params={"query": query}).json()["data"]["result"]
    assert stream["stream"]["msg"] == 'no "way" out'
    assert (stream["stream"]["app"], stream["stream"]["app_extracted"]) == ("fmt", "other")


def test_a_label_that_is_no_number_is_kept_and_marked(loki: httpx.Client) -> None:
    push(loki, {"app": "odd"}, "took=soon", "other=1")
    query = '{app="odd"} | logfmt | took > 5'
    (stream,) = loki.get("/query_range", params={"query": query}).json()["data"]["result"]
    assert stream["stream"]["__error__"] == "LabelFilterErr"
    assert [line for _, line in stream["values"]] == ["took=soon"]


def test_the_same_line_at_the_same_time_is_kept_once(loki: httpx.Client) -> None:
    body = {"streams": [{"stream": {"app": "once"}, "values": [[str(time.time_ns() - SECOND), "same"]]}]}
    for _ in range(2):
        loki.post("/push", json=body)
    stats = loki.get("/index/stats", params={"query": '{app="once"}'}).json()
    assert (stats["streams"], stats["entries"], stats["bytes"]) == (1, 1, 4)


def test_volume_adds_up_by_the_labels_asked_for(loki: httpx.Client) -> None:
    push(loki, {"team": "vol", "app": "a", "pod": "1"}, "x" * 10)
    push(loki, {"team": "vol", "app": "a", "pod": "2"}, "x" * 20)
    push(loki, {"team": "vol", "app": "b", "pod": "3"}, "x" * 5)
    asked = {"query": '{team="vol"}', "targetLabels": "app"}
    result = loki.get("/index/volume", params=asked).json()["data"]["result"]
    assert [(item["metric"], item["value"][1]) for item in result] == [
        ({"app": "a"}, "30"),
        ({"app": "b"}, "5"),
    ]
    whole = loki.get("/index/volume", params={"query": '{team="vol"}'}).json()["data"]["result"]
    assert [item["metric"] for item in whole] == [{"team": "vol"}]
    ranged = loki.get("/index/volume_range", params={**asked, "step": "20m"}).json()["data"]["result"]
    assert {item["metric"]["app"]: sum(int(value) for _, value in item["values"]) for item in ranged} == {
        "a": 30,
        "b": 5,
    }


def test_a_compressed_push_is_taken_and_protobuf_is_not(loki: httpx.Client) -> None:
    body = {"streams": [{"stream": {"app": "zip"}, "values": [[str(time.time_ns() - SECOND), "packed"]]}]}
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    packed = gzip.compress(json.dumps(body).encode())
    assert loki.post("/push", content=packed, headers=headers).status_code == 204
    refused = loki.post("/push", content=b"\x00", headers={"Content-Type": "application/x-protobuf"})
    assert (refused.status_code, "application/json" in refused.text) == (415, True)


@pytest.mark.parametrize("body", ["{", "[]", '{"streams": [{"stream": {"a": "b"}, "values": [[1, "x"]]}]}'])
def test_a_push_that_is_not_one_is_refused(loki: httpx.Client, body: str) -> None:
    answer = loki.post("/push", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400


def test_what_can_be_taken_of_a_push_is_taken(loki: httpx.Client) -> None:
    now = time.time_ns() - SECOND
    values = [["1000", "far too old"], [str(now), "fine"]]
    answer = loki.post("/push", json={"streams": [{"stream": {"app": "half"}, "values": values}]})
    assert (answer.status_code, "timestamp too old" in answer.text) == (400, True)
    stats = loki.get("/index/stats", params={"query": '{app="half"}'}).json()
    assert stats["entries"] == 1


async def test_with_a_token_nobody_reads_or_writes_without_it() -> None:
    loki = await Loki.start(token="secret", bounds=Bounds(lines=10))
    async with httpx.AsyncClient(base_url=loki.url) as client:
        assert (await client.get("/ready")).status_code == 200
        assert (await client.get("/loki/api/v1/labels")).status_code == 401
        headers = {"Authorization": "Bearer secret"}
        assert (await client.get("/loki/api/v1/labels", headers=headers)).json()["data"] == []
    await loki.stop()
