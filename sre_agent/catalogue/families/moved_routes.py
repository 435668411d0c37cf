"""A change that made a gateway send a path to another program, told by its diff alone."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sre_agent.catalogue.addresses import workload_at
from sre_agent.catalogue.cause import SLIGHT, STRONG, Entry, Lead
from sre_agent.catalogue.recent import changed_before, quote_change, suffering
from sre_agent.picture.objects import Obj
from sre_agent.picture.world import ChangeSeen, Picture

_LINE = r"^\{}.*(?:cluster|proxy_pass|backend|upstream|destination|host|service|target)\w*\b[^\w\n]+(?:https?://)?(?P<name>[a-z0-9][\w-]*)"
_WAS = re.compile(_LINE.format("-"), re.M)
_IS = re.compile(_LINE.format("+"), re.M)


def _moved(picture: Picture, seen: ChangeSeen, gateway: Obj) -> tuple[str, str] | None:
    """(whom it asked before, whom now), both of them workloads that run: else it is an address that is wrong."""
    diff = seen.change.diff or ""
    was, now = _WAS.search(diff), _IS.search(diff)
    if was is None or now is None or was["name"] == now["name"]:
        return None
    found = [workload_at(picture, one["name"], gateway.namespace) for one in (was, now)]
    return (was["name"], now["name"]) if all(found) and gateway not in found else None


def _misrouted(picture: Picture) -> Iterable[Lead]:
    for seen, gateway in changed_before(picture, "config"):
        moved = _moved(picture, seen, gateway)
        ill = suffering(picture, gateway, seen.change.at) if moved else None
        if moved and ill:
            yield Lead(
                cause="gateway_misroute",
                entity=gateway.ref,
                weight=3 * STRONG - SLIGHT,
                statement=f"{gateway.ref} sends to {moved[1]} what belongs to {moved[0]}, since '{seen.change.title[:80]}' of {seen.change.at:%H:%M:%S}.",
                citations=(quote_change(seen), *ill.citations[:3]),
                change=seen.change,
            )


ENTRIES: tuple[Entry, ...] = ()
ALSO = (("gateway_misroute", _misrouted),)
