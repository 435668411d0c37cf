"""One pod on its node, from the first volume to the last goodbye."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from datetime import datetime

from infrastructure.lab.kube.kubelet import status, volumes
from infrastructure.lab.kube.kubelet.configuration import MountFailed
from infrastructure.lab.kube.kubelet.machine import Run, Slot
from infrastructure.lab.kube.kubelet.probing import Probing, Subject
from infrastructure.lab.kube.kubelet.starting import Starter, crash_key, part_of
from infrastructure.lab.kube.kubelet.status import Observed
from infrastructure.lab.kube.kubelet.tools import Tools
from infrastructure.lab.kube.objects import moments, podstate
from infrastructure.lab.kube.objects.failures import ApiError
from infrastructure.lab.kube.objects.tree import Obj, being_deleted, name_of, namespace_of, uid_of
from infrastructure.lab.kube.registry.options import DeleteOptions
from infrastructure.lab.kube.schema.kinds import BY_RESOURCE

_log = logging.getLogger(__name__)
_ERROR_PAUSE = 1.0


class PodWorker:
    """Runs as one task; `poke` says that something about the pod has changed."""

    def __init__(self, tools: Tools, pod: Obj) -> None:
        self._tools = tools
        self._pod = pod
        self._wake = asyncio.Event()
        self._probings: dict[str, Probing] = {}
        self._reported: dict[str, datetime] = {}
        self._mount_tries = 0
        host_network = bool(pod["spec"].get("hostNetwork"))
        self._sandbox = tools.machine.sandbox(uid_of(pod), host_network=host_network)
        self._starter = Starter(tools, self._sandbox)

    def poke(self) -> None:
        self._wake.set()

    async def run(self) -> None:
        """Until the pod is gone from node and API, or the kubelet is stopped."""
        try:
            while not await self._turn():
                pass
        finally:
            for probing in self._probings.values():
                probing.cancel()

    async def _turn(self) -> bool:
        self._wake.clear()
        try:
            if await self._gone():
                return True
            again = await self._sync()
            self._report()
        except ApiError as error:
            _log.debug("%s/%s: %s", namespace_of(self._pod), name_of(self._pod), error)
            again = _ERROR_PAUSE
        except Exception:  # noqa: BLE001 - bulkhead: one pod must not stop its kubelet
            _log.exception("pod %s/%s", namespace_of(self._pod), name_of(self._pod))
            again = _ERROR_PAUSE
        await self._sleep(again)
        return False

    async def _sleep(self, seconds: float | None) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._wake.wait()

    async def _gone(self) -> bool:
        """Follow the API's copy; when it is being deleted or is no more, end the pod."""
        current = self._tools.registry.store.get("pods", namespace_of(self._pod), name_of(self._pod))
        if current is None or uid_of(current) != uid_of(self._pod):
            await self._stop_all(self._pod, 0.0)
            self._forget()
            return True
        self._pod = current
        if not being_deleted(current):
            return False
        grace = current["metadata"].get("deletionGracePeriodSeconds", 30)
        await self._stop_all(current, grace * self._tools.pace.manifest_second)
        self._report()
        self._finish_deletion()
        self._forget()
        return True

    async def _stop_all(self, pod: Obj, grace: float) -> None:
        self._end_probes()
        running = list(self._sandbox.runs())
        for slot, _ in running:
            slot.ready = False
            text = f"Stopping container {slot.name}"
            self._tools.recorder.normal(pod, "Killing", text, part=part_of(pod, slot.name))
        await asyncio.gather(*(self._tools.machine.kill(run, grace) for _, run in running))

    def _finish_deletion(self) -> None:
        options = DeleteOptions(grace_seconds=0, uid=uid_of(self._pod))
        try:
            self._tools.registry.delete(
                BY_RESOURCE["pods"], namespace_of(self._pod), name_of(self._pod), options
            )
        except ApiError as error:
            if error.code not in (404, 409):
                raise

    def _forget(self) -> None:
        self._tools.crashes.forget(uid_of(self._pod))
        self._tools.machine.remove(uid_of(self._pod))

    async def _sync(self) -> float | None:
        """Bring containers where they should be; seconds until it is worth looking again."""
        if podstate.phase(self._pod) in podstate.FINISHED:
            self._end_probes()
            return None
        if not self._sandbox.volumes_ready:
            pause = self._mount()
            if pause is not None:
                return pause
        spec = self._pod["spec"]
        for container in spec.get("initContainers", ()):
            slot = self._sandbox.slot(container["name"])
            if not _succeeded(slot):
                return await self._advance(
                    container,
                    slot,
                    "OnFailure" if spec["restartPolicy"] == "Always" else spec["restartPolicy"],
                )
        pauses = [
            await self._advance(container, self._sandbox.slot(container["name"]), spec["restartPolicy"])
            for container in spec["containers"]
        ]
        return min((pause for pause in pauses if pause is not None), default=None)

    def _mount(self) -> float | None:
        """Seconds to wait when a volume cannot be set up."""
        try:
            volumes.check(self._pod, self._sandbox.address, self._tools.around)
        except MountFailed as error:
            self._tools.recorder.warn(self._pod, "FailedMount", str(error))
            pace = self._tools.pace
            self._mount_tries += 1
            return float(min(pace.volume_retry_base * 2**self._mount_tries, pace.volume_retry_max))
        self._sandbox.volumes_ready = True
        return None

    async def _advance(self, container: Obj, slot: Slot, policy: str) -> float | None:
        run = slot.current
        if run is not None and run.running:
            if not slot.condemned:
                self._watch(container, slot, run)
                return None
            await self._execute(container, slot, run)
        if run is not None and not _restarts(run, policy):
            self._settle(slot)
            return None
        if run is not None:
            pause = self._crash_pause(slot, run)
            if pause is not None:
                return pause
        self._settle(slot)
        pause = await self._starter.start(self._pod, container, slot)
        if pause is None and slot.current is not None and slot.current.running:
            self._watch(container, slot, slot.current)
            return None
        return 0.0 if pause is None else pause

    def _watch(self, container: Obj, slot: Slot, run: Run) -> None:
        if run.id in self._probings:
            return
        subject = Subject(self._pod, container, slot, run, part_of(self._pod, slot.name), self.poke)
        tools = self._tools
        self._probings[run.id] = Probing(subject, tools.prober, tools.recorder, tools.pace, tools.clock)

    async def _execute(self, container: Obj, slot: Slot, run: Run) -> None:
        """A probe has condemned the run."""
        text = f"Container {slot.name} {slot.condemned}, will be restarted"
        self._tools.recorder.normal(self._pod, "Killing", text, part=part_of(self._pod, slot.name))
        slot.condemned, slot.ready = "", False
        grace = self._pod["spec"].get("terminationGracePeriodSeconds", 30)
        await self._tools.machine.kill(run, grace * self._tools.pace.manifest_second)

    def _crash_pause(self, slot: Slot, run: Run) -> float | None:
        """Seconds of back-off left before the next start, said in status and events."""
        tools, now = self._tools, self._tools.clock()
        key = crash_key(self._pod, slot)
        ended_at = run.ended.at if run.ended is not None else now
        left = tools.crashes.remaining(key, ended_at, now)
        if left <= 0:
            return None
        self._settle(slot)
        whole = f"{name_of(self._pod)}_{namespace_of(self._pod)}({uid_of(self._pod)})"
        delay = moments.go_duration(tools.crashes.delay(key))
        slot.waiting = (
            "CrashLoopBackOff",
            f"back-off {delay} restarting failed container={slot.name} pod={whole}",
        )
        last = self._reported.get(slot.name)
        if last is None or (now - last).total_seconds() >= tools.pace.backoff_report_period:
            self._reported[slot.name] = now
            text = f"Back-off restarting failed container {slot.name} in pod {whole}"
            tools.recorder.warn(self._pod, "BackOff", text, part=part_of(self._pod, slot.name))
        return min(left, tools.pace.backoff_report_period)

    def _settle(self, slot: Slot) -> None:
        """Nothing of it runs now."""
        slot.ready = slot.started = False
        if slot.current is not None and slot.current.id in self._probings:
            self._probings.pop(slot.current.id).cancel()

    def _end_probes(self) -> None:
        for probing in self._probings.values():
            probing.cancel()
        self._probings.clear()

    def _report(self) -> None:
        tools, box = self._tools, self._sandbox
        current = tools.registry.store.get("pods", namespace_of(self._pod), name_of(self._pod))
        if current is None or uid_of(current) != uid_of(self._pod):
            return
        seen = Observed(current, box, tools.machine.addresses.own, tools.clock())
        self._pod = tools.registry.set_status("pods", current, status.build(seen))


def _succeeded(slot: Slot) -> bool:
    run = slot.current
    return run is not None and run.ended is not None and run.ended.exit.code == 0


def _restarts(run: Run, policy: str) -> bool:
    failed = run.ended is not None and run.ended.exit.code != 0
    return policy == "Always" or (policy == "OnFailure" and failed)
