"""Many snapshots, one process for each job; an answer for each, whatever becomes of the others."""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from sre_agent.offline.desk import answer_for, refused_answer
from sre_agent.snapshots.content import SnapshotRefused


@dataclass(frozen=True)
class Written:
    """One answer on disk; `trouble` says why the snapshot could not be diagnosed, empty where it could."""

    snapshot: str
    outcome: str
    seconds: float
    trouble: str = ""


def listed(file: Path) -> list[str]:
    """One snapshot path a line; relative paths are relative to where the command runs."""
    lines = file.read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#")]


def run_batch(paths: Sequence[str], out: Path, jobs: int) -> Iterator[Written]:
    """Diagnose each snapshot into `out/<name>.json`, in order."""
    out.mkdir(parents=True, exist_ok=True)
    work = partial(_one, out=out)
    if jobs <= 1:
        yield from map(work, paths)
        return
    spawn = get_context("spawn")
    with ProcessPoolExecutor(max_workers=jobs, mp_context=spawn, initializer=collect_seldom) as pool:
        yield from pool.map(work, paths, chunksize=max(1, min(8, len(paths) // (jobs * 4) or 1)))


def collect_seldom() -> None:
    """For a process that diagnoses and ends: a picture has many objects that all live as long as it, and next to no
    cycles; looking through them for garbage again and again costs a sixth of the time."""
    gc.set_threshold(100_000, 20, 100)


def _one(path: str, out: Path) -> Written:
    where = Path(path)
    name = where.name.removesuffix(".gz").removesuffix(".tar").removesuffix(".tgz")
    try:
        answer = answer_for(where)
    except SnapshotRefused as refusal:
        told, written = refused_answer(path, str(refusal)), Written(path, "refused", 0.0, str(refusal))
    # The bulkhead of a batch: a defect in one diagnosis must not cost the others theirs.
    except Exception as defect:  # noqa: BLE001
        reason = f"{type(defect).__name__}: {defect}"
        told, written = refused_answer(path, reason), Written(path, "failed", 0.0, reason)
    else:
        told = dict(answer.as_json())
        written = Written(path, answer.diagnosis.outcome.value, answer.seconds)
    (out / f"{name}.json").write_text(json.dumps(told, indent=1, ensure_ascii=False), encoding="utf-8")
    return written
