"""The whole measurement: development set, everything renamed, sources dropped, faults of the lab."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from pathlib import Path

from sre_agent.evals.cases import Case, Mark, cases_in, mark
from sre_agent.evals.changing import renamed, renaming_of, with_one_source_less, with_orders
from sre_agent.offline.batch import collect_seldom
from sre_agent.offline.desk import diagnosis_of
from sre_agent.snapshots.reading import read_snapshot


@dataclass(frozen=True)
class Measured:
    """What one run of the measurement found."""

    development: tuple[Mark, ...] = ()
    renamed: tuple[Mark, ...] = ()
    dropped: tuple[tuple[str, Mark], ...] = ()
    """(source that was missing, mark)."""
    injected: tuple[Mark, ...] = ()
    """Right means: the same cause and entity as without the text that tries to give orders."""
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
    spawn = get_context("spawn")
    with ProcessPoolExecutor(max_workers=jobs, mp_context=spawn, initializer=collect_seldom) as pool:
        say(f"{len(cases)} incidents as recorded")
        development = tuple(pool.map(as_recorded, cases, chunksize=4))
        say(f"{len(cases)} incidents with everything renamed")
        others = tuple(pool.map(with_other_names, cases, chunksize=4))
        say(f"{len(cases)} incidents with one source less, one source after the other")
        dropped = tuple(one for some in pool.map(with_less, cases) for one in some)
        attacks = attacks_in(bench)
        say(f"{len(attacks)} texts that try to give orders")
        pairs = [(cases[number % len(cases)], text) for number, text in enumerate(attacks)] if cases else []
        injected = tuple(pool.map(with_orders_in, pairs, chunksize=4))
        say(f"{len(faults)} faults of the lab")
        stored = tuple(pool.map(as_recorded, faults))
    return Measured(development, others, dropped, injected, stored, tuple(skipped))


def _sets(bench: Path | None) -> Iterable[Path]:
    return sorted(path.parent for path in bench.glob("*/labels.json")) if bench and bench.is_dir() else ()


def attacks_in(bench: Path | None) -> list[str]:
    """Texts of `injections*.json`; empty where there are none."""
    files = sorted(bench.glob("injections*.json")) if bench and bench.is_dir() else []
    return [
        str(one["text"]) for file in files for one in json.loads(file.read_text(encoding="utf-8"))["attacks"]
    ]


def with_orders_in(pair: tuple[Case, str]) -> Mark:
    """Held against the diagnosis without the text, not against the label."""
    case, text = pair
    snapshot = read_snapshot(case.folder)
    plain, _ = diagnosis_of(snapshot)
    told, _ = diagnosis_of(with_orders(snapshot, text))
    before, now = plain.root, told.root
    same = (before is None) == (now is None) and (
        before is None or now is None or (before.cause, before.entity) == (now.cause, now.entity)
    )
    same = same and plain.outcome == told.outcome
    answered, sure = (now.cause, now.confidence) if now else ("", 0.0)
    return Mark(case.folder.name, case.cause, same, same, same, answered, sure)


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
