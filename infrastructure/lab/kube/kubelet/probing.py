"""The probes of one running container, each in its own rhythm."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from infrastructure.lab.kube.kubelet.machine import Run, Slot
from infrastructure.lab.kube.kubelet.probes import Outcome, Prober
from infrastructure.lab.kube.objects.moments import Clock
from infrastructure.lab.kube.objects.tree import Obj
from infrastructure.lab.kube.pace import Pace
from infrastructure.lab.kube.registry.events import Recorder

_FIRST_LOOK = 0.1
"""Seconds a container has before anything is asked of it; the real prober's first tick is no earlier."""


@dataclass(frozen=True)
class Subject:
    """Whom the probes are about, and whom they tell."""

    pod: Obj
    container: Obj
    slot: Slot
    run: Run
    part: str
    changed: Callable[[], None]


class Probing:
    """Starts with the run and is cancelled with it."""

    def __init__(
        self, subject: Subject, prober: Prober, recorder: Recorder, pace: Pace, clock: Clock
    ) -> None:
        self._subject = subject
        self._prober = prober
        self._recorder = recorder
        self._pace = pace
        self._clock = clock
        self._started = asyncio.Event()
        container = subject.container
        subject.slot.started = "startupProbe" not in container or subject.slot.started
        if subject.slot.started:
            self._begun()
        self._tasks = [
            asyncio.create_task(self._repeat(name, container[name]))
            for name in ("startupProbe", "readinessProbe", "livenessProbe")
            if name in container and not (name == "startupProbe" and subject.slot.started)
        ]

    def _begun(self) -> None:
        """The container counts as started; without a readiness probe that makes it ready."""
        self._subject.slot.started = True
        if "readinessProbe" not in self._subject.container:
            self._subject.slot.ready = True
        self._started.set()

    def cancel(self) -> None:
        for task in self._tasks:
            task.cancel()

    async def _repeat(self, name: str, probe: Obj) -> None:
        if name != "startupProbe":
            await self._started.wait()
        second = self._pace.manifest_second
        await asyncio.sleep(self._delay_left(probe.get("initialDelaySeconds", 0) * second))
        streak = _Streak(probe)
        while self._subject.run.running:
            outcome = await self._prober.probe(probe, self._subject.run.spec)
            if not self._subject.run.running:
                return
            if not outcome.passed:
                self._complain(name, outcome)
            if streak.settled(outcome) and not self._take(name, outcome):
                return
            await asyncio.sleep(probe.get("periodSeconds", 10) * second)

    def _delay_left(self, delay: float) -> float:
        """A kubelet that comes back does not wait the initial delay again."""
        age = (self._clock() - self._subject.run.started_at).total_seconds()
        return max(_FIRST_LOOK, delay - age)

    def _complain(self, name: str, outcome: Outcome) -> None:
        word = name.removesuffix("Probe").capitalize()
        text = f"{word} probe failed: {outcome.message}"
        self._recorder.warn(self._subject.pod, "Unhealthy", text, part=self._subject.part)

    def _take(self, name: str, outcome: Outcome) -> bool:
        """Act on a result that stands; False ends this probe."""
        slot = self._subject.slot
        if name == "readinessProbe":
            if slot.ready is not outcome.passed:
                slot.ready = outcome.passed
                self._subject.changed()
            return True
        if not outcome.passed:
            slot.condemned = f"failed {name.removesuffix('Probe')} probe"
            self._subject.changed()
            return False
        if name == "startupProbe":
            self._begun()
            self._subject.changed()
            return False
        return True


class _Streak:
    """Counts equal results in a row against the thresholds."""

    def __init__(self, probe: Obj) -> None:
        self._needed = {True: probe.get("successThreshold", 1), False: probe.get("failureThreshold", 3)}
        self._last: bool | None = None
        self._count = 0

    def settled(self, outcome: Outcome) -> bool:
        self._count = self._count + 1 if outcome.passed is self._last else 1
        self._last = outcome.passed
        return bool(self._count >= self._needed[outcome.passed])
