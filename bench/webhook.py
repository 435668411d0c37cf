"""How long Alertmanager waits for its durable answer while alerts pour in, and whether every one is on file."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import sys
from dataclasses import dataclass, replace
from typing import Any

from bench import proc
from bench.figures import Figure, Measured, Row, percentile
from bench.stage import Stage

PAGE = 200
MOST_MB = 600.0


@dataclass(frozen=True)
class Rush:
    """How alerts pour in, and what is asked of the platform meanwhile."""

    name: str
    rate: float
    seconds: int
    workloads: int
    p99_milliseconds: float


WEBHOOK = Rush("webhook", rate=200, seconds=30, workloads=200, p99_milliseconds=50)
STORM = Rush("storm", rate=10_000 / 60, seconds=60, workloads=500, p99_milliseconds=250)


async def webhook(stage: Stage, *, quick: bool) -> Measured:
    """200 alerts a second over 200 workloads; runner, lab and Prometheus at work; the sender a process apart."""
    return await _measured(stage, replace(WEBHOOK, seconds=5) if quick else WEBHOOK)


async def storm(stage: Stage, *, quick: bool) -> Measured:
    """10,000 alerts of 500 workloads in a minute; a quarter of them critical."""
    return await _measured(stage, replace(STORM, seconds=10) if quick else STORM)


async def _measured(stage: Stage, rush: Rush) -> Measured:
    run, agent, before = secrets.token_hex(3), stage.pids["agent"], await _on_file(stage)
    cpu = proc.cpu_of(agent)
    told = await _rush(stage, rush, run)
    cpu = (proc.cpu_of(agent) - cpu) / rush.seconds
    on_file, grown = await _on_file(stage), proc.pss_of(agent)
    waits, late = told["waits"], told["late"]
    rows: list[Row] = [
        {
            "percentile": name,
            "answer ms": round(percentile(waits, p), 1),
            "sent late ms": round(percentile(late, p), 1),
        }
        for name, p in (("p50", 50), ("p90", 90), ("p99", 99), ("p99.9", 99.9), ("max", 100))
    ]
    answers = ", ".join(f"{count} times {status}" for status, count in told["answers"].items())
    lost = told["answers"].get("200", 0) - (on_file - before)
    note = f"{len(waits)} answered, {on_file - before} on file"
    figures = (
        Figure(
            f"{rush.name}, durable answer, p99", percentile(waits, 99), "ms", rush.p99_milliseconds, answers
        ),
        Figure(f"{rush.name}, durable answer, p50", percentile(waits, 50), "ms"),
        Figure("acknowledged alerts lost", max(lost, 0), "alerts", 0.5, note),
        Figure("agent's processor meanwhile, its runner's too", cpu * 100, "% of a core"),
        Figure("agent's memory afterwards, its runner's too", grown, "MB (PSS)", MOST_MB),
    )
    return Measured(figures, {rush.name: rows})


async def _rush(stage: Stage, rush: Rush, run: str) -> dict[str, Any]:
    url = f"{stage.platform.launch.url('agent')}/webhook/alert"
    numbers = {"--rate": rush.rate, "--seconds": rush.seconds, "--workloads": rush.workloads}
    words = [word for name, number in numbers.items() for word in (name, str(number))]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.storm", url, *words, "--run", run),
        env={**os.environ, "BENCH_TOKEN": stage.platform.known["WEBHOOK_TOKEN"]},
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(), rush.seconds + 60)
    finally:
        if process.returncode is None:
            process.kill()
    told: dict[str, Any] = json.loads(output)
    return told


async def _on_file(stage: Stage) -> int:
    """The storm's alerts, as the API counts them over all its incidents."""
    count, page = 0, 1
    while True:
        answer = await stage.get("/api/v1/incidents", page=page, size=PAGE)
        count += sum(one["alert_count"] for one in answer["items"] if one["namespace"].startswith("team-"))
        if page * PAGE >= answer["total"]:
            return int(count)
        page += 1
