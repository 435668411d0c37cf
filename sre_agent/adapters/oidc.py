"""OpenID Connect: authorization code with PKCE, and an ID token of which nothing is believed unchecked.

Sources: OpenID Connect Core 1.0, sections 3.1.2 and 3.1.3.7; Discovery 1.0, section 4.3; RFC 9700 (best current
practice). Authlib speaks the protocol and checks claims, joserfc the signature.
"""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2
from authlib.common.errors import AuthlibBaseError  # type: ignore[import-untyped]
from authlib.integrations.httpx_client import AsyncOAuth2Client  # type: ignore[import-untyped]
from authlib.oidc.core import CodeIDToken  # type: ignore[import-untyped]
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from sre_agent.adapters.capped import CappedTransport
from sre_agent.domain.identity import ClaimRules, Vouched
from sre_agent.errors import IdentityRefused, ProviderUnavailable
from sre_agent.ports.clock import Clock
from sre_agent.ports.identity import Departure

ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""Signatures by the provider's private key alone: `none` and those by a shared secret are no proof of who signed."""

_LEEWAY_SECONDS: Final = 60
_KEPT_FOR: Final = timedelta(hours=1)
_TIME: Final = httpx2.Timeout(10.0, connect=5.0)
_WITHIN_SECONDS: Final = 15.0
"""For one exchange as a whole: the client bounds only each wait, and an answer may come byte by byte."""
_MOST_BYTES: Final = 1_000_000
"""Of one answer; discovery documents and key sets have a few thousand."""
_ENDPOINTS: Final = ("authorization_endpoint", "token_endpoint", "jwks_uri")


@dataclass(frozen=True)
class OidcClient:
    """Who we are to the provider, and how its claims are read."""

    issuer: str
    client_id: str
    redirect_uri: str
    secret: str = field(default="", repr=False)
    scope: str = "openid profile email"
    rules: ClaimRules = field(default_factory=ClaimRules)


