"""Remedies for workloads that need more than they have, or leak what they have."""

from __future__ import annotations

from sre_agent.catalogue.remedies.placement import kubectl
from sre_agent.catalogue.remedies.workloads import ROLLED_OUT, restart
from sre_agent.catalogue.remedy import Drafts, Means, Remedy, Unfit, hint, manual
from sre_agent.domain.diagnosis import Hypothesis


def _scale_out(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    entity = hypothesis.entity
    return manual(
        entity,
        f"See what it works at ({kubectl(entity, 'exec')} -- top; a profile). A runaway task is ended with: {kubectl(entity, 'rollout restart')}.",
        f"If the work is wanted: more replicas ({kubectl(entity, 'scale')} --replicas=N) or a higher CPU limit. Undo: the former number or limit. Check: CPU use falls below 80 % of the limit.",
    )


def _raise_memory(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    entity, limit = hypothesis.entity, hint(hypothesis, "limit")
    container = hint(hypothesis, "container")
    if not container or entity.kind not in ROLLED_OUT:
        return Unfit("the container and its workload are not known")
    now = f"now {limit}" if limit else "now without one of its own"
    return manual(
        entity,
        f"See what {container} needs: its highest container_memory_working_set_bytes before the kills, or what the program's documentation asks for. "
        "If it grows without end, it leaks, and a higher limit only delays the next kill.",
        f"Raise the memory limit of {container} ({now}) above that: {kubectl(entity, 'set resources')} -c {container} --limits=memory=AMOUNT. "
        f"Undo: {kubectl(entity, 'rollout undo')}. Check: no container is OOMKilled again, and the restart count stays.",
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
    Remedy("raise_memory_by_hand", "A person raises the memory limit", _raise_memory),
    Remedy("scale_out_by_hand", "A person ends or spreads the work", _scale_out),
    Remedy("restart_leaking", "Restart it, which frees what leaked", _restart_leaking),
    Remedy("find_leak_by_hand", "A person finds the leak", _find_leak),
)
