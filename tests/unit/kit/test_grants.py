"""A grant is good for exactly one call, and every other use is refused for its own reason."""

from __future__ import annotations

import json

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given
from hypothesis import strategies as st

from mcp_servers.kit.grants import (
    TOKEN_TYPE,
    GrantRefusal,
    Reason,
    arguments_digest,
    private_key_from_pem,
    public_key_from_pem,
    sign,
    verify,
)
from tests.unit.kit.grant_makings import ARGUMENTS, NOW, PRIVATE_KEY, claims, expected

PUBLIC_KEY = PRIVATE_KEY.public_key()


def refusal(token: str, **changed: object) -> Reason:
    with pytest.raises(GrantRefusal) as refused:
        verify(token, expected(**changed), PUBLIC_KEY)
    assert str(refused.value)
    return refused.value.reason


def test_a_grant_for_this_very_call_is_accepted() -> None:
    assert verify(sign(claims(), PRIVATE_KEY), expected(), PUBLIC_KEY) == claims()


@pytest.mark.parametrize(
    ("reason", "changed"),
    [
        (Reason.WRONG_AUDIENCE, {"audience": "k8s@staging"}),
        (Reason.WRONG_AUDIENCE, {"audience": "github@prod"}),
        (Reason.WRONG_TOOL, {"tool": "delete_pod"}),
        (Reason.WRONG_ARGUMENTS, {"arguments_digest": arguments_digest({**ARGUMENTS, "replicas": 4})}),
        (Reason.WRONG_KEY, {"key": "step-00000002"}),
        (Reason.WRONG_KEY, {"key": ""}),
        (Reason.EXPIRED, {"now": NOW + 5}),
        (Reason.NOT_YET_VALID, {"now": NOW - 60}),
    ],
)
def test_a_grant_for_another_call_is_refused(reason: Reason, changed: dict[str, object]) -> None:
    assert refusal(sign(claims(), PRIVATE_KEY), **changed) is reason


def test_a_grant_of_another_issuer_is_refused() -> None:
    assert refusal(sign(claims(iss="someone"), PRIVATE_KEY)) is Reason.WRONG_ISSUER


def test_a_grant_that_would_live_for_an_hour_is_refused() -> None:
    assert refusal(sign(claims(exp=NOW + 3600), PRIVATE_KEY)) is Reason.LIVES_TOO_LONG


def test_a_grant_signed_with_another_key_is_refused() -> None:
    assert refusal(sign(claims(), Ed25519PrivateKey.generate())) is Reason.BAD_SIGNATURE


def test_a_grant_with_one_byte_changed_is_refused() -> None:
    head, body, signature = sign(claims(), PRIVATE_KEY).split(".")
    changed = body[:-2] + ("A" if body[-2] != "A" else "B") + body[-1]
    assert refusal(f"{head}.{changed}.{signature}") in {Reason.BAD_SIGNATURE, Reason.MALFORMED}


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "eyJhbGciOiJFZERTQSJ9.e30.", "x" * 5000])
def test_what_is_no_token_at_all_is_refused(token: str) -> None:
    assert refusal(token) in {Reason.MALFORMED, Reason.WRONG_ALGORITHM}


def test_a_token_without_a_signature_is_refused() -> None:
    token = jwt.encode(claims().model_dump(), None, algorithm="none", headers={"typ": TOKEN_TYPE})
    assert refusal(token) is Reason.WRONG_ALGORITHM


def test_the_public_key_cannot_be_used_as_a_shared_secret() -> None:
    pem = PUBLIC_KEY.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    token = jwt.api_jws.PyJWS().encode(
        json.dumps(claims().model_dump()).encode(),
        pem.replace(b"-----", b"+++++"),
        algorithm="HS256",
        headers={"typ": TOKEN_TYPE},
    )
    assert refusal(token) is Reason.WRONG_ALGORITHM


def test_another_kind_of_token_signed_with_the_same_key_is_refused() -> None:
    token = jwt.encode(claims().model_dump(), PRIVATE_KEY, algorithm="EdDSA")
    assert refusal(token) is Reason.WRONG_ALGORITHM


@pytest.mark.parametrize("missing", ["jti", "key", "fence", "exp", "args", "aud", "inc"])
def test_a_grant_without_one_of_its_claims_is_refused(missing: str) -> None:
    body = claims().model_dump()
    del body[missing]
    token = jwt.encode(body, PRIVATE_KEY, algorithm="EdDSA", headers={"typ": TOKEN_TYPE})
    assert refusal(token) is Reason.BAD_CLAIMS


