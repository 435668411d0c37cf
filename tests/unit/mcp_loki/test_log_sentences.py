"""Templates of a whole file: sentences of many programs are told apart, whatever their values."""

from __future__ import annotations

import csv
import json
import random
from pathlib import Path

import pytest

from mcp_servers.kit.sentences import sentences
from mcp_servers.kit.sentences_file import main

PROGRAMS = {
    "web": (
        'connect() failed (111: Connection refused) while connecting to upstream, client: {ip}, server: {host}, request: "GET /{word}/{int} HTTP/1.1", upstream: "http://{ip}:{int}/"',
        "upstream timed out (110: Connection timed out) while reading response header from upstream, client: {ip}, server: {host}",
        "client {ip} closed keepalive connection",
        "{int} worker_connections are not enough",
        "signal process started",
    ),
    "database": (
        "duration: {float} ms  statement: SELECT * FROM {word} WHERE id = {int}",
        "connection received: host={ip} port={int}",
        "connection authorized: user={word} database={word} application_name={word}",
        "checkpoint starting: time",
        "checkpoint complete: wrote {int} buffers ({float}%); {int} WAL file(s) added, {int} removed",
        "could not receive data from client: Connection reset by peer",
        "process {int} still waiting for ShareLock on transaction {int} after {float} ms",
        'relation "{word}" does not exist at character {int}',
    ),
    "broker": (
        "[ReplicaManager broker={int}] Shutting down",
        "[GroupCoordinator {int}]: Preparing to rebalance group {word} in state PreparingRebalance with old generation {int}",
        "[Log partition={word}-{int}, dir=/var/lib/{word}] Rolled new log segment at offset {int} in {int} ms.",
        "Closing socket connection to /{ip}.",
        "Expired {int} offsets in {int} milliseconds.",
    ),
    "cluster": (
        "Successfully pulled image {image} in {float}s",
        "Back-off restarting failed container {word} in pod {pod}_{word}({uuid})",
        'Readiness probe failed: Get "http://{ip}:{int}/healthz": dial tcp {ip}:{int}: connect: connection refused',
        "0/{int} nodes are available: {int} Insufficient cpu.",
        "Scaled up replica set {pod} to {int}",
        "Node {word} status is now: NodeReady",
        "Node {word} status is now: NodeNotReady",
        "lease {hex} renewed for {word}",
    ),
    "application": (
        "Started {word} request id={uuid} user={word} path=/{word}/{int} took={int}ms",
        "payment {int} accepted for order {int} amount {float}",
        "payment {int} rejected for order {int} amount {float}",
        "cache miss for key {word}:{int}",
        "retrying {word} in {int}s (attempt {int} of 5)",
        "queue depth is {int}, workers busy {int}",
        "task completed",
        "GC (Allocation Failure) {int}K->{int}K({int}K), {float} secs",
    ),
}

SYLLABLES = ("ka", "ro", "mi", "ten", "sul", "vo", "dra", "lin", "pe", "qua", "fi", "gor")


def values(chance: random.Random) -> dict[str, object]:
    def word() -> str:
        return "".join(chance.choice(SYLLABLES) for _ in range(3))

    return {
        "ip": (f"10.{chance.randrange(256)}.{chance.randrange(256)}.{chance.randrange(256)}"),
        "host": f"{word()}.example.org",
        "int": chance.randrange(100_000),
        "float": round(chance.random() * 1000, 3),
        "word": word(),
        "image": f"registry.example.org/{word()}:v{chance.randrange(9)}.{chance.randrange(9)}",
        "pod": f"{word()}-{chance.randrange(16**9):09x}-{word()[:5]}",
        "uuid": f"{chance.randrange(16**8):08x}-{chance.randrange(16**4):04x}-4{chance.randrange(16**3):03x}"
        f"-a{chance.randrange(16**3):03x}-{chance.randrange(16**12):012x}",
        "hex": f"0x{chance.randrange(16**10):x}",
    }


def log_of(program: str, *, lines: int, seed: int) -> tuple[list[str], list[str]]:
    chance = random.Random(seed)  # noqa: S311 - a test's dice
    chosen = [chance.choice(PROGRAMS[program]) for _ in range(lines)]
    return [one.format(**values(chance)) for one in chosen], chosen


