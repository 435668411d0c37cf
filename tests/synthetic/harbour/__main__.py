"""`python -m tests.synthetic.harbour [MANNER…] [CAUSE…] [N/M] [well]`: every fault as it is recorded whole, early, late, and with a source missing."""

from __future__ import annotations

import sys

from sre_agent.offline.desk import default_law, diagnosis_of
from sre_agent.offline.planning import planned
from tests.synthetic.harbour.cases import FAULTS, MANNERS, WELL, Manner
from tests.synthetic.harbour.fault import Fault, recorded
from tests.synthetic.marking import marked

SURE = 0.8


def judged(fault: Fault, manner: Manner) -> tuple[str, str, float]:
    """(mark, what was answered, confidence): `ok`, `cause` (right cause of another), `thing` (right thing, another cause), `none`, `WRONG`."""
    diagnosis, _ = diagnosis_of(
        recorded(fault, since=manner.since, without=manner.without, noisy=manner.noisy).snapshot()
    )
    return marked(diagnosis, fault.cause, fault.entities)


def main(words: list[str]) -> None:
    """Words: names of manners, `well`, and parts of the causes' names; `n/m` takes each m-th fault from the n-th on."""
    start, step = next((map(int, word.split("/")) for word in words if "/" in word), (0, 1))
    manners = [name for name in MANNERS if name in words] or ["whole"]
    parts = [word for word in words if word not in MANNERS and word != "well" and "/" not in word]
    chosen = [one for one in FAULTS if not parts or any(part in one.name for part in parts)][start::step]
    for name in manners:
        marks = []
        for fault in chosen:
            mark, told, sure = judged(fault, MANNERS[name])
            marks.append((mark, sure))
            if mark != "ok":
                print(f"{mark:6} {name}: {fault.name} <- {told} {sure:.2f}", flush=True)
        right = sum(mark == "ok" for mark, _ in marks)
        misled = sum(mark != "ok" and sure >= SURE for mark, sure in marks)
        print(f"{name}: {right}/{len(marks)} = {right / max(1, len(marks)):.2f}, misled {misled}", flush=True)
    for state, make in WELL.items() if "well" in words else ():
        diagnosis, picture = diagnosis_of(make().snapshot())
        told = f"{diagnosis.root.cause} of {diagnosis.root.entity}" if diagnosis.root else ""
        print(
            f"well, {state}: {diagnosis.outcome.value} {told} {'PLANNED' if planned(diagnosis, picture, default_law()) else ''}"
        )


if __name__ == "__main__":
    main(sys.argv[1:])
