"""From a request's certificate or token to a user."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from infrastructure.lab.kube.auth.people import ANONYMOUS, AUTHENTICATED, User
from infrastructure.lab.kube.auth.tokens import Tokens
from infrastructure.lab.kube.objects.failures import unauthorized


class Authenticator:
    def __init__(self, tokens: Tokens) -> None:
        self.tokens = tokens

    def user(self, headers: Mapping[str, str], certificate: Mapping[str, Any] | None) -> User:
        """Raises ApiError (401) on a token that is not good; no credentials at all is anonymous."""
        if certificate:
            return _from_certificate(certificate)
        scheme, _, token = headers.get("Authorization", "").partition(" ")
        if not scheme:
            return ANONYMOUS
        user = self.tokens.user(token.strip()) if scheme.lower() == "bearer" else None
        if user is None:
            raise unauthorized()
        return user


def _from_certificate(certificate: Mapping[str, Any]) -> User:
    names = [pair for part in certificate.get("subject", ()) for pair in part]
    name = next((value for key, value in names if key == "commonName"), "")
    groups = tuple(value for key, value in names if key == "organizationName")
    return User(name, (*groups, AUTHENTICATED))
