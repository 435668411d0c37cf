"""What is shown and what is kept: one table of figures, tables of details, and a file of both with the machine's name."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.figures import Figure, Measured, Row, is_loaded, written

RESULTS = Path(__file__).with_name("results")
COLOURS = {"met": "green", "MISSED": "bold red", "": "dim"}


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    return {
        "cpu": _first("/proc/cpuinfo", "model name"),
        "cores": os.cpu_count() or 1,
        "memory_gb": round(int(_first("/proc/meminfo", "MemTotal").split()[0]) / 1_048_576),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }


def _first(file: str, name: str) -> str:
    for line in Path(file).read_text(encoding="utf-8").splitlines():
        if line.startswith(name):
            return line.partition(":")[2].strip()
    return "0 unknown"


def others_at_work() -> float:
    """The load average of the last minute; before our own work begins, it is that of others."""
    return os.getloadavg()[0]


def revision() -> str:
    """The commit that was measured, and whether more than what it holds."""
    try:
        told = subprocess.run(
            ("git", "describe", "--always", "--dirty"), capture_output=True, text=True, check=True, timeout=10
        )
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return told.stdout.strip()


def as_document(
    found: Mapping[str, Measured], loads: Mapping[str, float], failed: Mapping[str, str]
) -> dict[str, Any]:
    return {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "revision": revision(),
        "machine": machine(),
        "load_average_before": dict(loads),
        "results": {name: measured.as_json() for name, measured in found.items()},
        "failed": dict(failed),
    }


def keep(document: Mapping[str, Any]) -> Path:
    """Write it under its date and as the latest one; the path of the former."""
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps(document, indent=2, allow_nan=True) + "\n"
    stamp = str(document["measured_at"]).partition("+")[0].replace(":", "")
    dated = RESULTS / f"{stamp}.json"
    for file in (dated, RESULTS / "latest.json"):
        file.write_text(text, encoding="utf-8")
    return dated


def show(
    screen: Console, found: Mapping[str, Measured], loads: Mapping[str, float], failed: Mapping[str, str]
) -> None:
    for measured in found.values():
        for name, rows in measured.tables.items():
            screen.print(_details(name, rows))
    screen.print(_figures([figure for measured in found.values() for figure in measured.figures]))
    cores = os.cpu_count() or 1
    for name, load in loads.items():
        if is_loaded(load, cores):
            screen.print(
                f"{name}: the load average was {load:.1f} on {cores} cores before it began; its times are not reliable",
                style="yellow",
            )
    for name, reason in failed.items():
        screen.print(f"{name} could not be measured: {reason}", style="bold red")


def _figures(figures: Sequence[Figure]) -> Table:
    table = Table("figure", "value", "unit", "target", "verdict", "", title="figures", title_justify="left")
    table.columns[1].justify = "right"
    for figure in figures:
        target = f"< {figure.below:g}" if figure.below is not None else ""
        colour = COLOURS[figure.verdict]
        table.add_row(
            figure.name,
            written(figure.value),
            figure.unit,
            target,
            f"[{colour}]{figure.verdict}[/{colour}]",
            figure.note,
        )
    return table


def _details(name: str, rows: Sequence[Row]) -> Table:
    table = Table(title=name, title_justify="left", show_edge=False)
    for column in rows[0] if rows else ():
        table.add_column(column, justify="left" if isinstance(rows[0][column], str) else "right")
    for row in rows:
        table.add_row(*(str(value) for value in row.values()))
    return table
