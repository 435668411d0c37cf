"""Settings about people: groups that give roles, and every mistake said by its name before anybody is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from sre_agent.bootstrap_identity import identity_parts
from sre_agent.domain.identity import ClaimRules, read_roles
from sre_agent.domain.law import Role
from sre_agent.errors import SettingError
from sre_agent.settings import read
from sre_agent.testing.clock import HandClock

WHOLE = {
    "OIDC_ISSUER": "https://idp.example/realms/ops",
    "OIDC_CLIENT_ID": "sre-agent",
    "OIDC_ROLES": "sre=responder, leads=approver",
    "PUBLIC_URL": "https://sre.example",
}


def test_without_an_issuer_there_is_no_provider() -> None:
    assert identity_parts(read({}), HandClock()) is None


def test_a_whole_set_of_settings_gives_one() -> None:
    parts = identity_parts(read(WHOLE), HandClock())
    assert parts is not None
    assert parts.provider.issuer == WHOLE["OIDC_ISSUER"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OIDC_ISSUER", "http://idp.example"),
        ("OIDC_ISSUER", "idp.example"),
        ("OIDC_CLIENT_ID", ""),
        ("OIDC_ROLES", ""),
        ("OIDC_ROLES", "sre=owner"),
        ("OIDC_ROLES", "sre"),
        ("PUBLIC_URL", ""),
        ("OIDC_CLIENT_SECRET_FILE", "/nowhere"),
    ],
)
def test_a_mistake_stops_the_start_by_its_name(name: str, value: str) -> None:
    with pytest.raises(SettingError, match=name):
        identity_parts(read({**WHOLE, name: value}), HandClock())


def test_a_secret_that_everybody_may_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("s3cret\n")
    file.chmod(0o644)
    settings = read({**WHOLE, "OIDC_CLIENT_SECRET_FILE": str(file)})
    with pytest.raises(SettingError, match="everybody"):
        _ = settings.oidc_secret
    file.chmod(0o640)
    assert settings.oidc_secret == "s3cret"


def test_groups_give_the_highest_role_wherever_the_claim_lies() -> None:
    rules = ClaimRules(groups="realm_access.roles", roles=read_roles("cn=ops=viewer, leads=approver"))
    assert rules.role_of({"realm_access": {"roles": ["cn=ops", "leads"]}}) is Role.APPROVER
    assert rules.role_of({"realm_access": {"roles": "cn=ops"}}) is Role.VIEWER
    for nothing in ({}, {"realm_access": "roles"}, {"realm_access": {"roles": [None, 1]}}):
        assert rules.role_of(nothing) is None


def test_a_name_is_made_such_as_accounts_have_and_never_empty() -> None:
    rules = ClaimRules()
    assert rules.name_of({"preferred_username": "Ada Lovelace <x>"}) == "Ada-Lovelace-x-"
    for odd in (None, "", "..", "\u202e", 7, "@"):
        assert rules.name_of({"preferred_username": odd, "sub": "1"}).startswith("user-")
