"""How long Alertmanager waits for its durable answer while alerts pour in, and whether every one is on file."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import sys
from typing import Any

from bench import proc
from bench.figures import Figure, Measured, Row, percentile
from bench.stage import Stage

P99_MILLISECONDS = 50.0
RATE = 200
PAGE = 200


async def webhook(stage: Stage, *, quick: bool) -> Measured:
    """200 alerts a second over 200 workloads; runner, lab and Prometheus at work; the sender a process apart."""
    seconds, run = (5 if quick else 30), secrets.token_hex(3)
    agent = stage.pids["agent"]
    cpu = proc.cpu_of(agent)
    told = await _storm(stage, seconds, run)
    cpu = (proc.cpu_of(agent) - cpu) / seconds
    on_file = await _on_file(stage)
    offered = RATE * seconds
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
    figures = (
        Figure("webhook, durable answer, p99", percentile(waits, 99), "ms", P99_MILLISECONDS, answers),
        Figure("webhook, durable answer, p50", percentile(waits, 50), "ms"),
        Figure("alerts lost", offered - on_file, "alerts", 0.5, f"{offered} offered, {on_file} on file"),
        Figure("agent's processor in the storm", cpu * 100, "% of a core"),
    )
    return Measured(figures, {"webhook": rows})


async def _storm(stage: Stage, seconds: int, run: str) -> dict[str, Any]:
    url = f"{stage.platform.launch.url('agent')}/webhook/alert"
    process = await asyncio.create_subprocess_exec(
        *(
            sys.executable,
            "-m",
            "bench.storm",
            url,
            "--rate",
            str(RATE),
            "--seconds",
            str(seconds),
            "--run",
            run,
        ),
        env={**os.environ, "BENCH_TOKEN": stage.platform.known["WEBHOOK_TOKEN"]},
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(), seconds + 60)
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
