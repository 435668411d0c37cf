"""Builds the way to the identity provider; only where one is set up, since its libraries cost memory."""

from __future__ import annotations

from sre_agent.api.parts import IdentityParts
from sre_agent.errors import SettingError
from sre_agent.ports.clock import Clock
from sre_agent.settings import Settings

CALLBACK = "/api/v1/oidc/callback"


def identity_parts(settings: Settings, clock: Clock) -> IdentityParts | None:
    """None where no provider is set. Raises SettingError for what would refuse everybody later."""
    if not settings.oidc_issuer:
        return None
    from sre_agent.adapters.oidc import OidcClient, OidcProvider, is_safe

    if not is_safe(settings.oidc_issuer):
        expected = "an address that begins with https:// (http:// on this machine alone)"
        raise SettingError("OIDC_ISSUER", repr(settings.oidc_issuer), expected)
    for name, expected in (
        ("oidc_client_id", "the client id that the provider gave us"),
        ("public_url", f"the address people use: the provider sends them back to PUBLIC_URL{CALLBACK}"),
        ("oidc_roles", "which groups have which role, as in sre=responder, leads=approver"),
    ):
        if not getattr(settings, name):
            raise SettingError(name.upper(), "not set, and OIDC_ISSUER is", expected)
    us = OidcClient(
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        redirect_uri=settings.public_url.rstrip("/") + CALLBACK,
        secret=settings.oidc_secret,
        scope=settings.oidc_scope,
        rules=settings.claim_rules,
    )
    return IdentityParts(OidcProvider(us, clock))
