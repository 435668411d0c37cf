"""The work queue every controller stands on: keys once, in order, again after failure, one a turn of the loop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from infrastructure.lab.kube.objects.failures import ApiError
from infrastructure.lab.kube.pace import Pace
from infrastructure.lab.kube.store.store import ADDED, Change, Key, Store

_log = logging.getLogger(__name__)
KeysOf = Callable[[Change], Iterable[Key]]


class Controller(Protocol):
    """Brings one object at a time from what is to what should be."""

    @property
    def watches(self) -> Mapping[str, KeysOf]:
        """Resource → which of my keys a change of it touches."""

    def reconcile(self, key: Key) -> float | None:
        """Seconds after which to look again, or None. Raises ApiError to be tried again soon."""


class Loop:
    """Runs one controller. Between two keys the event loop serves everybody else."""

    def __init__(self, controller: Controller, store: Store, pace: Pace) -> None:
        self._controller = controller
        self._pace = pace
        self._loop = asyncio.get_running_loop()
        self._waiting: dict[Key, None] = {}
        self._later: dict[Key, asyncio.TimerHandle] = {}
        self._failures: dict[Key, int] = {}
        self._turn: asyncio.Handle | None = None
        self._stopped = False
        self._stops: list[Callable[[], None]] = []
        for resource, keys in controller.watches.items():
            self._stops.append(store.listen(resource, self._listener(keys)))
            for obj in store.objects(resource):
                self._listener(keys)(Change(store.revision, resource, ADDED, obj, None))

    def _listener(self, keys: KeysOf) -> Callable[[Change], None]:
        def take(change: Change) -> None:
            for key in keys(change):
                self.add(key)

        return take

    def add(self, key: Key) -> None:
        if self._stopped:
            return
        self._waiting[key] = None
        if self._turn is None:
            self._turn = self._loop.call_soon(self._run_one)

    def add_after(self, key: Key, seconds: float) -> None:
        """The earliest of several wishes for one key counts."""
        due = self._loop.time() + seconds
        known = self._later.get(key)
        if self._stopped or (known is not None and known.when() <= due):
            return
        if known is not None:
            known.cancel()
        self._later[key] = self._loop.call_at(due, self._ripe, key)

    def _ripe(self, key: Key) -> None:
        self._later.pop(key, None)
        self.add(key)

    def _run_one(self) -> None:
        self._turn = None
        if not self._waiting:
            return
        key = next(iter(self._waiting))
        del self._waiting[key]
        if self._waiting:
            self._turn = self._loop.call_soon(self._run_one)
        self._reconcile(key)

    def _reconcile(self, key: Key) -> None:
        try:
            again = self._controller.reconcile(key)
        except ApiError as error:
            _log.debug("%s %s: %s", type(self._controller).__name__, key, error)
            self._retry(key)
        except Exception:  # noqa: BLE001 - bulkhead: one object must not stop its controller
            _log.exception("%s failed on %s", type(self._controller).__name__, key)
            self._retry(key)
        else:
            self._failures.pop(key, None)
            if again is not None:
                self.add_after(key, max(again, 0.001))

    def _retry(self, key: Key) -> None:
        count = self._failures.get(key, 0)
        self._failures[key] = count + 1
        self.add_after(key, min(self._pace.controller_retry_base * 2**count, self._pace.controller_retry_max))

    def stop(self) -> None:
        self._stopped = True
        for stop in self._stops:
            stop()
        for timer in self._later.values():
            timer.cancel()
        if self._turn is not None:
            self._turn.cancel()


def own_key(change: Change) -> Iterable[Key]:
    """The changed object itself."""
    return (change.key,)
