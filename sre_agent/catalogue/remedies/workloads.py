"""Remedies that put a workload back to what it was: image, resources, settings, probes, replicas, revision."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

from sre_agent.catalogue.remedy import Draft, Drafts, Means, Remedy, Unfit, hint, texts
from sre_agent.domain.diagnosis import Hypothesis
from sre_agent.domain.entity import EntityRef
from sre_agent.domain.frozen import JsonObject
from sre_agent.domain.mitigation import TimeBox

SURGE: Final = timedelta(hours=4)
"""How long more replicas stay for a surge of traffic, before somebody must want them for good."""
ROLLED_OUT = ("Deployment", "StatefulSet", "DaemonSet")


def at(entity: EntityRef) -> JsonObject:
    """The arguments that name a workload."""
    return {"kind": entity.kind, "namespace": entity.namespace, "name": entity.name}


def restart(target: EntityRef, why: str) -> Draft:
    return Draft("rollout_restart", "k8s.rollout_restart", at(target), target, f"Restart {target} {why}.")


def _restore_image(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    image, container = hint(hypothesis, "image_before"), hint(hypothesis, "container")
    if not image:
        return Unfit("no earlier image of this container is known")
    target = hypothesis.entity
    arguments = {**at(target), "container": container, "image": image}
    return (
        Draft(
            "set_image", "k8s.set_image", arguments, target, f"Set {container} of {target} back to {image}."
        ),
    )


def _restore_resources(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    limits, container = texts(hint(hypothesis, "limits")), hint(hypothesis, "container")
    if not limits:
        return Unfit("no earlier revision with other limits is known")
    target = hypothesis.entity
    told = ", ".join(f"{name} {value}" for name, value in sorted(limits.items()))
    requests = dict(texts(hint(hypothesis, "requests")))
    arguments: JsonObject = {
        **at(target),
        "container": container,
        "requests": requests,
        "limits": dict(limits),
    }
    words = f"Give {container} of {target} the limits it had before: {told}."
    return (Draft("set_resources", "k8s.set_resources", arguments, target, words),)


def _restore_config_key(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    holder, key, value = (hint(hypothesis, name) for name in ("config_map", "key", "value"))
    if not holder or not key:
        return Unfit("the setting's holder is not known")
    target = EntityRef(kind="ConfigMap", namespace=hypothesis.entity.namespace, name=str(holder))
    arguments: JsonObject = {"namespace": target.namespace, "name": target.name, "key": key, "value": value}
    words = f"Set {key} of {target} back to {value!r}, as it was last applied."
    change = Draft("set_config_key", "k8s.set_config_key", arguments, target, words)
    if hypothesis.entity.kind not in ROLLED_OUT:
        return (change,)
    return (change, restart(hypothesis.entity, "so that its pods read the setting"))


def _restore_pool_size(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    variable, value, holder = (hint(hypothesis, name) for name in ("variable", "value", "holder"))
    if not variable or value is None:
        return Unfit("no client's pool is known to have been raised")
    kind = str(hint(hypothesis, "holder_kind") or "Deployment")
    target = EntityRef(kind=kind, namespace=hypothesis.entity.namespace, name=str(holder))
    arguments: JsonObject = {
        **at(target),
        "container": hint(hypothesis, "container"),
        "variable": variable,
        "value": value,
    }
    words = f"Set {variable} of {target} back to {value}, so that it leaves connections to the others."
    return (Draft("set_env", "k8s.set_env", arguments, target, words),)


def _repair_probe_port(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    port, container, probe = (hint(hypothesis, name) for name in ("port", "container", "probe"))
    if not isinstance(port, int):
        return Unfit("the port on which the program listens is not known")
    target = hypothesis.entity
    arguments: JsonObject = {**at(target), "container": container, "probe": probe, "port": port}
    words = f"Let the {probe} probe of {container} in {target} ask port {port}."
    return (Draft("set_probe", "k8s.set_probe", arguments, target, words),)


def _restore_replicas(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    replicas = hint(hypothesis, "replicas")
    if not isinstance(replicas, int) or replicas < 1:
        return Unfit("nothing tells how many replicas it had")
    return (_scaled(hypothesis.entity, replicas, f"Scale {hypothesis.entity} back to {replicas}."),)


def _scale_with_traffic(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    replicas, name = hint(hypothesis, "replicas"), hint(hypothesis, "workload")
    if not isinstance(replicas, int) or not name:
        return Unfit("the workload behind the service is not known")
    kind = str(hint(hypothesis, "workload_kind") or "Deployment")
    target = EntityRef(kind=kind, namespace=hypothesis.entity.namespace, name=str(name))
    words = (
        f"Scale {target} to {replicas}, as traffic has grown; for {SURGE.total_seconds() / 3600:.0f} hours."
    )
    fix = f"Give {target} an autoscaler with room for such traffic, or more replicas for good."
    box = TimeBox(lasts_seconds=int(SURGE.total_seconds()), fix=fix)
    return (replace(_scaled(target, replicas, words), time_box=box),)


def _scaled(target: EntityRef, replicas: int, words: str) -> Draft:
    return Draft("scale", "k8s.scale", {**at(target), "replicas": replicas}, target, words)


def _undo_rollout(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    revision = hint(hypothesis, "to_revision")
    if not isinstance(revision, int) or revision < 1:
        return Unfit("no roll-out shortly before the incident is known that could be undone")
    target = hypothesis.entity
    arguments: JsonObject = {**at(target), "to_revision": revision}
    words = f"Undo the roll-out of {target}: back to revision {revision}."
    return (Draft("rollout_undo", "k8s.rollout_undo", arguments, target, words),)


REMEDIES = (
    Remedy("restore_image", "Back to the image that worked", _restore_image),
    Remedy("restore_resources", "Back to the requests and limits that worked", _restore_resources),
    Remedy("restore_config_key", "Back to the setting that was applied", _restore_config_key),
    Remedy("restore_pool_size", "Back to the pool size that worked", _restore_pool_size),
    Remedy("repair_probe_port", "Let the probe ask the port that is served", _repair_probe_port),
    Remedy("restore_replicas", "Back to the replicas it had", _restore_replicas),
    Remedy("scale_with_traffic", "Add replicas in step with traffic", _scale_with_traffic),
    Remedy("undo_rollout", "Undo the roll-out", _undo_rollout),
)
