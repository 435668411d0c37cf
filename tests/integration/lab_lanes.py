"""Several labs side by side, each taking one fault after the other, and what was seen of each."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from lab_wires import tales

from infrastructure.lab.faults.model import Fault
from infrastructure.lab.faults.operations import Operation
from infrastructure.lab.stage import Order, Stage

FIRES_WITHIN = 20.0
QUIET_WITHIN = 45.0
_SETTLE = 11.0
_WATCHED = 9.0
_LOOK = 0.3


@dataclass
class Report:
    """What happened to one fault."""

    fault: Fault
    fired_after: dict[str, float] = field(default_factory=dict)
    """Alert → seconds after the fault was done."""
    tales: list[str] = field(default_factory=list)
    cured_by_useless: list[str] = field(default_factory=list)
    quiet_after: float | None = None
    still_firing: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Trial:
    """A fault to be done to a service (its default where none is named).

    Not wholly: until its alert, then the first step of its cure, and the lab must heal from there.
    """

    name: str
    service: str = ""
    wholly: bool = True


class Lane:
    """One lab and the trials it takes."""

    def __init__(self, directory: Path, cache: Path, trials: Sequence[Trial]) -> None:
        self._order = Order(directory=directory, cache=cache)
        self._trials = trials
        self.reports: dict[Trial, asyncio.Future[Report]] = {}

    def open(self) -> asyncio.Task[None]:
        loop = asyncio.get_running_loop()
        self.reports = {trial: loop.create_future() for trial in self._trials}
        return loop.create_task(self._run())

    async def _run(self) -> None:
        try:
            stage = await Stage.set_up(self._order, lambda _: None)
            try:
                for trial in self._trials:
                    await self._take(stage, trial)
            finally:
                await stage.tear_down()
        except Exception as error:  # noqa: BLE001 - bulkhead: whoever waits for a report must learn why
            for future in self.reports.values():
                if not future.done():
                    future.set_exception(error)

    async def _take(self, stage: Stage, trial: Trial) -> None:
        places = {"service": trial.service} if trial.service else {}
        report = Report(stage.director.fault(trial.name, places))
        await stage.director.break_shop(trial.name, places)
        await _until_fired(stage, report)
        report.tales = await tales(stage)
        if trial.wholly:
            for operation in report.fault.useless:
                await _try_in_vain(stage, report, operation)
            if report.fault.cure:
                await _cure(stage, report)
        else:
            await stage.director.verbs.carry_out(report.fault.cure[:1])
        await stage.director.heal()
        self.reports[trial].set_result(report)


async def firing(stage: Stage) -> list[str]:
    alerts = await stage.reach.watch.alerts()
    return sorted({one["labels"]["alertname"] for one in alerts if one["state"] == "firing"})


async def _until_fired(stage: Stage, report: Report) -> None:
    started = monotonic()
    while set(report.fault.alerts) - set(report.fired_after) and monotonic() - started < FIRES_WITHIN:
        for name in await firing(stage):
            report.fired_after.setdefault(name, monotonic() - started)
        await asyncio.sleep(_LOOK)


async def _try_in_vain(stage: Stage, report: Report, operation: Operation) -> None:
    await stage.director.verbs.carry_out([operation])
    await asyncio.sleep(_SETTLE)
    until = monotonic() + _WATCHED
    while monotonic() < until:
        if set(report.fault.alerts) & set(await firing(stage)):
            return
        await asyncio.sleep(_LOOK)
    report.cured_by_useless.append(operation.verb[0])


async def _cure(stage: Stage, report: Report) -> None:
    started = monotonic()
    await stage.director.verbs.carry_out(report.fault.cure)
    while monotonic() - started < QUIET_WITHIN:
        report.still_firing = await firing(stage)
        if not report.still_firing:
            report.quiet_after = monotonic() - started
            return
        await asyncio.sleep(_LOOK)


def dealt(trials: Iterable[Trial], lanes: int) -> list[list[Trial]]:
    """The trials dealt out like cards."""
    everything = list(trials)
    return [everything[lane::lanes] for lane in range(lanes)]
