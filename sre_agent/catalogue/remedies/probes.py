"""Remedies for probes: what another probe of the container, or its declared ports, already say."""

from __future__ import annotations

from sre_agent.catalogue.remedies.placement import kubectl
from sre_agent.catalogue.remedies.workloads import ROLLED_OUT, at
from sre_agent.catalogue.remedy import Draft, Drafts, Means, Remedy, Unfit, hint, manual, texts
from sre_agent.domain.diagnosis import Hypothesis
from sre_agent.domain.frozen import JsonObject


def _repaired(hypothesis: Hypothesis, field: str, words: str) -> Drafts | Unfit:
    value, container, probe = (hint(hypothesis, name) for name in (field, "container", "probe"))
    target = hypothesis.entity
    if not value or target.kind not in ROLLED_OUT:
        return Unfit(f"what the probe's {field} should be is not known")
    arguments: JsonObject = {**at(target), "container": container, "probe": probe, field: value}
    told = f"Let the {probe} probe of {container} in {target} {words} {value}."
    return (Draft("set_probe", "k8s.set_probe", arguments, target, told),)


def _path(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    return _repaired(hypothesis, "path", "ask the path that another of its probes asks,")


def _protocol(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    return _repaired(hypothesis, "scheme", "speak")


def _timing(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    return Unfit("how long the program needs was not measured; the revision before is the better guide")


def _mend_probe(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    entity, probe, container = hypothesis.entity, hint(hypothesis, "probe"), hint(hypothesis, "container")
    now = ", ".join(f"{name}={value}" for name, value in texts(hint(hypothesis, "timings")).items())
    return manual(
        entity,
        f"Ask the program yourself: {kubectl(entity, 'exec')} -c {container} -- wget -qO- localhost:PORT/PATH shows port, path, protocol and how long it takes.",
        f"Put the {probe} probe right{f' (now {now})' if now else ''}: {kubectl(entity, 'edit')}; for slow starts a startupProbe with failureThreshold times periodSeconds above the longest start. "
        "Undo: kubectl rollout undo. Check: its pods stay up and ready.",
    )


REMEDIES = (
    Remedy("repair_probe_path", "Let the probe ask the path that is served", _path),
    Remedy("repair_probe_protocol", "Let the probe speak what is spoken", _protocol),
    Remedy("repair_probe_timing", "Give the probe the time that was measured", _timing),
    Remedy("mend_probe_by_hand", "A person mends the probe", _mend_probe),
)
