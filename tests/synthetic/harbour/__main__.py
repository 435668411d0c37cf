"""`python -m tests.synthetic.harbour [WORD…]`: every fault as it is recorded whole, early, late, and with a source missing; and well states."""

from __future__ import annotations

import sys
from datetime import timedelta

from sre_agent.offline.desk import default_law, diagnosis_of
from sre_agent.offline.planning import planned
from tests.synthetic.harbour.cases import FAULTS, MANNERS, WELL, Manner
from tests.synthetic.harbour.fault import Fault, recorded


def judged(fault: Fault, manner: Manner) -> tuple[str, str, float]:
    """(mark, what was answered, confidence): `ok`, `cause` (right cause of another), `thing` (right thing, another cause), `none`, `WRONG`."""
    diagnosis, _ = diagnosis_of(recorded(fault, since=manner.since, without=manner.without, noisy=manner.noisy).snapshot())
    root = diagnosis.root
    if root is None:
        return "none", diagnosis.outcome.value, 0.0
    is_cause, is_thing = root.cause == fault.cause, not fault.entities or root.entity.name in fault.entities
    mark = "ok" if is_cause and is_thing else "cause" if is_cause else "thing" if is_thing and fault.entities else "WRONG"
    return mark, f"{root.cause} of {root.entity}", root.confidence


def main(words: list[str]) -> None:
    chosen = [one for one in FAULTS if not words or any(word in one.name for word in words)]
    for name, manner in [one for one in MANNERS.items() if one[0] in sys.stdin.read().split(",")]:
        marks = [(fault, *judged(fault, manner)) for fault in chosen]
        right = sum(mark == "ok" for _, mark, _, _ in marks)
        misled = sum(mark != "ok" and sure >= 0.8 for _, mark, _, sure in marks)
        print(f"{name}: {right}/{len(marks)} = {right / max(1, len(marks)):.2f}, misled {misled}", flush=True)
        for fault, mark, told, sure in marks:
            if mark != "ok":
                print(f"   {mark:6} {fault.name:38} {','.join(fault.entities)[:30]:30} <- {told} {sure:.2f}")
    for name, make in {} if words else WELL.items():
        diagnosis, picture = diagnosis_of(make().snapshot())
        plan = planned(diagnosis, picture, default_law())
        told = f"{diagnosis.root.cause} of {diagnosis.root.entity} {diagnosis.root.confidence:.2f}" if diagnosis.root else ""
        print(f"well {name}: {diagnosis.outcome.value} {told} {'PLANNED' if plan else ''}")


if __name__ == "__main__":
    main(sys.argv[1:])
