"""`python -m tests.synthetic.unexampled [CAUSE…]`: every fault of the grocer's shop, and the shop while it is well."""

from __future__ import annotations

import sys

from sre_agent.offline.desk import diagnosis_of
from tests.synthetic.marking import Tally, marked
from tests.synthetic.unexampled.cases import FAULTS
from tests.synthetic.unexampled.fault import recorded


def main(words: list[str]) -> None:
    tally = Tally("unexampled")
    for fault in FAULTS:
        if words and not any(word in fault.name for word in words):
            continue
        diagnosis, _ = diagnosis_of(recorded(fault).snapshot())
        tally.take(fault.name, *marked(diagnosis, fault.cause, fault.entities))
    tally.tell()
    calm, _ = diagnosis_of(recorded(None).snapshot())
    print(f"well: {calm.outcome.value} {calm.root.cause if calm.root else ''}")


if __name__ == "__main__":
    main(sys.argv[1:])
