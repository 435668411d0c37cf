"""Several labs side by side, each a process that takes one fault after the other and reports what it saw."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import monotonic

from lab_wires import tales

from infrastructure.lab.faults.model import Fault
from infrastructure.lab.running import raise_file_limit
from infrastructure.lab.stage import Order, Stage

FIRES_WITHIN = 25.0
QUIET_WITHIN = 60.0
_BETWEEN, _SETTLE, _WATCHED = 3.0, 11.0, 9.0
_LOOK = 0.3


@dataclass(frozen=True)
class Trial:
    """A fault to be done to a service (its default where none is named).

    Not wholly: until its alert, then the first step of its cure, and the lab must heal from there.
    """

    name: str
    service: str = ""
    wholly: bool = True


@dataclass
class Report:
    """What happened to one fault."""

    alerts: list[str] = field(default_factory=list)
    """Those that it promises."""
    fired_after: dict[str, float] = field(default_factory=dict)
    """Alert → seconds after the fault was done."""
    tales: list[str] = field(default_factory=list)
    cured_by_useless: list[str] = field(default_factory=list)
    quiet_after: float | None = None
    still_firing: list[str] = field(default_factory=list)
    has_cure: bool = True


class Lane:
    """One lab in a process of its own, seen from the tests."""

    def __init__(self, directory: Path, cache: Path, trials: Sequence[Trial]) -> None:
        told = json.dumps(
            {"directory": str(directory), "cache": str(cache), "trials": [asdict(t) for t in trials]}
        )
        self._command = [sys.executable, __file__, told]
        self._trials = trials
        self.reports: dict[Trial, asyncio.Future[Report]] = {}

    def open(self) -> asyncio.Task[None]:
        loop = asyncio.get_running_loop()
        self.reports = {trial: loop.create_future() for trial in self._trials}
        return loop.create_task(self._run())

    async def _run(self) -> None:
        process = await asyncio.create_subprocess_exec(
            *self._command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, limit=2**20
        )
        said: list[str] = []
        try:
            async for line in _lines(process):
                said.append(line)
                self._take(line)
            await process.wait()
        finally:
            if process.returncode is None:
                process.terminate()
                await process.wait()
            for future in self.reports.values():
                if not future.done():
                    future.set_exception(AssertionError("the lab ended early: " + "\n".join(said[-60:])))

    def _take(self, line: str) -> None:
        if line.startswith("REPORT "):
            trial, report = json.loads(line.removeprefix("REPORT "))
            self.reports[Trial(**trial)].set_result(Report(**report))


async def _lines(process: asyncio.subprocess.Process) -> AsyncIterator[str]:
    while process.stdout and (line := await process.stdout.readline()):
        yield line.decode(errors="replace").rstrip("\n")


def dealt(trials: Iterable[Trial], lanes: int) -> list[list[Trial]]:
    """The trials dealt out like cards."""
    everything = list(trials)
    return [everything[lane::lanes] for lane in range(lanes)]


async def take_all(order: Order, trials: Sequence[Trial]) -> None:
    """In the lane's own process."""
    stage = await Stage.set_up(order, lambda what: print(what, flush=True))
    try:
        for trial in trials:
            try:
                report = await _take(stage, trial)
            except Exception:
                print(f"during {trial}: {_scene(stage)}", flush=True)
                raise
            print("REPORT", json.dumps([asdict(trial), asdict(report)]), flush=True)
    finally:
        await stage.tear_down()


def _scene(stage: Stage) -> str:
    """What one would look at first when a lab is not well."""
    pods = [
        f"{pod['metadata']['name']} {status.get('ready')} {status.get('restartCount')} {status.get('state')}"
        for pod in stage.cluster.objects("pods", "shop")
        for status in pod.get("status", {}).get("containerStatuses") or ()
    ]
    nodes = [
        f"{node['metadata']['name']} {one['status']} {one.get('reason')}"
        for node in stage.cluster.objects("nodes")
        for one in node["status"]["conditions"]
        if one["type"] == "Ready"
    ]
    events = sorted(stage.cluster.objects("events", "shop"), key=lambda one: str(one.get("lastTimestamp")))
    told = [f"{one['involvedObject']['name']}: {one['reason']} {one['message']}" for one in events[-12:]]
    return "\n  ".join(["", *nodes, *pods, *told])


async def _take(stage: Stage, trial: Trial) -> Report:
    places = {"service": trial.service} if trial.service else {}
    fault = stage.director.fault(trial.name, places)
    report = Report(alerts=list(fault.alerts), has_cure=bool(fault.cure))
    await stage.director.break_shop(trial.name, places)
    await _until_fired(stage, fault, report)
    report.tales = await tales(stage)
    if trial.wholly:
        await _try_in_vain(stage, fault, report)
        await _cure(stage, fault, report)
    else:
        await stage.director.verbs.carry_out(fault.cure[:1])
    await stage.director.heal()
    return report


async def firing(stage: Stage) -> list[str]:
    alerts = await stage.reach.watch.alerts()
    return sorted({one["labels"]["alertname"] for one in alerts if one["state"] == "firing"})


async def _until_fired(stage: Stage, fault: Fault, report: Report) -> None:
    started = monotonic()
    while set(fault.alerts) - set(report.fired_after) and monotonic() - started < FIRES_WITHIN:
        for name in await firing(stage):
            report.fired_after.setdefault(name, monotonic() - started)
        await asyncio.sleep(_LOOK)


async def _try_in_vain(stage: Stage, fault: Fault, report: Report) -> None:
    """The obvious wrong remedies, one after the other; then its alerts must still be there."""
    for operation in fault.useless:
        await stage.director.verbs.carry_out([operation])
        await asyncio.sleep(_BETWEEN)
    await asyncio.sleep(_SETTLE)
    until = monotonic() + _WATCHED
    while monotonic() < until:
        if set(fault.alerts) & set(await firing(stage)):
            return
        await asyncio.sleep(_LOOK)
    report.cured_by_useless = [operation.verb[0] for operation in fault.useless]


async def _cure(stage: Stage, fault: Fault, report: Report) -> None:
    started = monotonic()
    await stage.director.verbs.carry_out(fault.cure)
    while fault.cure and monotonic() - started < QUIET_WITHIN:
        report.still_firing = await firing(stage)
        if not report.still_firing:
            report.quiet_after = monotonic() - started
            return
        await asyncio.sleep(_LOOK)


if __name__ == "__main__":
    raise_file_limit()
    asked = json.loads(sys.argv[1])
    asyncio.run(
        take_all(
            Order(directory=Path(asked["directory"]), cache=Path(asked["cache"])),
            [Trial(**one) for one in asked["trials"]],
        )
    )
