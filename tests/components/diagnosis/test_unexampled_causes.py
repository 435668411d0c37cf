"""A shop recorded as the development incidents are, whose causes have no example there."""

from __future__ import annotations

import pytest

from sre_agent.offline.desk import diagnosis_of
from tests.synthetic.marking import marked
from tests.synthetic.unexampled.cases import FAULTS
from tests.synthetic.unexampled.fault import recorded

MENDED = ("application_startup_crash", "thread_pool_exhaustion", "garbage_collection_pressure", "db_slow_query", "node_network_delay",
          "container_permission_denied", "tls_certificate_invalid", "gateway_misroute", "secret_rotation_mismatch")  # fmt: skip


@pytest.mark.promise("SEE-8")
@pytest.mark.parametrize("name", MENDED)
def test_a_cause_without_an_example_is_told_from_what_only_looks_like_it(name: str) -> None:
    fault = next(one for one in FAULTS if one.name == name)
    diagnosis, _ = diagnosis_of(recorded(fault).snapshot())
    assert marked(diagnosis, fault.cause, fault.entities)[0] == "ok"
