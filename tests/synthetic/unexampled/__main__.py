"""`python -m tests.synthetic.unexampled [CAUSE…]`: every fault of the grocer's shop, and the shop while it is well."""

from __future__ import annotations

import sys

from sre_agent.offline.desk import diagnosis_of
from tests.synthetic.marking import marked
from tests.synthetic.unexampled.cases import FAULTS
from tests.synthetic.unexampled.fault import recorded

SURE = 0.8


def main(words: list[str]) -> None:
    marks = []
    for fault in FAULTS:
        if words and not any(word in fault.name for word in words):
            continue
        diagnosis, _ = diagnosis_of(recorded(fault).snapshot())
        mark, told, sure = marked(diagnosis, fault.cause, fault.entities)
        marks.append((mark, sure))
        if mark != "ok":
            print(f"{mark:6} {fault.name} <- {told} {sure:.2f}", flush=True)
    right = sum(mark == "ok" for mark, _ in marks)
    misled = sum(mark != "ok" and sure >= SURE for mark, sure in marks)
    print(f"unexampled: {right}/{len(marks)} = {right / max(1, len(marks)):.2f}, misled {misled}", flush=True)
    calm, _ = diagnosis_of(recorded(None).snapshot())
    print(f"well: {calm.outcome.value} {calm.root.cause if calm.root else ''}")


if __name__ == "__main__":
    main(sys.argv[1:])
