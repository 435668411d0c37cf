"""Getting images: presence, pull policy, back-off and the events a kubelet writes of it."""

from __future__ import annotations

import hashlib

from infrastructure.lab.kube.kubelet.backoff import Backoff
from infrastructure.lab.kube.kubelet.machine import Machine
from infrastructure.lab.kube.objects import moments
from infrastructure.lab.kube.objects.tree import Obj, uid_of
from infrastructure.lab.kube.registry.events import Recorder
from infrastructure.lab.seams import ImagePullFailed

ERR_PULL, PULL_BACK_OFF, NEVER = "ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull"


class NotThere(Exception):
    """No image, no container: what the container then waits for."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason, self.message = reason, message


class Images:
    """One node's image service."""

    def __init__(self, machine: Machine, backoff: Backoff, recorder: Recorder) -> None:
        self._machine = machine
        self._backoff = backoff
        self._recorder = recorder
        self._errors: dict[str, str] = {}

    async def ensure(self, pod: Obj, container: Obj, part: str) -> None:
        """Raises NotThere."""
        image, policy = container["image"], container.get("imagePullPolicy", "IfNotPresent")
        if policy != "Always" and image in self._machine.images:
            self._recorder.normal(
                pod, "Pulled", f'Container image "{image}" already present on machine', part=part
            )
            return
        if policy == "Never":
            text = f'Container image "{image}" is not present with pull policy of Never'
            self._recorder.warn(pod, "ErrImageNeverPull", text, part=part)
            self._failed(pod, part, NEVER)
            raise NotThere(NEVER, text)
        key = f"{uid_of(pod)}_{image}"
        self._check_backoff(pod, image, part, key)
        await self._pull(pod, image, part, key)

    def retry_after(self, pod: Obj, image: str) -> float:
        """Seconds until a pull that failed may be tried again."""
        return self._backoff.pending(f"{uid_of(pod)}_{image}", self._machine.clock())

    def _check_backoff(self, pod: Obj, image: str, part: str, key: str) -> None:
        now = self._machine.clock()
        if self._backoff.pending(key, now) <= 0:
            return
        self._recorder.normal(pod, "BackOff", f'Back-off pulling image "{image}"', part=part)
        self._failed(pod, part, PULL_BACK_OFF)
        why = f": {ERR_PULL}: {self._errors[key]}" if key in self._errors else ""
        raise NotThere(PULL_BACK_OFF, f'Back-off pulling image "{image}"{why}')

    async def _pull(self, pod: Obj, image: str, part: str, key: str) -> None:
        self._recorder.normal(pod, "Pulling", f'Pulling image "{image}"', part=part)
        begun = self._machine.clock()
        try:
            await self._machine.runtime.pull(image)
        except ImagePullFailed as error:
            self._errors[key] = str(error)
            self._backoff.step(key, self._machine.clock())
            self._recorder.warn(pod, "Failed", f'Failed to pull image "{image}": {error}', part=part)
            self._failed(pod, part, ERR_PULL)
            raise NotThere(ERR_PULL, str(error)) from error
        self._errors.pop(key, None)
        took = moments.go_duration(round((self._machine.clock() - begun).total_seconds(), 3) or 0.001)
        text = f'Successfully pulled image "{image}" in {took} ({took} including waiting)'
        self._recorder.normal(pod, "Pulled", text, part=part)
        name = image.partition("@")[0]
        self._machine.images[image] = f"{name}@sha256:{hashlib.sha256(image.encode()).hexdigest()}"

    def _failed(self, pod: Obj, part: str, reason: str) -> None:
        self._recorder.warn(pod, "Failed", f"Error: {reason}", part=part)