def accuracy(truth: list[str], found: tuple[int, ...]) -> float:
    """Share of lines whose group holds exactly the lines of a true group."""
    true: dict[str, set[int]] = {}
    made: dict[int, set[int]] = {}
    for place, (name, key) in enumerate(zip(truth, found, strict=True)):
        true.setdefault(name, set()).add(place)
        made.setdefault(key, set()).add(place)
    whole = {frozenset(lines) for lines in true.values()}
    return sum(len(lines) for lines in made.values() if frozenset(lines) in whole) / len(truth)


@pytest.mark.parametrize("program", PROGRAMS)
def test_programs_of_all_kinds_are_grouped_by_the_sentences_they_say(program: str) -> None:
    lines, truth = log_of(program, lines=1000, seed=7)
    assert accuracy(truth, sentences(lines).of_line) >= 0.95


def test_a_few_words_are_part_of_the_sentence_and_many_are_a_gap() -> None:
    few = sentences([f"link state is {word}" for word in ("up", "down") * 20])
    assert {one.text for one in few.templates} == {"link state is up", "link state is down"}
    many = sentences([f"link state is {word}" for word in ("a", "bb", "cc", "dd", "ee")])
    assert [one.text for one in many.templates] == ["link state is <*>"]


def test_a_name_stays_a_gap_however_few_are_seen() -> None:
    found = sentences(["session opened for user anna today", "session opened for user bert today"] * 9)
    assert [one.text for one in found.templates] == ["session opened for user <*> today"]


def test_keys_of_settings_stay_in_the_template() -> None:
    found = sentences(
        [
            f"limits set cpu={cpu} mode={mode} done"
            for cpu, mode in (("a1", "xx"), ("b2", "yy"), ("c3", "zz"), ("d4", "ww"), ("e5", "vv"))
        ]
    )
    assert [one.text for one in found.templates] == ["limits set cpu=<*> mode=<*> done"]


def test_the_command_writes_one_row_a_line_and_counts_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log, out = tmp_path / "app.log", tmp_path / "out.csv"
    log.write_bytes(b"took 1 ms\r\n\xff\xfe odd\n\ntook 22 ms")
    assert main(["--in", str(log), "--out", str(out), "--json"]) == 0
    rows = list(csv.DictReader(out.open(encoding="utf-8")))
    assert [row["LineId"] for row in rows] == ["1", "2", "3", "4"]
    assert rows[0]["EventTemplate"] == rows[3]["EventTemplate"] == "took <*> ms"
    assert json.loads(capsys.readouterr().out)["lines"] == 4


def test_a_missing_file_is_a_plain_message_and_exit_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--in", str(tmp_path / "no.log")]) == 2
    assert "no.log" in capsys.readouterr().err


def test_whether_something_is_true_is_a_value_and_not_a_sentence() -> None:
    told = sentences(
        ["ready=true, forced=False", "ready=false, forced=True", "updated: true", "updated: false"]
    )
    assert [each.count for each in told.templates] == [2, 2]
    assert "the truth is out" in sentences(["the truth is out"]).templates[0].text


def test_the_names_and_the_message_of_a_json_line_are_its_sentence() -> None:
    lines = [
        '{"level":"info","msg":"slow call","key":"user:7","took":"3ms"}',
        '{"level":"info","msg":"slow call","key":"user:9","took":"9s"}',
        '{"level":"error","msg":"acquire failed","error":"connection refused","pool":"main"}',
    ]
    told = sentences(lines)
    assert told.of_line == (0, 0, 1)
    assert told.templates[0].text == '{"level":"info","msg":"slow call","key":"<*>","took":"<*>"}'


def test_a_name_with_more_about_it_in_brackets_is_a_gap() -> None:
    names = ["carol", "root", "ivan.x", "heidi42"]
    told = sentences(f"session opened for user {name}(uid={n}) by (uid=0)" for n, name in enumerate(names))
    assert [each.text for each in told.templates] == ["session opened for user <*>(uid=<*>) by (uid=<*>)"]