def test_a_grant_with_a_claim_nobody_knows_is_refused() -> None:
    body = claims().model_dump() | {"admin": True}
    token = jwt.encode(body, PRIVATE_KEY, algorithm="EdDSA", headers={"typ": TOKEN_TYPE})
    assert refusal(token) is Reason.BAD_CLAIMS


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(max_size=8), JSON, max_size=5))
def test_the_digest_does_not_depend_on_the_order_of_keys(arguments: dict[str, object]) -> None:
    turned = json.loads(json.dumps(dict(reversed(arguments.items()))))
    assert arguments_digest(arguments) == arguments_digest(turned)  # type: ignore[arg-type]


@given(
    st.dictionaries(st.text(max_size=8), JSON, max_size=4),
    st.dictionaries(st.text(max_size=8), JSON, max_size=4),
)
def test_different_arguments_have_different_digests(one: dict[str, object], other: dict[str, object]) -> None:
    same = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    assert (arguments_digest(one) == arguments_digest(other)) == same  # type: ignore[arg-type]


def test_numbers_json_cannot_say_exactly_have_no_digest() -> None:
    with pytest.raises(ValueError, match="canonical"):
        arguments_digest({"n": float("nan")})
    with pytest.raises(ValueError, match="canonical"):
        arguments_digest({"n": 2**60})


def test_only_an_ed25519_key_is_taken_as_a_key() -> None:
    rsa = generate_private_key(public_exponent=65537, key_size=2048)
    private = rsa.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = rsa.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    locked = PRIVATE_KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x"))
    for pem in (private, locked, b"", b"nonsense"):
        with pytest.raises(ValueError):  # noqa: PT011 - the message is the library's
            private_key_from_pem(pem)
    for pem in (public, b"", b"nonsense"):
        with pytest.raises(ValueError):  # noqa: PT011 - the message is the library's
            public_key_from_pem(pem)


@pytest.mark.promise("ACT-1")
@pytest.mark.parametrize("header", ["kid", "jku", "jwk", "x5u", "x5c"])
def test_a_token_that_brings_its_own_key_is_checked_with_ours(header: str) -> None:
    other = Ed25519PrivateKey.generate()
    brought = jwt.algorithms.OKPAlgorithm.to_jwk(other.public_key(), as_dict=True)
    said = {"kid": "../../dev/null", "jwk": brought, "x5c": ["MIIB"]}.get(header, "https://evil.example/keys")
    token = jwt.encode(
        claims().model_dump(), other, algorithm="EdDSA", headers={"typ": TOKEN_TYPE, header: said}
    )
    assert refusal(token) is Reason.BAD_SIGNATURE


@pytest.mark.promise("ACT-1")
@pytest.mark.parametrize(
    "changed",
    [
        {"fence": True},
        {"fence": "1"},
        {"fence": 2**70},
        {"exp": "99999999999"},
        {"jti": ["x" * 20]},
        {"aud": ["k8s@prod", "k8s@other"]},
        {"aud": {"k8s@prod": 1}},
        {"tool": ["scale"]},
        {"exp": float("nan")},
        {"exp": float("inf")},
        {"iat": float("nan")},
        {"iat": float("-inf")},
        {"fence": "1e3"},
        {"fence": -1},
        {"fence": 1.5},
    ],
    ids=str,
)
def test_a_claim_of_another_kind_is_refused_even_with_a_good_signature(changed: dict[str, object]) -> None:
    token = jwt.encode(
        {**claims().model_dump(), **changed}, PRIVATE_KEY, algorithm="EdDSA", headers={"typ": TOKEN_TYPE}
    )
    assert refusal(token) in (Reason.BAD_CLAIMS, Reason.LIVES_TOO_LONG, Reason.MALFORMED)


@pytest.mark.promise("ACT-1")
@pytest.mark.parametrize(
    ("granted", "sent"),
    [
        ({"replicas": 1}, {"replicas": True}),
        ({"replicas": 0}, {"replicas": False}),
        ({"replicas": 1}, {"replicas": "1"}),
        ({"replicas": 0}, {"replicas": None}),
        ({"name": "cart"}, {"name": "c\u0430rt"}),
        ({"name": "caf\u00e9"}, {"name": "cafe\u0301"}),
        ({"name": "cart"}, {"name": "cart\u200b"}),
        ({"name": "cart"}, {"name": "cart "}),
        ({"name": "cart"}, {"Name": "cart"}),
        ({"name": "cart"}, {"name": "cart", "namespace": None}),
        ({"a": {"b": 1}}, {"a.b": 1}),
        ({"a": [1, 2]}, {"a": [2, 1]}),
    ],
    ids=str,
)
def test_arguments_that_look_alike_or_compare_equal_are_other_arguments(
    granted: dict[str, object], sent: dict[str, object]
) -> None:
    token = sign(claims(args=arguments_digest(granted)), PRIVATE_KEY)  # type: ignore[arg-type]
    assert refusal(token, arguments_digest=arguments_digest(sent)) is Reason.WRONG_ARGUMENTS  # type: ignore[arg-type]
