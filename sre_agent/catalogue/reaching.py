"""Connection failures that name, by address, a dependency of one role."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sre_agent.catalogue.addresses import addresses_in, workload_at
from sre_agent.catalogue.hearing import Heard, Saying, heard
from sre_agent.catalogue.roles import Role, role_of, role_of_name, role_of_port
from sre_agent.picture.world import Picture


def named_with_role(picture: Picture, role: Role, words: Iterable[re.Pattern[str]]) -> list[Heard]:
    """Complaints with one of these words whose address leads to a program of that role."""
    found: dict[int, Heard] = {}
    for pattern in words:
        for saying, match in heard(picture, pattern):
            if id(saying) not in found and _leads_to(picture, saying, role):
                found[id(saying)] = (saying, match)
    return list(found.values())


def _leads_to(picture: Picture, saying: Saying, role: Role) -> bool:
    for address in addresses_in(saying.text):
        workload = workload_at(picture, address.host, saying.speaker.namespace)
        if workload is not None:
            if role_of(workload) is role:
                return True
        elif role in (role_of_name(address.host), role_of_port(address.port)):
            return True
    return False
