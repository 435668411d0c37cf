"""Whether an answer may only be early: what has just begun is looked at again before it is given up or blamed on a symptom."""

from __future__ import annotations

from sre_agent.catalogue.cause import Depth
from sre_agent.catalogue.index import cause
from sre_agent.domain.diagnosis import Diagnosis, DiagnosisOutcome
from sre_agent.orient.flapping import comes_back
from sre_agent.picture.world import Picture


def may_be_early(diagnosis: Diagnosis, picture: Picture) -> bool:
    """Too little evidence, or nothing but a symptom to name: a moment later the same look can tell the cause.

    Rates need some scrapes before they show a fault, and controllers some moments before objects say what was done
    to them. An answer that stands, and a system that is shown to be well, are not held up; but for one whose alert
    has just come back: whether it flaps shows a moment later.
    """
    if diagnosis.outcome is DiagnosisOutcome.INSUFFICIENT_EVIDENCE:
        return True
    if diagnosis.outcome is DiagnosisOutcome.HEALTHY:
        return comes_back(picture) is not None
    root = diagnosis.root
    return root is not None and cause(root.cause).depth is Depth.SYMPTOM
