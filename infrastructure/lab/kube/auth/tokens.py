"""ServiceAccount tokens: signed JWTs bound to the account's uid, so that they die with it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

from infrastructure.lab.kube.auth.certificates import private_pem
from infrastructure.lab.kube.auth.people import User, service_account
from infrastructure.lab.kube.objects.moments import Clock
from infrastructure.lab.kube.objects.naming import new_uid
from infrastructure.lab.kube.objects.tree import Obj, name_of, namespace_of, uid_of
from infrastructure.lab.kube.store.store import Store

ISSUER = "https://kubernetes.default.svc.cluster.local"
_ALGORITHM = "ES256"
_CACHE = 256


class Tokens:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        key = ec.generate_private_key(ec.SECP256R1())
        self._private = private_pem(key)
        self._public = key.public_key()
        self._read: dict[str, dict[str, Any]] = {}

    def issue(
        self,
        account: Obj,
        *,
        audiences: tuple[str, ...] = (ISSUER,),
        lasting: timedelta = timedelta(days=365),
    ) -> str:
        now = self._clock()
        claims = {
            "iss": ISSUER,
            "sub": f"system:serviceaccount:{namespace_of(account)}:{name_of(account)}",
            "aud": list(audiences),
            "iat": int(now.timestamp()),
            "nbf": int(now.timestamp()),
            "exp": int((now + lasting).timestamp()),
            "jti": new_uid(),
            "kubernetes.io": {
                "namespace": namespace_of(account),
                "serviceaccount": {"name": name_of(account), "uid": uid_of(account)},
            },
        }
        return jwt.encode(claims, self._private, algorithm=_ALGORITHM)

    def user(self, token: str) -> User | None:
        """Whose token it is; None when it is not ours, expired, or its account is gone."""
        claims = self._claims(token)
        if claims is None or claims["exp"] < self._clock().timestamp():
            return None
        bound = claims["kubernetes.io"]
        name, uid = bound["serviceaccount"]["name"], bound["serviceaccount"]["uid"]
        account = self._store.get("serviceaccounts", bound["namespace"], name)
        if account is None or uid_of(account) != uid:
            return None
        return service_account(bound["namespace"], name, uid)

    def _claims(self, token: str) -> dict[str, Any] | None:
        """Signatures are checked once: the same few tokens come with every request."""
        known = self._read.get(token)
        if known is not None:
            return known
        try:
            claims: dict[str, Any] = jwt.decode(
                token, self._public, algorithms=[_ALGORITHM], audience=ISSUER, issuer=ISSUER
            )
        except jwt.PyJWTError:
            return None
        if len(self._read) >= _CACHE:
            self._read.clear()
        self._read[token] = claims
        return claims
