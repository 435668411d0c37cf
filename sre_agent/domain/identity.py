"""What an identity provider vouches for, and what that lets somebody do here; pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from pydantic import JsonValue

from sre_agent.domain.frozen import Frozen
from sre_agent.domain.ids import UserId
from sre_agent.domain.law import AGENT, ALERTMANAGER, Role

MACHINES: Final = frozenset({AGENT.name, ALERTMANAGER.name, "somebody"})
"""Names under which journal and audit trail write what no account did; no account has one."""
_VOUCHED: Final = re.compile(r"usr_[0-9a-f]{32}")
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,79}")


class Vouched(Frozen):
    """Somebody as their provider knows them. Issuer and subject say who it is; the name is only for people."""

    issuer: str
    subject: str
    name: str
    role: Role

    @property
    def user(self) -> UserId:
        """The same for the same issuer and subject, whatever they call themselves (OpenID Connect Core, 5.7)."""
        both = "\0".join((self.issuer, self.subject))
        return UserId(f"usr_{hashlib.sha256(both.encode()).hexdigest()[:32]}")

    @property
    def name_of_their_own(self) -> str:
        """For where another account has the name already."""
        return f"{self.name}-{self.user.removeprefix('usr_')[:8]}"


def is_vouched_for(user: UserId) -> bool:
    """Whether an account is that of somebody an identity provider vouches for: its id is made of issuer and subject."""
    return _VOUCHED.fullmatch(user) is not None


def spelling(name: str) -> str:
    """What two names have in common that people would read as one."""
    return name.casefold()


def is_machine(name: str) -> bool:
    return spelling(name) in MACHINES


@dataclass(frozen=True)
class ClaimRules:
    """Which claims are read, and which role each of their values gives; who has none of them gets none."""

    name: str = "preferred_username"
    groups: str = "groups"
    roles: Mapping[str, Role] = field(default_factory=dict)

    def role_of(self, claims: Mapping[str, JsonValue]) -> Role | None:
        """The highest role that a value of the claim gives."""
        said = _found(claims, self.groups)
        values = said if isinstance(said, list) else [said]
        given = [self.roles[value] for value in values if isinstance(value, str) and value in self.roles]
        return max(given, key=lambda role: role.rank, default=None)

    def name_of(self, claims: Mapping[str, JsonValue]) -> str:
        """As accounts are named; where the claim does not say one, something that stands for the subject."""
        said = _found(claims, self.name)
        cleaned = re.sub(r"[^A-Za-z0-9._@-]+", "-", said).lstrip("._@-")[:80] if isinstance(said, str) else ""
        if _NAME.fullmatch(cleaned):
            return cleaned
        return f"user-{hashlib.sha256(str(claims.get('sub')).encode()).hexdigest()[:12]}"


def read_roles(text: str) -> dict[str, Role]:
    """`sre=responder, leads=approver` → roles by the value of the claim. Raises ValueError, saying which part is wrong."""
    roles: dict[str, Role] = {}
    for part in filter(None, (each.strip() for each in text.split(","))):
        value, separator, role = (piece.strip() for piece in part.rpartition("="))
        if not separator or not value or role not in set(Role):
            raise ValueError(f"{part!r} is not group=role, with one of the roles {', '.join(Role)}")
        roles[value] = Role(role)
    return roles


def _found(claims: Mapping[str, JsonValue], path: str) -> JsonValue:
    """The claim of that name, else what lies at its dotted path (`realm_access.roles`)."""
    if path in claims:
        return claims[path]
    found: JsonValue = dict(claims)
    for step in path.split("."):
        found = found.get(step) if isinstance(found, dict) else None
    return found
