"""Every code of infrastructure and runtime has a cluster that has it, and one that only looks so."""

from __future__ import annotations

from sre_agent.catalogue.index import entries
from sre_agent.domain.diagnosis import Layer
from tests.synthetic.cases import all_cases


def test_no_cause_of_infrastructure_and_runtime_goes_without_a_case() -> None:
    proved = {case.cause for case in all_cases()}
    below = {
        code
        for code, entry in entries().items()
        if entry.cause.layer in (Layer.INFRASTRUCTURE, Layer.RUNTIME)
    }
    assert below - proved == set()
