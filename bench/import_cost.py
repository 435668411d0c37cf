"""What an import costs, in a fresh process: `python -m bench.import_cost MODULE` prints it as JSON, by package.

Each package is charged with what its own modules took, without what they imported from other packages:
memory that became resident, and time.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import json
import os
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 1_048_576


def resident_mb() -> float:
    return int(Path("/proc/self/statm").read_bytes().split()[1]) * PAGE_MB


@dataclass
class Bill:
    """Who used how much, each without those it called upon."""

    mb: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    ms: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    _open: list[list[float]] = field(default_factory=list)

    def begin(self) -> tuple[float, float]:
        self._open.append([0.0, 0.0])
        return resident_mb(), time.perf_counter()

    def end(self, name: str, before: tuple[float, float]) -> None:
        mb, ms = resident_mb() - before[0], (time.perf_counter() - before[1]) * 1000
        others = self._open.pop()
        package = name.partition(".")[0]
        self.mb[package] += mb - others[0]
        self.ms[package] += ms - others[1]
        if self._open:
            self._open[-1][0] += mb
            self._open[-1][1] += ms

    def rows(self, most: int) -> list[dict[str, str | float]]:
        dearest = sorted(self.mb, key=lambda name: -self.mb[name])[:most]
        return [
            {"package": name, "MB": round(self.mb[name], 1), "ms": round(self.ms[name])} for name in dearest
        ]


class Watch(importlib.abc.MetaPathFinder):
    """Finds as the others do, and measures the running of what they found."""

    def __init__(self, bill: Bill) -> None:
        self._bill = bill

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        for finder in sys.meta_path:
            spec = None if finder is self else finder.find_spec(name, path, target)
            if spec is not None:
                self._measure(name, spec)
                return spec
        return None

    def _measure(self, name: str, spec: importlib.machinery.ModuleSpec) -> None:
        loader = spec.loader
        if loader is None or not hasattr(loader, "exec_module"):
            return
        run = loader.exec_module

        def measured(module: ModuleType) -> None:
            before = self._bill.begin()
            try:
                run(module)
            finally:
                self._bill.end(name, before)

        # Built-in and frozen loaders are classes and belong to everybody; they cost nothing anyway.
        if not isinstance(loader, type):
            loader.exec_module = measured  # type: ignore[method-assign]


def main(module: str, most: int = 12) -> None:
    bill = Bill()
    sys.meta_path.insert(0, Watch(bill))
    before, began = resident_mb(), time.perf_counter()
    importlib.import_module(module)
    total = {"MB": resident_mb() - before, "ms": (time.perf_counter() - began) * 1000}
    print(json.dumps({"bare_mb": before, **total, "modules": len(sys.modules), "packages": bill.rows(most)}))


if __name__ == "__main__":
    main(sys.argv[1])
