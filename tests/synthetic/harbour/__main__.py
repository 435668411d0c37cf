"""`python -m tests.synthetic.harbour [MANNER…] [CAUSE…] [N/M] [well]`: every fault as it is recorded whole, early, late, and with a source missing."""

from __future__ import annotations

import sys

from sre_agent.offline.desk import default_law, diagnosis_of
from sre_agent.offline.planning import planned
from tests.synthetic.harbour.cases import FAULTS, MANNERS, WELL, Manner
from tests.synthetic.harbour.fault import Fault, recorded
from tests.synthetic.marking import Tally, marked


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
        tally = Tally(name)
        for fault in chosen:
            tally.take(f"{name}: {fault.name}", *judged(fault, MANNERS[name]))
        tally.tell()
    for state, make in WELL.items() if "well" in words else ():
        diagnosis, picture = diagnosis_of(make().snapshot())
        told = f"{diagnosis.root.cause} of {diagnosis.root.entity}" if diagnosis.root else ""
        print(
            f"well, {state}: {diagnosis.outcome.value} {told} {'PLANNED' if planned(diagnosis, picture, default_law()) else ''}"
        )


if __name__ == "__main__":
    main(sys.argv[1:])
