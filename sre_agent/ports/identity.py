"""Somebody else who knows our people: they sign in there, and we are told who they are."""

from __future__ import annotations

from typing import Protocol

from sre_agent.domain.frozen import Frozen
from sre_agent.domain.identity import Vouched


class Departure(Frozen):
    """One sign-in under way: where the browser is sent, and what its return must fit. All but `address` is secret."""

    address: str
    state: str
    nonce: str
    verifier: str


class IdentityProvider(Protocol):
    """Raises ProviderUnavailable where it cannot be reached, IdentityRefused where its word is not to be taken."""

    @property
    def issuer(self) -> str:
        """Its name, which is an address."""

    async def depart(self) -> Departure:
        """Begin a sign-in."""

    async def arrive(self, departure: Departure, code: str) -> Vouched:
        """Exchange the code with which the browser came back for who it is."""
