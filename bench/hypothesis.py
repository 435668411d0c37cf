"""From a received alert to the first hypothesis that names a cause, and what an incident adds to the database."""

from __future__ import annotations

import asyncio
import secrets
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from bench.figures import Figure, Measured, Row, median, percentile
from bench.stage import Stage, until

FAULTS = ("bad-deploy", "service-selector-mismatch", "oom-low-limit", "slow-dependency", "kubelet-down")
"""One or two of each layer: a change, wrong wiring, a limit, a fault two hops away, a node."""
P50_SECONDS, P95_SECONDS = 2.0, 5.0
HEALTHY_PAST_SECONDS = 20
FIRES_WITHIN, DECIDES_WITHIN, HEALS_WITHIN = 60.0, 60.0, 90.0
STORES = ("sre-agent.db", "checkpoints.db")
Journal = Sequence[Mapping[str, Any]]


async def hypothesis(stage: Stage, *, quick: bool) -> Measured:
    """Real faults with real alerts; then the same alerts are sent again while the shop is still broken."""
    faults, times = (FAULTS[:2], 2) if quick else (FAULTS, 5)
    before = _kilobytes(stage)
    rows: list[Row] = []
    for fault in faults:
        rows += await _trials(stage, fault, times)
    first = [float(row["first hypothesis s"]) for row in rows]
    decided = [float(row["decided s"]) for row in rows if row["decided s"] != ""]
    figures = (
        Figure("alert → first hypothesis, p50", median(first), "s", P50_SECONDS, f"{len(first)} incidents"),
        Figure("alert → first hypothesis, p95", percentile(first, 95), "s", P95_SECONDS),
        Figure("alert → decided diagnosis, p50", median(decided), "s", note=f"{len(decided)} incidents"),
        *_growth(before, _kilobytes(stage), len(rows)),
    )
    return Measured(figures, {"first hypotheses": rows})


def _growth(before: Mapping[str, float], after: Mapping[str, float], incidents: int) -> list[Figure]:
    return [
        Figure(
            f"growth of {name} for each incident",
            (after[name] - before[name]) / max(1, incidents),
            "kB",
            note="investigated and planned, not acted upon",
        )
        for name in STORES
    ]


async def _trials(stage: Stage, fault: str, times: int) -> list[Row]:
    await asyncio.sleep(HEALTHY_PAST_SECONDS)
    known = await _ids(stage)
    stage.say(f"breaking the shop: {fault}")
    await stage.lab("break", fault)
    rows = [_row(fault, "by Alertmanager", await _journal_of_new(stage, known))]
    alerts = await _active_alerts(stage)
    for _ in range(times - 1):
        await _close_all(stage)
        known = await _ids(stage)
        await _send(stage, alerts)
        rows.append(_row(fault, "sent again", await _journal_of_new(stage, known)))
        stage.say(f"{fault}: first hypothesis after {rows[-1]['first hypothesis s']} s")
    await _close_all(stage)
    await stage.lab("heal")
    await until(lambda: _healed(stage), HEALS_WITHIN, 0.5)
    await _close_all(stage)
    return rows


def _row(fault: str, origin: str, journal: Journal) -> Row:
    received, first, decided = milestones(journal)
    named = first["body"].get("hypotheses") or [first["body"].get("root") or {}]
    return {
        "fault": fault,
        "alert": origin,
        "first hypothesis s": round(_between(received, first), 2),
        "decided s": round(_between(received, decided), 2) if decided else "",
        "cause named first": str(named[0].get("cause", "")),
    }


def milestones(
    journal: Journal,
) -> tuple[Mapping[str, Any], Mapping[str, Any], Mapping[str, Any] | None]:
    """The first alert, the first entry that names a cause, and the diagnosis with a root, if it came to one."""
    received = next(entry for entry in journal if entry["kind"] == "alert.received")
    first = next(entry for entry in journal if names_a_cause(entry))
    decided = next((entry for entry in journal if entry["kind"] == "diagnosis.made"), None)
    return received, first, decided


def names_a_cause(entry: Mapping[str, Any]) -> bool:
    body = entry["body"]
    if entry["kind"] == "hypotheses.ranked":
        return bool(body.get("hypotheses"))
    return entry["kind"] == "diagnosis.made" and bool(body.get("root"))


def _between(one: Mapping[str, Any], other: Mapping[str, Any]) -> float:
    return (datetime.fromisoformat(other["at"]) - datetime.fromisoformat(one["at"])).total_seconds()


async def _ids(stage: Stage) -> set[str]:
    return {str(one["id"]) for one in (await stage.get("/api/v1/incidents", size=200))["items"]}


async def _journal_of_new(stage: Stage, known: set[str]) -> Journal:
    """The journal of the first new incident in which a cause is named, once its diagnosis is made."""
    found: list[Journal] = []

    async def told() -> bool:
        for one in sorted(await _ids(stage) - known):
            journal = (await stage.get(f"/api/v1/incidents/{one}/journal", limit=1000))["entries"]
            ended = any(entry["kind"] == "diagnosis.made" for entry in journal)
            if ended and any(map(names_a_cause, journal)):
                found.append(journal)
                return True
        return False

    # The platform is left in peace while it thinks: whoever asks often measures the asking.
    if not await until(told, FIRES_WITHIN + DECIDES_WITHIN, 1.0):
        raise RuntimeError("no incident came to a hypothesis in time; see the logs of the platform")
    return found[0]


async def _active_alerts(stage: Stage) -> list[dict[str, Any]]:
    async with httpx.AsyncClient(base_url=str(stage.facts["alertmanager_url"]), trust_env=False) as http:
        alerts = (await http.get("/api/v2/alerts", params={"active": "true"})).json()
    return [one for one in alerts if one["labels"]["alertname"] != "Watchdog"]


async def _send(stage: Stage, alerts: Sequence[Mapping[str, Any]]) -> None:
    """The same alerts as another occurrence: they begin now, and nothing on file has their fingerprint."""
    now = datetime.now(UTC).isoformat()
    again = [
        {
            **{name: one[name] for name in ("labels", "annotations", "generatorURL")},
            "status": "firing",
            "startsAt": now,
            "endsAt": "0001-01-01T00:00:00Z",
            "fingerprint": secrets.token_hex(8),
        }
        for one in alerts
    ]
    body = {"version": "4", "status": "firing", "receiver": "bench", "groupKey": "bench", "alerts": again}
    await stage.post("/webhook/alert", body)


async def _close_all(stage: Stage) -> None:
    for one in (await stage.get("/api/v1/incidents", size=200))["items"]:
        if one["status"] not in ("resolved", "escalated", "closed"):
            path = f"/api/v1/incidents/{one['id']}/cancel"
            await stage.http.post(path, json={"reason": "measured"})


async def _healed(stage: Stage) -> bool:
    async with httpx.AsyncClient(base_url=str(stage.facts["prometheus_url"]), trust_env=False) as http:
        alerts = (await http.get("/api/v1/alerts")).json()["data"]["alerts"]
    return {one["labels"]["alertname"] for one in alerts} <= {"Watchdog"}


def _kilobytes(stage: Stage) -> dict[str, float]:
    return {name: _size(stage.home / name) for name in STORES}


def _size(file: Path) -> float:
    """Pages in use, in kB, those of the write-ahead log included."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        pages, free, size = (
            connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("page_count", "freelist_count", "page_size")
        )
    return float((pages - free) * size / 1024)
