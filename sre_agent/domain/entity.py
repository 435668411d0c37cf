"""What can be blamed or changed: a named object in a cluster."""

from __future__ import annotations

from sre_agent.domain.frozen import Frozen


class EntityRef(Frozen):
    """One object. `namespace` and `cluster` are empty where they do not apply or are the default."""

    kind: str
    name: str
    namespace: str = ""
    cluster: str = ""

    def __str__(self) -> str:
        place = f"{self.namespace}/" if self.namespace else ""
        return f"{self.kind} {place}{self.name}"
