"""The sender of a storm, a process of its own: single-alert webhooks at a fixed rate over a few kept connections.

    BENCH_TOKEN=… python -m bench.storm http://127.0.0.1:8080/webhook/alert --rate 200 --seconds 30

An open loop: a slow answer does not slow the next delivery down, as long as a connection is free. It
speaks HTTP by hand, because a client library would use more of the machine than what is measured.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlsplit

WORKLOADS = 200
CONNECTIONS = 64
ANSWER_SECONDS = 20.0


@dataclass
class Storm:
    """What was sent, and how each delivery was answered; times in milliseconds."""

    waits: list[float] = field(default_factory=list)
    """From the last byte sent to the whole answer."""
    late: list[float] = field(default_factory=list)
    """How much later than due it was sent: what the sender itself, or a full set of connections, cost."""
    answers: Counter[str] = field(default_factory=Counter)


def payload(number: int, now: datetime, run: str, workloads: int = WORKLOADS) -> bytes:
    """One delivery of Alertmanager with one alert of its own about one of the workloads."""
    place = number % workloads
    labels = {
        "alertname": f"Condition{number // workloads}",
        "namespace": f"team-{place // 20}",
        "deployment": f"workload-{place}",
        "severity": "critical" if place % 4 == 0 else "warning",
        "run": run,
    }
    alert = {
        "status": "firing",
        "labels": labels,
        "annotations": {
            "summary": f"workload-{place} does not answer",
            "description": "More than 5 % of the requests failed during the last five minutes.",
            "runbook_url": "https://runbooks.example/does-not-answer",
        },
        "startsAt": now.isoformat(),
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://prometheus:9090/graph?g0.expr=up+%3D%3D+0&g0.tab=1",
        "fingerprint": f"{run[:6]}{number:010x}",
    }
    return json.dumps(
        {
            "version": "4",
            "groupKey": '{}:{alertname="x"}',
            "truncatedAlerts": 0,
            "status": "firing",
            "receiver": "sre-agent",
            "groupLabels": {},
            "commonLabels": labels,
            "commonAnnotations": alert["annotations"],
            "externalURL": "http://alertmanager:9093",
            "alerts": [alert],
        }
    ).encode()


class Sender:
    """Sends each delivery when it is due, over whichever kept connection is free."""

    def __init__(self, url: str, token: str) -> None:
        parts = urlsplit(url)
        if parts.hostname != "127.0.0.1":
            raise ValueError("a storm is sent to 127.0.0.1 only")
        self._host, self._port = parts.hostname, parts.port or 80
        self._head = (
            f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer {token}\r\nContent-Length: "
        )
        self._free: asyncio.LifoQueue[tuple[asyncio.StreamReader, asyncio.StreamWriter]]
        self._free = asyncio.LifoQueue()
        self.storm = Storm()

    async def run(self, *, rate: float, seconds: float, run: str, workloads: int = WORKLOADS) -> Storm:
        for _ in range(CONNECTIONS):
            self._free.put_nowait(await asyncio.open_connection(self._host, self._port))
        begin = time.perf_counter() + 0.2
        async with asyncio.TaskGroup() as tasks:
            for number in range(int(rate * seconds)):
                due = begin + number / rate
                body = payload(number, datetime.now(UTC), run, workloads)
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                tasks.create_task(self._deliver(body, due))
        while not self._free.empty():
            self._free.get_nowait()[1].close()
        return self.storm

    async def _deliver(self, body: bytes, due: float) -> None:
        reader, writer = await self._free.get()
        if reader.at_eof():  # an idle connection that the server closed, as servers do
            writer.close()
            reader, writer = await asyncio.open_connection(self._host, self._port)
        sent = time.perf_counter()
        self.storm.late.append((sent - due) * 1000)
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                writer.write(f"{self._head}{len(body)}\r\n\r\n".encode() + body)
                status = await status_of(reader)
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as broken:
            self.storm.answers[type(broken).__name__] += 1
            writer.close()
            with contextlib.suppress(OSError):
                self._free.put_nowait(await asyncio.open_connection(self._host, self._port))
            return
        self.storm.waits.append((time.perf_counter() - sent) * 1000)
        self.storm.answers[status] += 1
        self._free.put_nowait((reader, writer))


async def status_of(reader: asyncio.StreamReader) -> str:
    """Read one whole answer; its status code."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    lines = head.split("\r\n")
    length = next((int(value) for value in _values(lines, "content-length")), 0)
    await reader.readexactly(length)
    return lines[0].split()[1]


def _values(lines: list[str], name: str) -> Iterator[str]:
    for line in lines:
        key, _, value = line.partition(":")
        if key == name:
            yield value.strip()


def main() -> None:
    parser = argparse.ArgumentParser(description="Send a storm of single-alert webhooks.")
    parser.add_argument("url")
    parser.add_argument("--rate", type=float, default=200.0)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--workloads", type=int, default=WORKLOADS)
    parser.add_argument("--run", default="bench0", help="makes the alerts different from those of other runs")
    given = parser.parse_args()
    used = time.process_time()
    storm = asyncio.run(
        Sender(given.url, os.environ["BENCH_TOKEN"]).run(
            rate=given.rate, seconds=given.seconds, run=given.run, workloads=given.workloads
        )
    )
    json.dump(
        {
            "waits": storm.waits,
            "late": storm.late,
            "answers": storm.answers,
            "cpu_seconds": time.process_time() - used,
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main()
