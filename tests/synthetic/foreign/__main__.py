"""`python -m tests.synthetic.foreign [well | second] [CAUSE…]`: every incident that other projects might have recorded, and every system that is well."""

from __future__ import annotations

import sys

from sre_agent.domain.diagnosis import DiagnosisOutcome as Outcome
from sre_agent.offline.desk import default_law, diagnosis_of
from sre_agent.offline.planning import planned
from tests.synthetic.foreign.calm import calm
from tests.synthetic.foreign.cases import FAULTS, SECOND, recorded
from tests.synthetic.marking import Tally, marked


def main(words: list[str]) -> None:
    tally, faults = Tally("foreign"), SECOND if "second" in words else FAULTS
    words = [word for word in words if word != "second"]
    for name, fault, sheet in recorded(faults):
        if words and not any(word in name for word in words):
            continue
        diagnosis, _ = diagnosis_of(sheet.snapshot())
        tally.take(name, *marked(diagnosis, fault.cause, fault.entities))
    tally.tell()


def well() -> None:
    """Claims nothing: `healthy`, or unsure; and nothing that changes a system is planned."""
    states, calm_answers = calm(), 0
    for name, sheet in states.items():
        diagnosis, picture = diagnosis_of(sheet.snapshot())
        changes = [
            one
            for one in planned(diagnosis, picture, default_law())
            if one.step.action not in ("manual", "create_ticket")
        ]
        quiet = diagnosis.outcome is not Outcome.ROOT_CAUSE and not changes
        calm_answers += quiet
        if diagnosis.outcome is not Outcome.HEALTHY:
            told = (
                f"{diagnosis.root.cause} of {diagnosis.root.entity} {diagnosis.root.confidence:.2f}"
                if diagnosis.root
                else ""
            )
            print(
                f"{'' if quiet else 'CLAIM':6} {name} <- {diagnosis.outcome.value} {told}{' PLANNED' if changes else ''}"
            )
    print(f"well: {calm_answers}/{len(states)} = {calm_answers / len(states):.2f}")


if __name__ == "__main__":
    well() if sys.argv[1:] == ["well"] else main(sys.argv[1:])