class OidcProvider:
    """Implements `ports.identity.IdentityProvider`. `transport` is for tests."""

    def __init__(
        self,
        us: OidcClient,
        clock: Clock,
        *,
        transport: httpx2.AsyncBaseTransport | None = None,
        within: float = _WITHIN_SECONDS,
    ) -> None:
        self._us = us
        self._clock = clock
        self._outside = transport
        self._within = within
        self._kept: dict[str, tuple[timedelta, dict[str, Any]]] = {}

    @property
    def issuer(self) -> str:
        return self._us.issuer

    async def depart(self) -> Departure:
        endpoint = (await self._discovered())["authorization_endpoint"]
        nonce, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
        async with self._client("none") as client:
            address, state = client.create_authorization_url(
                endpoint, state=secrets.token_urlsafe(32), nonce=nonce, code_verifier=verifier
            )
        return Departure(address=address, state=state, nonce=nonce, verifier=verifier)

    async def arrive(self, departure: Departure, code: str) -> Vouched:
        told = await self._exchanged(code, departure.verifier)
        claims = await self._claims(told, departure.nonce)
        role = self._us.rules.role_of(claims)
        name, subject = self._us.rules.name_of(claims), str(claims["sub"])
        if role is None:
            raise IdentityRefused(
                f"{name} is known to {self.issuer}, but nothing in the claim {self._us.rules.groups!r} gives a role "
                "here; an administrator adds their group to OIDC_ROLES, or them to a group that stands there"
            )
        return Vouched(issuer=self.issuer, subject=subject, name=name, role=role)

    async def _exchanged(self, code: str, verifier: str) -> dict[str, Any]:
        document = await self._discovered()
        try:
            async with (
                asyncio.timeout(self._within),
                self._client(_method(document, self._us.secret)) as client,
            ):
                return dict(
                    await client.fetch_token(
                        document["token_endpoint"],
                        code=code,
                        code_verifier=verifier,
                        grant_type="authorization_code",
                    )
                )
        except (httpx2.HTTPError, TimeoutError) as failure:
            raise self._unavailable(failure) from failure
        except (AuthlibBaseError, ValueError) as refusal:
            raise self._refused(f"it did not take the code ({_word(refusal)})") from refusal

    async def _claims(self, told: dict[str, Any], nonce: str) -> dict[str, Any]:
        """The ID token's claims, once signature, issuer, audience, times and nonce are right."""
        token = told.get("id_token")
        if not isinstance(token, str):
            raise self._refused("its answer has no ID token; is `openid` among the scopes it allows?")
        try:
            signed = await self._verified(token)
            us = self._us
            claims = CodeIDToken(
                signed.claims,
                signed.header,
                {
                    "iss": {"essential": True, "value": us.issuer},
                    "aud": {"essential": True, "value": us.client_id},
                    "sub": {"essential": True},
                },
                {"nonce": nonce, "client_id": us.client_id, "access_token": told.get("access_token")},
            )
            claims.validate(now=int(self._clock.now().timestamp()), leeway=_LEEWAY_SECONDS)
        except (JoseError, ValueError, TypeError) as wrong:
            raise self._refused(f"its ID token is not good ({_word(wrong)})") from wrong
        return dict(claims)

    async def _verified(self, token: str) -> jwt.Token:
        """Where no key fits, the keys are looked up once more: the provider may have changed them."""
        uri = (await self._discovered())["jwks_uri"]
        try:
            return jwt.decode(token, KeySet.import_key_set(await self._document(uri)), algorithms=ALGORITHMS)  # type: ignore[arg-type]
        except JoseError:
            self._kept.pop(uri, None)
            return jwt.decode(token, KeySet.import_key_set(await self._document(uri)), algorithms=ALGORITHMS)  # type: ignore[arg-type]

    async def _discovered(self) -> dict[str, Any]:
        document = await self._document(f"{self._us.issuer.rstrip('/')}/.well-known/openid-configuration")
        if document.get("issuer") != self._us.issuer:
            raise self._refused(
                f"its discovery document names another issuer, {str(document.get('issuer'))[:200]!r}"
            )
        if bad := [name for name in _ENDPOINTS if not is_safe(str(document.get(name, "")))]:
            raise self._refused(f"its discovery document lacks {', '.join(bad)}, or says it without https")
        return document

    async def _document(self, address: str) -> dict[str, Any]:
        """A JSON object from there, or the one that came less than an hour ago."""
        at, kept = self._kept.get(address, (timedelta(), {}))
        if kept and self._clock.elapsed() - at < _KEPT_FOR:
            return kept
        try:
            async with asyncio.timeout(self._within), self._plain() as client:
                answer = (await client.get(address)).raise_for_status().json()
        except (httpx2.HTTPError, ValueError, TimeoutError) as failure:
            raise self._unavailable(failure) from failure
        if not isinstance(answer, dict):
            raise self._refused("it answered with something that is no JSON object")
        self._kept[address] = (self._clock.elapsed(), answer)
        return answer

    def _plain(self) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(timeout=_TIME, transport=self._transport(), follow_redirects=False)

    def _transport(self) -> httpx2.AsyncBaseTransport:
        """A new one for each exchange: whoever closes its client closes it."""
        return CappedTransport(self._outside or httpx2.AsyncHTTPTransport(), _MOST_BYTES)

    def _client(self, method: str) -> AsyncOAuth2Client:
        return AsyncOAuth2Client(
            client_id=self._us.client_id,
            client_secret=self._us.secret or None,
            token_endpoint_auth_method=method,
            scope=self._us.scope,
            redirect_uri=self._us.redirect_uri,
            code_challenge_method="S256",
            timeout=_TIME,
            transport=self._transport(),
            follow_redirects=False,
        )

    def _unavailable(self, failure: Exception) -> ProviderUnavailable:
        kind = type(failure).__name__
        return ProviderUnavailable(
            f"{self.issuer} could not be asked who you are ({kind}); try again in a minute"
        )

    def _refused(self, why: str) -> IdentityRefused:
        return IdentityRefused(f"{self.issuer}: {why}")


def is_safe(address: str) -> bool:
    """https, or http to this very machine, where nobody can listen in between."""
    parts = urlsplit(address)
    return parts.scheme == "https" or (
        parts.scheme == "http" and parts.hostname in ("127.0.0.1", "::1", "localhost")
    )


def _method(document: dict[str, Any], secret: str) -> str:
    """How we prove who we are at the token endpoint; without the list, Discovery says basic."""
    if not secret:
        return "none"
    offered = document.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    return "client_secret_basic" if "client_secret_basic" in offered else "client_secret_post"


def _word(wrong: Exception) -> str:
    """What kind of thing is wrong; its text may hold what somebody else wrote."""
    return str(getattr(wrong, "error", "") or type(wrong).__name__)[:60]
