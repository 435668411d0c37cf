"""The part of the environment that says who people are: where they sign in beside tokens and passwords."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from sre_agent.domain.identity import ClaimRules, read_roles
from sre_agent.errors import SettingError

IDENTITY_VARIABLES = ("OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET_FILE")
"""Kept out of the runner's environment."""


class IdentitySettings(BaseModel):
    """OpenID Connect; off where no issuer is set."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    oidc_issuer: str = Field("", description="identity provider people may sign in at; empty: none")
    oidc_client_id: str = Field("", description="our name at it")
    oidc_client_secret_file: Path | None = Field(
        None, description="file with our secret there; empty: a public client, by PKCE alone"
    )
    oidc_scope: str = Field("openid profile email", description="what is asked of it")
    oidc_name_claim: str = Field("preferred_username", description="claim that names the account")
    oidc_groups_claim: str = Field(
        "groups", description="claim whose values give roles; a dotted path where it lies deeper"
    )
    oidc_roles: str = Field(
        "", description="`group=role, …` with viewer, responder, approver or admin; nobody else is let in"
    )

    @property
    def claim_rules(self) -> ClaimRules:
        """Raises SettingError where OIDC_ROLES cannot be read."""
        try:
            roles = read_roles(self.oidc_roles)
        except ValueError as wrong:
            raise SettingError("OIDC_ROLES", str(wrong), "group=role, group=role, …") from wrong
        return ClaimRules(name=self.oidc_name_claim, groups=self.oidc_groups_claim, roles=roles)

    @property
    def oidc_secret(self) -> str:
        """Raises SettingError where the file cannot be read, or others may read it."""
        path = self.oidc_client_secret_file
        if path is None:
            return ""
        try:
            if path.stat().st_mode & 0o007:
                raise SettingError(
                    "OIDC_CLIENT_SECRET_FILE",
                    f"{path}, which everybody may read",
                    "a file of mode 0640 or less",
                )
            return path.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as problem:
            expected = "the path of a text file that holds the secret alone"
            raise SettingError("OIDC_CLIENT_SECRET_FILE", f"{path} ({problem})", expected) from problem
