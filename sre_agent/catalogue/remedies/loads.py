"""Remedies for workloads that need more than they have, or leak what they have."""

from __future__ import annotations

from sre_agent.catalogue.remedies.placement import kubectl
from sre_agent.catalogue.remedies.workloads import ROLLED_OUT, restart
from sre_agent.catalogue.remedy import Drafts, Means, Remedy, Unfit, manual
from sre_agent.domain.diagnosis import Hypothesis


def _scale_out(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    entity = hypothesis.entity
    return manual(
        entity,
        f"See what it works at ({kubectl(entity, 'exec')} -- top; a profile). A runaway task is ended with: {kubectl(entity, 'rollout restart')}.",
        f"If the work is wanted: more replicas ({kubectl(entity, 'scale')} --replicas=N) or a higher CPU limit. Undo: the former number or limit. Check: CPU use falls below 80 % of the limit.",
    )


def _restart_leaking(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    if hypothesis.entity.kind not in ROLLED_OUT:
        return Unfit("only a workload that is rolled out can be restarted so")
    return (restart(hypothesis.entity, "which frees what has leaked, for a while"),)


def _find_leak(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    entity = hypothesis.entity
    return manual(
        entity,
        f"Find what grows in {entity} since which release: a heap or thread dump, /proc/PID/fd, metrics of the runtime.",
        "Mend the code, or raise the limit for as long as it takes. Check: the series stays level for a day.",
    )


REMEDIES = (
    Remedy("scale_out_by_hand", "A person ends or spreads the work", _scale_out),
    Remedy("restart_leaking", "Restart it, which frees what leaked", _restart_leaking),
    Remedy("find_leak_by_hand", "A person finds the leak", _find_leak),
)
