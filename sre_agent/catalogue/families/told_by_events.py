"""Pods that nobody listed: what the kubelet said of them in events is all there is, and says it plainly enough.

Where pods were read, the rules that look at their containers know more, and these hold their tongue.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from sre_agent.catalogue.cause import SLIGHT, STRONG, Lead
from sre_agent.catalogue.pulling import Why, why_not
from sre_agent.catalogue.words import brief, is_timely
from sre_agent.domain.entity import EntityRef
from sre_agent.picture.events import EventView
from sre_agent.picture.ownership import makers_of_name
from sre_agent.picture.world import Picture

_PULLS = {
    Why.DNS: "image_registry_dns_failure",
    Why.RATE: "image_registry_rate_limited",
    Why.PLATFORM: "image_architecture_mismatch",
    Why.MISSING: "incorrect_image_reference",
    Why.DENIED: "missing_image_pull_secret",
    Why.UNREACHABLE: "image_registry_unreachable",
}
_WORDS = {
    "missing_secret_binding": re.compile(r"secrets? \"[^\"]+\" not found|non-existent secret key|find key \S+ in Secret", re.I),
    "missing_config_map": re.compile(r"configmaps? \"[^\"]+\" not found", re.I),
    "missing_config_key": re.compile(r"find key \S+ in ConfigMap|non-existent config key", re.I),
    "container_command_not_found": re.compile(r"executable file .{0,40}not found|exec: .{0,60}no such file", re.I),
    "container_permission_denied": re.compile(r"exec: .{0,60}permission denied|open executable: permission denied", re.I),
    "oom_killed": re.compile(r"cgroup out of memory|OOM ?-?killed", re.I),
    "volume_attach_failed": re.compile(r"AttachVolume\.Attach failed|Multi-Attach error", re.I),
    "ephemeral_storage_exceeded": re.compile(r"ephemeral local storage usage exceeds", re.I),
    "pod_evicted": re.compile(r"The node was low on resource", re.I),
}  # fmt: skip


def _about_unlisted_pods(picture: Picture) -> Iterator[EventView]:
    if picture.looked_at("pods"):
        return
    for event in picture.events:
        if event.about[0] == "Pod" and event.is_warning and is_timely(picture, event):
            yield event


def _whose(picture: Picture, event: EventView) -> EntityRef:
    _, namespace, name = event.about
    for maker in makers_of_name("Pod", name):
        if owner := picture.inventory.workload_named(maker, namespace):
            return owner.ref
    named = [
        one
        for one in picture.inventory.workloads
        if one.namespace == namespace and name.startswith(f"{one.name}-")
    ]
    longest = max(named, key=lambda one: len(one.name), default=None)
    return longest.ref if longest else EntityRef(kind="Pod", namespace=namespace, name=name)


def _cause_of(event: EventView) -> str:
    if why := why_not(event.message, event.reason):
        return _PULLS.get(why, "")
    return next((cause for cause, words in _WORDS.items() if words.search(event.message)), "")


def _finder(cause: str) -> Callable[[Picture], Iterable[Lead]]:
    def find(picture: Picture) -> Iterable[Lead]:
        for event in _about_unlisted_pods(picture):
            if _cause_of(event) == cause:
                ref = _whose(picture, event)
                words = (
                    f"{ref} does not start, by what the kubelet says of its pods: {brief(event.message, 180)}"
                )
                yield Lead(cause, ref, STRONG + SLIGHT, words, (event.quote(),))

    return find


ENTRIES = ()
ALSO = tuple((cause, _finder(cause)) for cause in (*_PULLS.values(), *_WORDS))
