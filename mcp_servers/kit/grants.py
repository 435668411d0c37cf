"""Grants, purely: what one claims, how it is signed, and every reason to refuse one.

A grant is a JWT (EdDSA over Ed25519) for exactly one tool call. The agent signs with the private
key; a tool server verifies with the public key alone. Nothing here reads a clock, a file or a store.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final

import jwt
import rfc8785
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

ALGORITHM: Final = "EdDSA"
ISSUER: Final = "sre-agent"
TOKEN_TYPE: Final = "sre-grant+jwt"  # noqa: S105 - a media type (RFC 8725, explicit typing), not a secret
META_GRANT: Final = "io.sre-agent/grant"
META_KEY: Final = "io.sre-agent/key"
MAX_LIFETIME_SECONDS: Final = 300.0
CLOCK_SKEW_SECONDS: Final = 5.0
"""How far ahead the signer's clock may run; expiry itself gets no leeway."""
MAX_TOKEN_CHARS: Final = 4096


class Reason(StrEnum):
    """Why a grant is refused."""

    ABSENT = "absent"
    NO_PUBLIC_KEY = "no_public_key"
    MALFORMED = "malformed"
    WRONG_ALGORITHM = "wrong_algorithm"
    BAD_SIGNATURE = "bad_signature"
    BAD_CLAIMS = "bad_claims"
    WRONG_ISSUER = "wrong_issuer"
    WRONG_AUDIENCE = "wrong_audience"
    WRONG_TOOL = "wrong_tool"
    WRONG_ARGUMENTS = "wrong_arguments"
    WRONG_KEY = "wrong_key"
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"
    LIVES_TOO_LONG = "lives_too_long"
    USED = "used"
    STALE_FENCE = "stale_fence"
    KEY_OF_ANOTHER_STEP = "key_of_another_step"


