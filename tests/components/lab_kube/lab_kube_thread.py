"""The stand-in in a thread of its own, so that clients that wait do not stop it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

from infrastructure.lab.kube.cluster import Cluster
from infrastructure.lab.kube.pace import Pace
from infrastructure.lab.kube.toys import ToyRuntime

Value = TypeVar("Value")
PACE = Pace(
    crash_backoff_base=0.2,
    crash_backoff_max=1.0,
    image_backoff_base=0.2,
    image_backoff_max=1.0,
    backoff_report_period=0.2,
    volume_retry_base=0.05,
    memory_check_period=0.05,
    lease_renew_period=0.1,
    node_monitor_period=0.05,
    node_grace=0.5,
    scheduler_retry_base=0.1,
    controller_retry_max=0.2,
    event_refill_seconds=0.1,
    manifest_second=0.1,
)


class ClusterThread:
    """A cluster, its runtime, and a way to run coroutines beside them."""

    def __init__(self, directory: Path, pace: Pace = PACE) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.runtime: ToyRuntime = self.run(self._runtime())
        self.cluster = self.run(Cluster.start(directory=directory, runtime=self.runtime, pace=pace))

    async def _runtime(self) -> ToyRuntime:
        return ToyRuntime()

    def run(self, work: Coroutine[Any, Any, Value]) -> Value:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=30)

    def stop(self) -> None:
        self.run(self.cluster.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=10)
        self._loop.close()
