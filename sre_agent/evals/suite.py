"""The whole measurement: development set, everything renamed, sources dropped, faults of the lab."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from pathlib import Path

from sre_agent.evals.cases import Case, Mark, cases_in, mark
from sre_agent.evals.changing import renamed, renaming_of, with_one_source_less
from sre_agent.offline.desk import diagnosis_of
from sre_agent.snapshots.reading import read_snapshot

EVERY = 8
"""Of so many incidents one is diagnosed with each of its sources missing."""


@dataclass(frozen=True)
class Measured:
    """What one run of the measurement found."""

    development: tuple[Mark, ...] = ()
    renamed: tuple[Mark, ...] = ()
    dropped: tuple[tuple[str, Mark], ...] = ()
    """(source that was missing, mark)."""
    lab: tuple[Mark, ...] = ()
    skipped: tuple[str, ...] = field(default=())


def measure(bench: Path | None, lab: Path, jobs: int, say: Callable[[str], None]) -> Measured:
    """Everything that can be measured here; what cannot is named in `skipped`."""
    cases = [case for folder in _sets(bench) for case in cases_in(folder)]
    faults = cases_in(lab)
    skipped = [] if cases else [f"no development set at {bench}: nothing is said of it"]
    skipped += [] if faults else [f"no stored snapshots of lab faults at {lab}"]
    for line in skipped:
        say(f"SKIPPED: {line}")
    with ProcessPoolExecutor(max_workers=jobs, mp_context=get_context("spawn")) as pool:
        say(f"{len(cases)} incidents as recorded")
        development = tuple(pool.map(as_recorded, cases, chunksize=4))
        say(f"{len(cases)} incidents with everything renamed")
        others = tuple(pool.map(with_other_names, cases, chunksize=4))
        say(f"{len(cases[::EVERY])} incidents with one source less, one source after the other")
        dropped = tuple(one for some in pool.map(with_less, cases[::EVERY]) for one in some)
        say(f"{len(faults)} faults of the lab")
        stored = tuple(pool.map(as_recorded, faults))
    return Measured(development, others, dropped, stored, tuple(skipped))


def _sets(bench: Path | None) -> Iterable[Path]:
    return sorted(path.parent for path in bench.glob("*/labels.json")) if bench and bench.is_dir() else ()


def as_recorded(case: Case) -> Mark:
    diagnosis, picture = diagnosis_of(read_snapshot(case.folder))
    return mark(case, diagnosis, picture)


def with_other_names(case: Case) -> Mark:
    snapshot = read_snapshot(case.folder)
    rename = renaming_of(snapshot)
    diagnosis, picture = diagnosis_of(renamed(snapshot, rename))
    return mark(replace(case, name=rename(case.name)), diagnosis, picture)


def with_less(case: Case) -> Sequence[tuple[str, Mark]]:
    found = []
    for missing, less in with_one_source_less(read_snapshot(case.folder)):
        diagnosis, picture = diagnosis_of(less)
        found.append((missing, mark(case, diagnosis, picture)))
    return found
