"""An identity provider is believed only where everything about its word is right."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from identity_provider import BACK, CLIENT, ISSUER, ROLES, SECRET, FakeProvider

from sre_agent.adapters.oidc import OidcClient, OidcProvider, is_safe
from sre_agent.domain.identity import ClaimRules, Vouched
from sre_agent.domain.law import Role
from sre_agent.errors import IdentityRefused, ProviderUnavailable
from sre_agent.testing.clock import HandClock


@pytest.fixture
def fake() -> FakeProvider:
    return FakeProvider(HandClock())


@pytest.fixture
def provider(fake: FakeProvider) -> OidcProvider:
    us = OidcClient(ISSUER, CLIENT, BACK, SECRET, rules=ClaimRules(roles=ROLES))
    return OidcProvider(us, fake.clock, transport=fake.transport)


async def sign_in(provider: OidcProvider, fake: FakeProvider) -> Vouched:
    departure = await provider.depart()
    return await provider.arrive(departure, fake.sign_in(departure.address))


@pytest.mark.promise("KEEP-9")
async def test_who_signs_in_there_is_known_here_by_issuer_and_subject(
    provider: OidcProvider, fake: FakeProvider
) -> None:
    ada = await sign_in(provider, fake)
    assert ada == Vouched(issuer=ISSUER, subject="subject-1", name="ada", role=Role.RESPONDER)
    fake.claims = {"preferred_username": "lovelace"}
    assert (await sign_in(provider, fake)).user == ada.user
    fake.claims = {"sub": "subject-2"}
    assert (await sign_in(provider, fake)).user != ada.user


async def test_each_departure_has_its_own_state_nonce_and_verifier_and_tells_only_the_first_two(
    provider: OidcProvider,
) -> None:
    one, two = await provider.depart(), await provider.depart()
    asked = parse_qs(urlsplit(one.address).query)
    assert asked["state"] == [one.state]
    assert asked["nonce"] == [one.nonce]
    assert one.verifier not in one.address
    assert len({one.state, two.state, one.nonce, two.nonce, one.verifier, two.verifier}) == 6


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "somebody else's"},
        {"nonce": None},
        {"iss": "https://evil.example"},
        {"iss": None},
        {"aud": "another-client"},
        {"aud": [CLIENT, "another-client"], "azp": "another-client"},
        {"aud": None},
        {"sub": None},
        {"exp": 1},
        {"exp": None},
        {"exp": "tomorrow"},
        {"iat": 2**40},
        {"nbf": 2**40},
        {"at_hash": "of-another-token"},
    ],
    ids=str,
)
async def test_a_word_with_a_wrong_claim_is_refused(
    provider: OidcProvider, fake: FakeProvider, claims: dict[str, Any]
) -> None:
    fake.claims = claims
    with pytest.raises(IdentityRefused, match="ID token is not good"):
        await sign_in(provider, fake)


@pytest.mark.promise("KEEP-9")
async def test_an_unsigned_word_and_one_signed_by_somebody_else_are_refused(
    provider: OidcProvider, fake: FakeProvider
) -> None:
    fake.unsigned = True
    with pytest.raises(IdentityRefused):
        await sign_in(provider, fake)
    fake.unsigned, fake.foreign_key = False, True
    with pytest.raises(IdentityRefused):
        await sign_in(provider, fake)


async def test_a_code_is_worth_nothing_with_another_verifier_or_a_second_time(
    provider: OidcProvider, fake: FakeProvider
) -> None:
    mine, theirs = await provider.depart(), await provider.depart()
    with pytest.raises(IdentityRefused):
        await provider.arrive(mine, fake.sign_in(theirs.address))
    code = fake.sign_in(mine.address)
    await provider.arrive(mine, code)
    with pytest.raises(IdentityRefused):
        await provider.arrive(mine, code)


async def test_who_has_no_group_that_gives_a_role_is_told_what_to_do(
    provider: OidcProvider, fake: FakeProvider
) -> None:
    for groups in ([], ["everybody"], None, "admin", {"sre": True}, [["sre"]]):
        fake.claims = {"groups": groups}
        with pytest.raises(IdentityRefused, match="OIDC_ROLES"):
            await sign_in(provider, fake)
    fake.claims = {"groups": ["leads", "sre"]}
    assert (await sign_in(provider, fake)).role is Role.APPROVER


async def test_discovery_and_keys_are_asked_for_once_an_hour_and_keys_again_where_none_fits(
    provider: OidcProvider, fake: FakeProvider
) -> None:
    await sign_in(provider, fake)
    await sign_in(provider, fake)
    assert fake.asked == ["discovery", "token", "keys", "token"]
    fake.turn_the_key()
    await sign_in(provider, fake)
    assert fake.asked[4:] == ["token", "keys"]
    fake.clock.advance(timedelta(hours=1))
    await sign_in(provider, fake)
    assert fake.asked[6:] == ["discovery", "token", "keys"]


@pytest.mark.parametrize(
    "lie",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "http://evil.example/token"},
        {"jwks_uri": ""},
        {"authorization_endpoint": "javascript:alert(1)"},
    ],
    ids=str,
)
async def test_a_discovery_document_that_names_others_is_not_followed(
    provider: OidcProvider, fake: FakeProvider, lie: dict[str, Any]
) -> None:
    fake.discovery = lie
    with pytest.raises(IdentityRefused, match="discovery"):
        await provider.depart()


async def test_a_provider_that_is_down_can_be_tried_again(provider: OidcProvider, fake: FakeProvider) -> None:
    fake.down = True
    with pytest.raises(ProviderUnavailable, match="try again"):
        await provider.depart()
    fake.down = False
    assert (await sign_in(provider, fake)).name == "ada"


def test_only_tls_or_this_machine_is_safe() -> None:
    assert is_safe("https://idp.example/x")
    assert is_safe("http://127.0.0.1:5556/idp")
    for address in ("http://idp.example", "http://127.0.0.1.evil.example", "ftp://127.0.0.1", ""):
        assert not is_safe(address)
