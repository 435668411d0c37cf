"""Remedies for containers that do not start or do not stay: what an undone roll-out does not cure."""

from __future__ import annotations

from sre_agent.catalogue.remedies.placement import kubectl
from sre_agent.catalogue.remedy import Drafts, Means, Remedy, Unfit, hint, manual
from sre_agent.domain.diagnosis import Hypothesis

STARTED = "Undo: kubectl rollout undo. Check: its pods are Running and stay so."


def _mend_command(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    entity, container = hypothesis.entity, hint(hypothesis, "container")
    return manual(
        entity,
        f"Compare command and args of container {container} with what its image holds (its ENTRYPOINT, its PATH, the file's mode): {hint(hypothesis, 'said') or ''}",
        f"Put them right: {kubectl(entity, 'edit')}. {STARTED}",
    )


def _mend_container(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    entity = hypothesis.entity
    return manual(
        entity,
        f"Put right what is refused: {hint(hypothesis, 'said') or 'see the events of the pod'}",
        f"{kubectl(entity, 'edit')}. {STARTED}",
    )


def _read_companion(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    entity, container = hypothesis.entity, hint(hypothesis, "container")
    return manual(
        entity,
        f"{kubectl(entity, 'logs')} -c {container} --previous tells why it fails: often something it waits for, or a setting of its own.",
        f"Put that right, or go back to the container's image and settings from before. {STARTED}",
    )


def _part_ports(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    entity, port = hypothesis.entity, hint(hypothesis, "port") or "the port"
    return manual(
        entity,
        f"Let one of the two containers of {entity} listen elsewhere than on {port}: its own setting, its declared port, and the Service's targetPort if it was the served one. {STARTED}",
    )


REMEDIES = (
    Remedy("mend_command_by_hand", "A person mends the command", _mend_command),
    Remedy("mend_container_by_hand", "A person mends the container's settings", _mend_container),
    Remedy("read_companion_by_hand", "A person mends the container beside", _read_companion),
    Remedy("part_ports_by_hand", "A person parts the ports", _part_ports),
)
