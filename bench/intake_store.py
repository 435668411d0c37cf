"""How long a webhook waits for its durable answer: the store alone, with a runner at work beside it.

    python bench/intake_store.py --seconds 30 --rate 200 --runner busy --tuned

Single-alert deliveries with distinct fingerprints over 200 workloads are offered at a fixed rate (an
open loop: a slow answer does not slow the next one down) and placed by the real rules of intake. The
runner is a thread with its own event loop that keeps evidence, writes journals and computes in
between. At the end everything offered is counted in the database. `--tuned` sets the interpreter as
the platform's process should: what was imported is kept out of garbage collection, whose pauses would
else be the slowest answers, and threads take turns every half a millisecond.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sre_agent.adapters.archive import SqlArchive
from sre_agent.adapters.bulletin import SqlBulletin
from sre_agent.adapters.jobs import SqlJobs
from sre_agent.adapters.leases import SqlLeases
from sre_agent.adapters.ledger import SqlLedger
from sre_agent.adapters.store import Store
from sre_agent.domain.alert import Alert, AlertStatus
from sre_agent.domain.evidence import Specialist
from sre_agent.domain.ids import IncidentId, JournalKey
from sre_agent.domain.journal import JournalDraft, Kind
from sre_agent.intake.placement import placing
from sre_agent.intake.settings import IntakeSettings
from sre_agent.interpreter import steady_interpreter
from sre_agent.ports.archive import IncidentFilter, Page
from sre_agent.ports.ledger import ChangeSet, KeptAnswer

WORKLOADS = 200
ANSWER = {"items": [{"name": f"pod-{n}", "status": {"phase": "Running", "restarts": n}} for n in range(400)]}


@dataclass
class Cabinet:
    store: Store
    ledger: SqlLedger
    archive: SqlArchive
    jobs: SqlJobs
    leases: SqlLeases

    @classmethod
    def on(cls, store: Store) -> Cabinet:
        ledger = SqlLedger(store, SqlBulletin(store))
        return cls(store, ledger, SqlArchive(store), SqlJobs(store), SqlLeases(store))


@dataclass
class Runner:
    """A thread that works on incidents as the real one does, `concurrency` at a time."""

    cabinet: Cabinet
    compute_ms: float
    concurrency: int = 2
    writes: int = 0
    kept: int = 0
    stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        asyncio.run(self._all())

    async def _all(self) -> None:
        await asyncio.gather(*(self._worker(f"bench-{n}") for n in range(self.concurrency)))

    async def _worker(self, owner: str) -> None:
        while not self.stop.is_set():
            job = await self.cabinet.jobs.claim(owner, hold=timedelta(seconds=30))
            if job is None or job.incident_id is None:
                await asyncio.sleep(0.05)
                continue
            await self._investigate(job.incident_id, owner)
            await self.cabinet.jobs.finish(job, owner)

    async def _investigate(self, incident_id: IncidentId, owner: str) -> None:
        lease = await self.cabinet.leases.acquire(incident_id, owner, term=timedelta(seconds=6))
        if lease is None:
            return
        for turn in range(10):
            self._compute()
            now = datetime.now(UTC)
            answer = KeptAnswer(
                server="k8s",
                tool="list_objects",
                arguments={"turn": turn},
                excerpt="pod-1 is Running",
                body={**ANSWER, "turn": turn},
                taken_at=now,
                turn=turn,
            )
            await self.cabinet.ledger.keep(incident_id, f"q{turn}", Specialist.KUBERNETES, answer)
            entries = tuple(
                JournalDraft(
                    key=JournalKey(f"{turn}:{n}"), kind=Kind.NOTE_ADDED, actor="bench", text="seen", at=now
                )
                for n in range(3)
            )
            change = ChangeSet(incident_id=incident_id, at=now, fence=lease.fence, entries=entries)
            await self.cabinet.ledger.write(change)
            lease = await self.cabinet.leases.renew(lease, term=timedelta(seconds=6))
            self.writes += 1
            self.kept += 1
        await self.cabinet.leases.release(lease)

    def _compute(self) -> None:
        until = time.perf_counter() + self.compute_ms / 1000
        while time.perf_counter() < until:
            json.loads(json.dumps(ANSWER))


def an_alert(number: int) -> Alert:
    return Alert(
        fingerprint=f"{number:016x}",
        status=AlertStatus.FIRING,
        labels={
            "alertname": f"Alert{number // WORKLOADS}",
            "namespace": f"team-{number % WORKLOADS // 20}",
            "deployment": f"workload-{number % WORKLOADS}",
            "severity": "critical",
        },
        annotations={"summary": "it does not answer", "runbook_url": "https://runbooks.example/it"},
        starts_at=datetime.now(UTC),
        generator_url="http://prometheus:9090/graph?g0.expr=up+%3D%3D+0&g0.tab=1",
    )


async def offer(cabinet: Cabinet, *, rate: float, seconds: float) -> list[float]:
    """Milliseconds from the moment each delivery was due to its durable answer."""
    place = placing(IntakeSettings())
    waits: list[float] = []

    async def deliver(number: int, due: float) -> None:
        await cabinet.ledger.accept([an_alert(number)], place)
        waits.append((time.perf_counter() - due) * 1000)

    begin = time.perf_counter()
    tasks = []
    for number in range(int(rate * seconds)):
        due = begin + number / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        tasks.append(asyncio.create_task(deliver(number, due)))
    await asyncio.gather(*tasks)
    return waits


async def measure(arguments: argparse.Namespace, folder: str) -> dict[str, object]:
    store = Store(f"sqlite+aiosqlite:///{folder}/bench.db")
    await store.start()
    cabinet = Cabinet.on(store)
    runner = Runner(cabinet, compute_ms={"none": 0.0, "store": 0.0, "busy": 20.0}[arguments.runner])
    thread = threading.Thread(target=runner.run, name="runner")
    if arguments.runner != "none":
        thread.start()
    cpu, began = cpu_seconds(), time.perf_counter()
    waits = sorted(await offer(cabinet, rate=arguments.rate, seconds=arguments.seconds))
    took = time.perf_counter() - began
    cpu = cpu_seconds() - cpu
    runner.stop.set()
    if thread.is_alive():
        await asyncio.to_thread(thread.join)
    page = await cabinet.archive.incidents(IncidentFilter(), Page(size=WORKLOADS))
    await store.close()
    return {
        "offered": len(waits),
        "on_file": sum(incident.alert_count for incident in page.items),
        "incidents": page.total,
        "seconds": round(took, 1),
        "p50_ms": round(waits[len(waits) // 2], 1),
        "p95_ms": round(waits[int(len(waits) * 0.95)], 1),
        "p99_ms": round(waits[int(len(waits) * 0.99)], 1),
        "max_ms": round(waits[-1], 1),
        "cpu_share": round(cpu / took, 2),
        "runner_writes": runner.writes,
    }


def cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--rate", type=float, default=200.0)
    parser.add_argument("--runner", choices=["none", "store", "busy"], default="busy")
    parser.add_argument("--tuned", action="store_true", help="interpreter settings for a steady answer")
    arguments = parser.parse_args()
    if arguments.tuned:
        steady_interpreter()
    with tempfile.TemporaryDirectory() as folder:
        numbers = asyncio.run(measure(arguments, folder))
        numbers["database_mb"] = round(sum(f.stat().st_size for f in Path(folder).iterdir()) / 1e6, 1)
    print(json.dumps(vars(arguments) | numbers, indent=2))
    if numbers["offered"] != numbers["on_file"]:
        sys.exit(f"lost: {numbers['offered']} offered, {numbers['on_file']} on file")


if __name__ == "__main__":
    main()
