"""Who is asking."""

from __future__ import annotations

from dataclasses import dataclass, field

AUTHENTICATED, UNAUTHENTICATED = "system:authenticated", "system:unauthenticated"
MASTERS = "system:masters"
SERVICE_ACCOUNT = "system:serviceaccount:"


@dataclass(frozen=True)
class User:
    name: str
    groups: tuple[str, ...] = ()
    uid: str = ""
    extra: tuple[tuple[str, tuple[str, ...]], ...] = field(default=())

    def info(self) -> dict[str, object]:
        """authentication.k8s.io UserInfo."""
        found: dict[str, object] = {"username": self.name, "groups": list(self.groups)}
        if self.uid:
            found["uid"] = self.uid
        if self.extra:
            found["extra"] = {key: list(values) for key, values in self.extra}
        return found


ANONYMOUS = User("system:anonymous", (UNAUTHENTICATED,))


def impersonated(name: str, groups: tuple[str, ...]) -> User:
    """The user an Impersonate-User header names."""
    parts = name.removeprefix(SERVICE_ACCOUNT).split(":")
    if name.startswith(SERVICE_ACCOUNT) and len(parts) == 2 and not groups:
        return service_account(*parts)
    return User(name, (*groups, AUTHENTICATED))


def service_account(namespace: str, name: str, uid: str = "") -> User:
    groups = ("system:serviceaccounts", f"system:serviceaccounts:{namespace}", AUTHENTICATED)
    return User(f"system:serviceaccount:{namespace}:{name}", groups, uid)