class GrantRefusal(Exception):
    """A grant that does not give the right to this call."""

    def __init__(self, reason: Reason, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason


class Claims(BaseModel):
    """What a grant says. `args` is the digest of the arguments exactly as sent; times are Unix seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    iss: str = Field(max_length=64)
    aud: str = Field(min_length=3, max_length=256)
    tool: str = Field(min_length=1, max_length=64)
    args: str = Field(pattern=r"^[0-9a-f]{64}$")
    inc: str = Field(min_length=1, max_length=128)
    key: str = Field(min_length=8, max_length=253)
    fence: int = Field(ge=0, lt=2**63)
    jti: str = Field(min_length=16, max_length=128)
    iat: float = Field(ge=0)
    exp: float = Field(ge=0)


class Expected(BaseModel):
    """What the server knows about the call a grant came with."""

    model_config = ConfigDict(frozen=True)

    audience: str
    tool: str
    arguments_digest: str
    key: str
    now: float


def audience(server: str, cluster: str) -> str:
    """Whom a grant is for: `k8s@prod`."""
    return f"{server}@{cluster}"


def arguments_digest(arguments: Mapping[str, JsonValue]) -> str:
    """SHA-256 (hex) of the RFC 8785 form. Raises ValueError for what JSON cannot say exactly."""
    try:
        return hashlib.sha256(rfc8785.dumps(dict(arguments))).hexdigest()
    except (rfc8785.CanonicalizationError, RecursionError) as problem:
        raise ValueError(f"the arguments have no canonical JSON form: {problem}") from problem


def private_key_from_pem(pem: bytes) -> Ed25519PrivateKey:
    """Raises ValueError unless it is an unencrypted Ed25519 private key."""
    try:
        key = load_pem_private_key(pem, password=None)
    except (TypeError, UnsupportedAlgorithm) as problem:
        raise ValueError(str(problem)) from problem
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError("it is not an Ed25519 private key in PEM form")
    return key


def public_key_from_pem(pem: bytes) -> Ed25519PublicKey:
    """Raises ValueError unless it is an Ed25519 public key."""
    try:
        key = load_pem_public_key(pem)
    except UnsupportedAlgorithm as problem:
        raise ValueError(str(problem)) from problem
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError("it is not an Ed25519 public key in PEM form")
    return key


def sign(claims: Claims, private_key: Ed25519PrivateKey) -> str:
    return jwt.encode(claims.model_dump(), private_key, algorithm=ALGORITHM, headers={"typ": TOKEN_TYPE})


def verify(token: str, expected: Expected, public_key: Ed25519PublicKey) -> Claims:
    """The claims of a grant that is good for this call. Raises GrantRefusal with the first thing wrong."""
    claims = _claims(token, public_key)
    for reason, wrong, sentence in _objections(claims, expected):
        if wrong:
            raise GrantRefusal(reason, sentence)
    return claims


def verify_by_any(token: str, expected: Expected, keys: Sequence[Ed25519PublicKey]) -> Claims:
    """The same where one of several keys may have signed. Raises GrantRefusal; of the last key, where none has."""
    for key in keys[:-1]:
        try:
            return verify(token, expected, key)
        except GrantRefusal as refusal:
            if refusal.reason is not Reason.BAD_SIGNATURE:
                raise
    return verify(token, expected, keys[-1])


def _objections(claims: Claims, expected: Expected) -> tuple[tuple[Reason, bool, str], ...]:
    now, lifetime = expected.now, claims.exp - claims.iat
    return (
        (
            Reason.WRONG_ISSUER,
            claims.iss != ISSUER,
            f"The grant was issued by {claims.iss!r}, not {ISSUER!r}.",
        ),
        (
            Reason.WRONG_AUDIENCE,
            claims.aud != expected.audience,
            f"The grant is for {claims.aud!r}; this is {expected.audience!r}.",
        ),
        (
            Reason.WRONG_TOOL,
            claims.tool != expected.tool,
            f"The grant is for the tool {claims.tool!r}, not {expected.tool!r}.",
        ),
        (
            Reason.WRONG_ARGUMENTS,
            claims.args != expected.arguments_digest,
            "The grant was issued for other arguments than these.",
        ),
        (Reason.WRONG_KEY, claims.key != expected.key, "The grant names another step key than the call."),
        (
            Reason.NOT_YET_VALID,
            claims.iat > now + CLOCK_SKEW_SECONDS,
            f"The grant is dated {claims.iat - now:.1f} s in the future; compare the two machines' clocks.",
        ),
        (
            Reason.LIVES_TOO_LONG,
            not 0 < lifetime <= MAX_LIFETIME_SECONDS,
            f"The grant would live {lifetime:.0f} s; between 0 and {MAX_LIFETIME_SECONDS:.0f} s are accepted.",
        ),
        (Reason.EXPIRED, now >= claims.exp, f"The grant expired {now - claims.exp:.1f} s ago."),
    )


def _claims(token: str, public_key: Ed25519PublicKey) -> Claims:
    if len(token) > MAX_TOKEN_CHARS:
        raise GrantRefusal(Reason.MALFORMED, f"The grant is longer than {MAX_TOKEN_CHARS} characters.")
    try:
        header = jwt.get_unverified_header(token)
        if header.get("alg") != ALGORITHM or header.get("typ") != TOKEN_TYPE:
            raise GrantRefusal(
                Reason.WRONG_ALGORITHM,
                f"A grant is a {TOKEN_TYPE} signed with {ALGORITHM}; this is another token.",
            )
        body = jwt.decode(
            token,
            public_key,
            algorithms=[ALGORITHM],
            options={
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
                "verify_aud": False,
                "verify_iss": False,
                "verify_jti": False,
                "verify_sub": False,
            },
        )
        return Claims.model_validate(body)
    except jwt.InvalidSignatureError as problem:
        raise GrantRefusal(
            Reason.BAD_SIGNATURE, "The grant was not signed with the agent's key, or was altered."
        ) from problem
    except jwt.InvalidTokenError as problem:
        raise GrantRefusal(Reason.MALFORMED, "The grant is not a well-formed JWT.") from problem
    except ValidationError as problem:
        fields = sorted({str(error["loc"][0]) if error["loc"] else "claims" for error in problem.errors()})
        raise GrantRefusal(
            Reason.BAD_CLAIMS, f"Claims of the grant are missing or wrong: {', '.join(fields)}."
        ) from problem
