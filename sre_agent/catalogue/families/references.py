"""Containers that refer to a Secret, a ConfigMap, or a key in one, that does not exist.

Words of the kubelet: `secret "x" not found`, `couldn't find key k in Secret ns/x` (environment), `references non-existent
secret key: k`, `configmap references non-existent config key: k` (volumes).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from sre_agent.catalogue.cause import DECISIVE, STRONG, Cause, Entry, Lead, Neighbour
from sre_agent.catalogue.once import once
from sre_agent.catalogue.rollouts import revision_before
from sre_agent.catalogue.subjects import WORKLOADS, Subject, ailing_containers
from sre_agent.catalogue.words import Said, of_container, saying
from sre_agent.domain.diagnosis import Layer
from sre_agent.picture.containers import ContainerView
from sre_agent.picture.drift import last_applied
from sre_agent.picture.objects import Obj, items, mapping
from sre_agent.picture.world import Picture

WAITS = ("CreateContainerConfigError", "ContainerCreating", "PodInitializing", "")
_ABSENT = re.compile(r"(secret|configmap)s? \"([^\"]+)\" not found", re.I)
_NO_KEY = re.compile(
    r"couldn'?t find key (\S+) in (Secret|ConfigMap) (?:[\w.-]+/)?([\w.-]+)"
    r"|(?:(configmap) )?references non-existent (secret|config) key: (\S+)",
    re.I,
)


@dataclass(frozen=True)
class Reference:
    """What a container needs: a Secret or ConfigMap, and perhaps one key of it."""

    kind: str
    name: str
    key: str = ""


@dataclass(frozen=True, eq=False)
class Broken:
    """A reference of a waiting container that leads nowhere; `absent`: the whole object is not there."""

    subject: Subject
    view: ContainerView
    to: Reference
    absent: bool
    said: Said | None


def references_of(view: ContainerView) -> Iterator[Reference]:
    """Everything that must exist before the container can be made; optional ones are left out."""
    for one in items(view.spec, "envFrom"):
        yield from _named(one, "secretRef", "configMapRef")
    for one in items(view.spec, "env"):
        yield from _named(mapping(one, "valueFrom"), "secretKeyRef", "configMapKeyRef")
    mounted = {str(mount.get("name")) for mount in items(view.spec, "volumeMounts")}
    for volume in view.pod.items("spec", "volumes"):
        if str(volume.get("name")) in mounted:
            yield from _volume(volume)
            for source in items(volume, "projected", "sources"):
                yield from _volume(source)


def _named(holder: Mapping[str, Any], secret: str, config: str) -> Iterator[Reference]:
    for field, kind in ((secret, "Secret"), (config, "ConfigMap")):
        one = mapping(holder, field)
        if one.get("name") and not one.get("optional"):
            yield Reference(kind, str(one["name"]), str(one.get("key") or ""))


def _volume(holder: Mapping[str, Any]) -> Iterator[Reference]:
    for field, kind in (("secret", "Secret"), ("configMap", "ConfigMap")):
        one = mapping(holder, field)
        name = one.get("secretName") or one.get("name")
        if name and not one.get("optional"):
            keys = [str(item.get("key")) for item in items(one, "items")]
            yield from (Reference(kind, str(name), key) for key in keys or [""])


@once
def broken_references(picture: Picture) -> tuple[Broken, ...]:
    found: dict[tuple[int, Reference], Broken] = {}
    for subject, view in ailing_containers(picture):
        if view.waiting in WAITS and not view.running:
            for one in _broken(picture, subject, view):
                found.setdefault((id(subject), one.to), one)
    return tuple(found.values())


def _broken(picture: Picture, subject: Subject, view: ContainerView) -> Iterator[Broken]:
    said = of_container(picture, view)
    if absent := saying(said, _ABSENT):
        match = _ABSENT.search(absent.text)
        if match:
            kind = "Secret" if match.group(1).lower() == "secret" else "ConfigMap"
            yield Broken(subject, view, Reference(kind, match.group(2)), True, absent)
    if keyless := saying(said, _NO_KEY):
        yield Broken(subject, view, _key_named(view, keyless), False, keyless)
    if view.waiting == "CreateContainerConfigError" or not said:
        yield from _unlisted(picture, subject, view)


def _key_named(view: ContainerView, said: Said) -> Reference:
    match = _NO_KEY.search(said.text)
    if match is None:
        return Reference("ConfigMap", "")
    if match.group(1):
        return Reference(
            "Secret" if match.group(2).lower() == "secret" else "ConfigMap", match.group(3), match.group(1)
        )
    kind, key = ("Secret" if match.group(5).lower() == "secret" else "ConfigMap"), match.group(6)
    holders = [one for one in references_of(view) if one.kind == kind and one.key in (key, "")]
    return Reference(kind, holders[0].name if holders else "", key)


def _unlisted(picture: Picture, subject: Subject, view: ContainerView) -> Iterator[Broken]:
    """References that lead nowhere by the lists of Secrets and ConfigMaps, where these were collected."""
    for one in references_of(view):
        plural = "secrets" if one.kind == "Secret" else "configmaps"
        if not picture.looked_at(plural) or one.name == "kube-root-ca.crt":
            continue
        holder = picture.inventory.get(one.kind, one.name, view.pod.namespace)
        if holder is None:
            yield Broken(subject, view, Reference(one.kind, one.name), True, None)
        elif one.key and one.key not in _keys(holder):
            yield Broken(subject, view, one, False, None)


def _keys(holder: Obj) -> set[str]:
    parts = ("data", "stringData", "binaryData")
    return {str(key) for part in parts for key in holder.mapping(part)}


def _lead(picture: Picture, one: Broken, code: str) -> Lead:
    owner, to = one.subject.owner, one.to
    holder = picture.inventory.get(to.kind, to.name, owner.namespace)
    applied = mapping(last_applied(holder) or {}, "data").get(to.key) if holder and to.key else None
    lacks = (
        f"{to.kind} {to.name} does not exist" if one.absent else f"{to.kind} {to.name} has no key {to.key}"
    )
    cited = (
        (one.said.citation,)
        if one.said
        else (
            one.view.pod.source.quote(f'"name": "{one.view.name}"'),
            one.view.pod.source.quote(f'"{to.key or to.name}"'),
        )
    )
    return Lead(
        cause=code,
        entity=owner.ref,
        weight=DECISIVE if one.said else STRONG,
        statement=f"{owner.ref} cannot start container {one.view.name}: {lacks} in {owner.namespace}.",
        citations=cited,
        hints={
            "kind": to.kind,
            "holder": to.name,
            "config_map": to.name if to.kind == "ConfigMap" and not one.absent else None,
            "key": to.key or None,
            "value": applied,
            "container": one.view.name,
            **revision_before(picture, owner, lambda spec: _all_references(spec)),
        },
    )


def _all_references(spec: Mapping[str, Any]) -> object:
    environments = [(each.get("envFrom"), each.get("env")) for each in items(spec, "containers")]
    return environments, items(spec, "volumes")


def _of(code: str, wanted: Callable[[Broken], bool]) -> Callable[[Picture], Iterable[Lead]]:
    def find(picture: Picture) -> Iterable[Lead]:
        return [_lead(picture, one, code) for one in broken_references(picture) if wanted(one)]

    return find


_cause = partial(
    Cause,
    layer=Layer.RUNTIME,
    entity_kinds=WORKLOADS,
    rules_out=("the object and the key are there", "the reference is optional", "the container runs"),
)
ENTRIES = (
    Entry(
        _cause(
            code="missing_secret_binding",
            title="Refers to a Secret, or a key in it, that does not exist",
            description="The container cannot be made because a Secret, or a key of it, that it needs is absent.",
            supports=("the kubelet says that the secret, or its key, was not found",),
            neighbours=(
                Neighbour("missing_config_map", "what is absent is a ConfigMap"),
                Neighbour("missing_image_pull_secret", "the Secret is only needed to pull the image"),
            ),
            remedies=("undo_rollout", "create_reference_by_hand"),
        ),
        _of("missing_secret_binding", lambda one: one.to.kind == "Secret"),
    ),
    Entry(
        _cause(
            code="missing_config_map",
            title="Refers to a ConfigMap that does not exist",
            description="The container cannot be made because a ConfigMap that it needs is absent.",
            supports=("the kubelet says that the configmap was not found",),
            neighbours=(
                Neighbour("missing_config_key", "the ConfigMap is there and lacks the key"),
                Neighbour("missing_secret_binding", "what is absent is a Secret"),
            ),
            remedies=("undo_rollout", "create_reference_by_hand"),
        ),
        _of("missing_config_map", lambda one: one.to.kind == "ConfigMap" and one.absent),
    ),
    Entry(
        _cause(
            code="missing_config_key",
            title="Refers to a key that its ConfigMap lacks",
            description="The ConfigMap is there, and the key that the container needs is not in it.",
            supports=("the kubelet says that it could not find the key in the ConfigMap",),
            neighbours=(Neighbour("missing_config_map", "the whole ConfigMap is absent"),),
            remedies=("restore_missing_key", "undo_rollout", "create_reference_by_hand"),
        ),
        _of("missing_config_key", lambda one: one.to.kind == "ConfigMap" and not one.absent),
    ),
)
