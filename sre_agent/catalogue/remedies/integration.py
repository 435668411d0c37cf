"""Remedies for what stands between workloads: Service ports, addresses in settings, resolvers, policies, routes."""

from __future__ import annotations

from sre_agent.catalogue.remedies.workloads import ROLLED_OUT, at, restart
from sre_agent.catalogue.remedy import Draft, Drafts, Means, Remedy, Unfit, hint, manual
from sre_agent.domain.diagnosis import Hypothesis
from sre_agent.domain.entity import EntityRef
from sre_agent.domain.frozen import JsonObject


def _repair_service_port(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    port, target, protocol = (hint(hypothesis, name) for name in ("port", "target_port", "protocol"))
    if not isinstance(port, int) or not (target or protocol):
        return Unfit("the port on which the program listens is not known")
    entity = hypothesis.entity
    arguments: JsonObject = {"namespace": entity.namespace, "name": entity.name, "port": port}
    if isinstance(target, int):
        arguments["target_port"] = target
    if isinstance(protocol, str):
        arguments["protocol"] = protocol
    told = f"port {target}" if isinstance(target, int) else f"by {protocol}"
    words = f"Let {entity} send its port {port} to its pods' {told}."
    return (Draft("set_service_port", "k8s.set_service_port", arguments, entity, words),)


def _restore_setting(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    """Another value for one variable or ConfigMap key, as an earlier revision, other workloads or the Service tell it."""
    value = hint(hypothesis, "value")
    if not isinstance(value, str):
        return Unfit("nothing tells which value is right")
    if hint(hypothesis, "config_map"):
        return _config_key(hypothesis, value)
    variable, entity = hint(hypothesis, "variable"), hypothesis.entity
    if not variable or variable == "args":
        return Unfit("the setting is no variable of a container")
    arguments: JsonObject = {
        **at(entity),
        "container": hint(hypothesis, "container"),
        "variable": variable,
        "value": value,
    }
    return (Draft("set_env", "k8s.set_env", arguments, entity, f"Set {variable} of {entity} to {value!r}."),)


def _config_key(hypothesis: Hypothesis, value: str) -> Drafts:
    entity, key = hypothesis.entity, hint(hypothesis, "key")
    holder = EntityRef(kind="ConfigMap", namespace=entity.namespace, name=str(hint(hypothesis, "config_map")))
    arguments: JsonObject = {"namespace": holder.namespace, "name": holder.name, "key": key, "value": value}
    shown = value if len(value) <= 80 else "its earlier text"
    change = Draft(
        "set_config_key", "k8s.set_config_key", arguments, holder, f"Set {key} of {holder} to {shown!r}."
    )
    if entity.kind not in ROLLED_OUT:
        return (change,)
    return (change, restart(entity, "so that its pods read the setting"))


def _repair_dns(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    entity, host = hypothesis.entity, hint(hypothesis, "host") or "the Service's name"
    return manual(
        entity,
        f"Ask from a pod of {entity}: nslookup {host}; and from another workload's pod of the same namespace.",
        f"Set dnsPolicy of {entity} to ClusterFirst (ClusterFirstWithHostNet on the host's network) and take wrong nameservers out of dnsConfig; "
        "undo with kubectl rollout undo.",
        "Check that its log no longer speaks of names that cannot be resolved.",
    )


def _restart_workload(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    if hypothesis.entity.kind not in ROLLED_OUT:
        return Unfit("it is no workload that can be rolled out anew")
    return (restart(hypothesis.entity, "so that it begins afresh"),)


REMEDIES = (
    Remedy("restart_workload", "Restart the workload", _restart_workload),
    Remedy(
        "repair_service_port",
        "Let the Service send to the port and protocol that are served",
        _repair_service_port,
    ),
    Remedy("restore_setting", "Give the setting the value that leads to its dependency", _restore_setting),
    Remedy("repair_dns_by_hand", "A person puts the pod's resolver right", _repair_dns),
)
