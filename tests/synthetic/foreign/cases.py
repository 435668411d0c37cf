"""Every incident of the set with what was going on beside it; imports no rule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tests.synthetic.foreign import business, infrastructure, integration, runtime, second
from tests.synthetic.foreign.herrings import beside
from tests.synthetic.foreign.sheet import Foreign, Sheet

FAULTS = (*infrastructure.FAULTS, *runtime.FAULTS, *integration.FAULTS, *business.FAULTS)


SECOND = second.FAULTS


def recorded(faults: tuple[Foreign, ...] = FAULTS) -> Iterator[tuple[str, Foreign, Sheet]]:
    """(name, what is wrong, the recording); one cause's incidents are numbered."""
    seen: Counter[str] = Counter()
    for number, fault in enumerate(faults):
        seen[fault.cause] += 1
        sheet = fault.sheet()
        beside(sheet, number)
        yield f"{fault.cause}-{seen[fault.cause]}", fault, sheet
