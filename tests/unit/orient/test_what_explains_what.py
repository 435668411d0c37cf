"""One cause explains another only where the other is what one would see of it."""

from __future__ import annotations

from sre_agent.catalogue.cause import STRONG, Lead
from sre_agent.catalogue.index import cause as cause_of
from sre_agent.domain.entity import EntityRef
from sre_agent.domain.evidence import Citation
from sre_agent.orient.ranking import Candidate, explains

CATALOG, RECOMMENDATIONS = "catalog", "recommendations"


def candidate(cause: str, name: str, source: str, *reached: str) -> Candidate:
    lead = Lead(
        cause=cause,
        entity=EntityRef(kind="Deployment", name=name, namespace="shop"),
        weight=STRONG,
        statement="",
        citations=(Citation(id="E1", source=source, excerpt="x"),),
    )
    reach = frozenset({name, *reached})
    return Candidate(lead=lead, cause=cause_of(cause), score=STRONG, own=frozenset({name}), reached=reach)


def test_a_slow_neighbour_does_not_explain_what_somebody_set_in_an_object() -> None:
    slow = candidate("pod_network_delay", CATALOG, "metrics/latency.json", RECOMMENDATIONS)
    zero = candidate("deployment_zero_replicas", RECOMMENDATIONS, "kubernetes/deployments.json")
    assert not explains(slow, zero)


def test_what_was_set_in_the_object_below_explains_what_series_show_above() -> None:
    slow = candidate("pod_network_delay", CATALOG, "metrics/latency.json")
    zero = candidate("deployment_zero_replicas", RECOMMENDATIONS, "kubernetes/deployments.json", CATALOG)
    assert explains(zero, slow)
