"""From the API's objects to ours: without noise, without Secrets' values, with the short forms people read. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

import yaml

from mcp_servers.k8s.kinds import Kind

Json = dict[str, Any]

STEP: Final = "sre-agent.io/step"
EARLIER_STEPS: Final = "sre-agent.io/earlier-steps"
EARLIER_KEPT: Final = 20
LAST_APPLIED: Final = "kubectl.kubernetes.io/last-applied-configuration"
CHANGE_CAUSE: Final = "kubernetes.io/change-cause"
_NOT_IN_DIFF: Final = ("resourceVersion", "generation", "managedFields", "uid", "creationTimestamp")


def cleaned(item: Json, kind: Kind | None = None) -> Json:
    """The object without managedFields; a Secret's values are empty, and so is what repeats them."""
    clean: Json = {"apiVersion": kind.api_version, "kind": kind.name} if kind else {}
    clean.update(item)
    metadata = {key: value for key, value in (item.get("metadata") or {}).items() if key != "managedFields"}
    clean["metadata"] = metadata
    if clean.get("kind") == "Secret":
        for field in ("data", "stringData"):
            if isinstance(clean.get(field), dict):
                clean[field] = dict.fromkeys(clean[field], "")
        kept = {key: text for key, text in (metadata.get("annotations") or {}).items() if key != LAST_APPLIED}
        if "annotations" in metadata:
            metadata["annotations"] = kept
    return clean


def meta(item: Mapping[str, Any]) -> Json:
    found = item.get("metadata")
    return found if isinstance(found, dict) else {}


def name_of(item: Mapping[str, Any]) -> str:
    return str(meta(item).get("name", ""))


def uid_of(item: Mapping[str, Any]) -> str:
    return str(meta(item).get("uid", ""))


def annotated(item: Mapping[str, Any]) -> dict[str, str]:
    return meta(item).get("annotations") or {}


def labels(item: Mapping[str, Any]) -> dict[str, str]:
    return meta(item).get("labels") or {}


def spec(item: Mapping[str, Any]) -> Json:
    return item.get("spec") or {}


def status(item: Mapping[str, Any]) -> Json:
    return item.get("status") or {}


def containers(template: Mapping[str, Any]) -> list[Json]:
    return list(spec(template).get("containers") or [])


def images(template: Mapping[str, Any]) -> dict[str, str]:
    return {str(each.get("name", "")): str(each.get("image", "")) for each in containers(template)}


def controller(item: Mapping[str, Any]) -> Json | None:
    """The owner that manages this object, if any."""
    owners = meta(item).get("ownerReferences") or []
    return next((owner for owner in owners if owner.get("controller")), None)


def is_owned_by(item: Mapping[str, Any], uid: str) -> bool:
    return any(owner.get("uid") == uid for owner in meta(item).get("ownerReferences") or [])


def reference(item: Mapping[str, Any]) -> Json:
    """The short form of an object: who it is, and how it is in a few words."""
    return {
        "kind": str(item.get("kind", "")),
        "name": name_of(item),
        "namespace": str(meta(item).get("namespace", "")),
        "uid": uid_of(item),
        "state": state(item),
    }


def state(item: Mapping[str, Any]) -> str:
    if item.get("kind") == "Pod":
        return f"{status(item).get('phase', 'Unknown')}, {'ready' if is_ready(item) else 'not ready'}"
    wanted = spec(item).get("replicas")
    return "" if wanted is None else f"{status(item).get('readyReplicas', 0)}/{wanted} ready"


def condition(item: Mapping[str, Any], kind: str) -> str:
    """`True`, `False`, `Unknown`, or empty where the object has no such condition."""
    for each in status(item).get("conditions") or []:
        if each.get("type") == kind:
            return str(each.get("status", ""))
    return ""


def is_ready(item: Mapping[str, Any]) -> bool:
    return condition(item, "Ready") == "True"


def is_live(pod: Mapping[str, Any]) -> bool:
    """Neither ended nor being deleted."""
    ended = status(pod).get("phase") in ("Succeeded", "Failed")
    return not ended and not meta(pod).get("deletionTimestamp")


def selects(selector: Mapping[str, str], item: Mapping[str, Any]) -> bool:
    """Whether a Service's selector picks this pod; an empty one picks nothing."""
    found = labels(item)
    return bool(selector) and all(found.get(key) == value for key, value in selector.items())


def label_selector(selector: Mapping[str, Any]) -> str:
    """A workload's `spec.selector` as the text a list call takes."""
    parts = [f"{key}={value}" for key, value in (selector.get("matchLabels") or {}).items()]
    for each in selector.get("matchExpressions") or []:
        key, operator, given = each["key"], each["operator"], ",".join(each.get("values") or [])
        parts.append(
            {"In": f"{key} in ({given})", "NotIn": f"{key} notin ({given})", "Exists": key}.get(
                operator, f"!{key}"
            )
        )
    return ",".join(parts)


def moment(item: Mapping[str, Any]) -> str:
    """When an Event happened last."""
    series = item.get("series") or {}
    found = (
        series.get("lastObservedTime"),
        item.get("lastTimestamp"),
        item.get("eventTime"),
        item.get("firstTimestamp"),
        meta(item).get("creationTimestamp"),
    )
    return str(next((time for time in found if time), ""))


def unix(time: str) -> float:
    """Unix seconds of an API time; 0 where it is none."""
    try:
        return datetime.fromisoformat(time.replace("Z", "+00:00")).timestamp()
    except ValueError:
        return 0.0


def steps_on(item: Mapping[str, Any]) -> list[str]:
    """Keys of the steps this object has seen, newest first."""
    found = annotated(item)
    return [key for key in [found.get(STEP, ""), *found.get(EARLIER_STEPS, "").split()] if key]


def unified_diff(before: Json, after: Json) -> str:
    """How an object would change, as a unified diff of its YAML without what the server counts by itself."""
    title = f"{before.get('kind', '')}/{name_of(before)}"
    lines = difflib.unified_diff(
        _yaml(before), _yaml(after), fromfile=f"{title} (now)", tofile=f"{title} (after)", n=4
    )
    return "".join(lines)


def _yaml(item: Json) -> list[str]:
    kept = {key: value for key, value in item.items() if key not in ("status", "managedFields")}
    metadata = {key: value for key, value in meta(item).items() if key not in _NOT_IN_DIFF}
    noise = (STEP, EARLIER_STEPS, LAST_APPLIED)
    notes = {key: text for key, text in annotated(item).items() if key not in noise}
    metadata.pop("annotations", None)
    if notes:
        metadata["annotations"] = notes
    kept["metadata"] = metadata
    text = yaml.dump(kept, Dumper=_DUMPER, sort_keys=False, width=160, allow_unicode=True)
    return text.splitlines(keepends=True)


_DUMPER: Final = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def warnings(headers: Iterable[str]) -> list[str]:
    """The texts of `Warning: 299 - "…"` headers, each once."""
    texts = []
    for header in headers:
        _, quote, rest = header.partition('"')
        texts.append(rest.rpartition('"')[0].replace('\\"', '"') if quote else header)
    return list(dict.fromkeys(text for text in texts if text))
