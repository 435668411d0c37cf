"""What secrets look like: token shapes of known issuers, names that announce a secret, and randomness.

Every pattern runs in linear time: quantifiers are bounded or possessive, and no two neighbours of one
pattern accept the same character. A pattern's group `keep`, where it has one, stays in the text.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass
from typing import Final

MARKER_START: Final = "[redacted:"


def marker(kind: str) -> str:
    """What stands where a secret was."""
    return f"{MARKER_START}{kind}]"


_W: Final = r"[A-Za-z0-9_-]"


@dataclass(frozen=True)
class TokenKind:
    """One issuer's tokens: none without one of the literals `hints`, all of the form `shape`."""

    kind: str
    hints: tuple[str, ...]
    shape: re.Pattern[str]


def _token(kind: str, hints: str, shape: str) -> TokenKind:
    return TokenKind(kind, tuple(hints.split()), re.compile(rf"(?<![A-Za-z0-9_])(?:{shape})"))


TOKENS: Final = (
    _token("jwt", "eyJ", rf"eyJ{_W}{{8,8192}}+(?:\.{_W}{{0,8192}}+){{2,4}}"),
    _token("aws-access-key", "AKIA ASIA", r"(?:AKIA|ASIA)[0-9A-Z]{16}(?![0-9A-Za-z])"),
    _token("gcp-api-key", "AIza", rf"AIza{_W}{{35}}"),
    _token("google-oauth", "ya29. GOCSPX-", rf"ya29\.{_W}{{20,512}}+|GOCSPX-{_W}{{20,64}}+"),
    _token("azure-client-secret", "8Q~", r"[A-Za-z0-9_~.-]{3}8Q~[A-Za-z0-9_~.-]{31,34}"),
    _token("github-token", "ghp_ gho_ ghu_ ghs_ ghr_", r"gh[pousr]_[A-Za-z0-9_.-]{30,255}+"),
    _token("github-token", "github_pat_", r"github_pat_[A-Za-z0-9_]{22,255}+"),
    _token("gitlab-token", "gl", rf"gl(?:pat|dt|rt|ptt|cbt|ft|imt|agent|soat)-{_W}{{20,255}}+"),
    _token("slack-token", "xox", r"xox[abeoprs](?:\.xox[bp])?-[A-Za-z0-9-]{10,255}+"),
    _token("slack-token", "xapp-", r"xapp-[0-9]-[A-Za-z0-9-]{20,255}+"),
    _token(
        "slack-webhook",
        "hooks.slack.com",
        r"hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9/_-]{20,120}+",
    ),
    _token(
        "discord-webhook",
        "/api/webhooks/",
        r"discord(?:app)?\.com/api/webhooks/[0-9]{10,24}/[A-Za-z0-9_-]{20,120}+",
    ),
    _token("stripe-key", "k_live_ k_test_", r"[sr]k_(?:live|test)_[A-Za-z0-9]{16,255}+"),
    _token("stripe-key", "whsec_", r"whsec_[A-Za-z0-9+/=]{24,255}+"),
    _token("npm-token", "npm_", r"npm_[A-Za-z0-9]{36}"),
    _token("pypi-token", "pypi-AgE", rf"pypi-AgE{_W}{{50,512}}+"),
    _token("anthropic-key", "sk-ant-", rf"sk-ant-{_W}{{20,255}}+"),
    _token("openai-key", "sk-", rf"sk-(?:proj-|svcacct-|admin-)?[A-Za-z0-9]{_W}{{19,255}}+"),
    _token("groq-key", "gsk_", r"gsk_[A-Za-z0-9]{40,80}+"),
    _token("huggingface-token", "hf_", r"hf_[A-Za-z0-9]{30,80}+"),
    _token("notion-token", "ntn_ secret_", r"ntn_[A-Za-z0-9]{40,80}+|secret_[A-Za-z0-9]{43}"),
    _token("sendgrid-key", "SG.", rf"SG\.{_W}{{16,32}}\.{_W}{{32,64}}+"),
    _token("mailgun-key", "key-", r"key-[0-9a-f]{32}"),
    _token("twilio-key", "SK", r"SK[0-9a-f]{32}"),
    _token("digitalocean-token", "_v1_", r"do[opr]_v1_[0-9a-f]{64}"),
    _token("vault-token", "hvs. hvb. hvr.", rf"hv[sbr]\.{_W}{{24,255}}+"),
    _token("terraform-token", ".atlasv1.", rf"[A-Za-z0-9]{{14}}\.atlasv1\.{_W}{{60,120}}+"),
    _token("grafana-token", "glsa_", r"glsa_[A-Za-z0-9]{32}_[0-9a-fA-F]{8}"),
    _token("grafana-token", "glc_", r"glc_[A-Za-z0-9+/=]{32,400}+"),
    _token("newrelic-key", "NRAK-", r"NRAK-[A-Z0-9]{27}"),
    _token("docker-token", "dckr_", rf"dckr_(?:pat|oat)_{_W}{{20,80}}+"),
    _token("databricks-token", "dapi", r"dapi[0-9a-f]{32}"),
    _token("shopify-token", "shp", r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}"),
    _token("linear-key", "lin_api_", r"lin_api_[A-Za-z0-9]{40}"),
    _token("telegram-token", ":AA", rf"[0-9]{{8,10}}:AA{_W}{{33}}"),
    _token("age-key", "AGE-SECRET-KEY-1", r"AGE-SECRET-KEY-1[0-9A-Z]{58}"),
)
"""Tokens that say by their own form whose they are."""

PRIVATE_KEY: Final = re.compile(
    r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
    r"[\s\S]*?(?:-----END [A-Z0-9 ]{0,48}-----|(?=-----)|\Z)"
)

KEY_END: Final = re.compile(r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
KEY_LINE: Final = re.compile(
    r"[-+ \t>|\"']{0,16}(?:[A-Za-z0-9+/]{1,256}={0,3}|\[redacted:key-material\])[\s\\\"',]{0,8}\Z"
)
"""What stands in a line before the end of a key: one word, after the mark of a diff or a quotation at most."""

PEM_LINE: Final = re.compile(r"(?<![A-Za-z0-9+/=_-])[A-Za-z0-9+/]{64,76}(?![A-Za-z0-9+/=_-])")
"""A line of a key that was printed line by line (PEM has 64 characters, OpenSSH 70, MIME 76); random ones only."""
PLAIN_PATH: Final = re.compile(r"(?:/(?:[A-Za-z]+|[0-9]{1,3})){4,}\Z")
"""A path or JSON pointer of whole words and small numbers, which can be as long as such a line."""

STRONG_NAMES: Final = (
    "password|passwd|passphrase|pwd|client[_-]?secret|secret[_-]?access[_-]?key|secret[_-]?key|api[_-]?key"
    "|access[_-]?key|private[_-]?key|account[_-]?key|shared[_-]?access[_-]?key|encryption[_-]?key|signing[_-]?key"
    "|master[_-]?key|auth[_-]?token|access[_-]?token|refresh[_-]?token|id[_-]?token|session[_-]?token"
    "|bearer[_-]?token|security[_-]?token|connection[_-]?string|x-amz-signature|x-goog-signature"
)
WEAK_NAMES: Final = "secret|token|credentials?|htpasswd"
_NAME_END: Final = r"(?:[_-]?(?:[0-9]{1,3}|value|hash|b64|base64|hex))?"

ASSIGNMENT: Final = re.compile(
    rf"(?P<keep>(?P<strong>{STRONG_NAMES})|(?P<weak>{WEAK_NAMES}))(?P<between>{_NAME_END}"
    r"(?:\\{0,3}[\"'])?[ \t]{0,4}(?:=>|:=|==?|:)[ \t]{0,4})"
    r"(?:(?P<escaped>\\{1,3}[\"'])(?P<in_escaped>[^\"'\\\n]{1,2048}+)"
    r"|\"(?P<in_double>(?:[^\"\\\n]|\\.){1,2048})"
    r"|'(?P<in_single>[^'\\\n]{1,2048}+)"
    r"|(?P<bare>[^\s\"'\\,;&|{}()<>\[\]][^\s\"'\\,;&|<>{}()\]]{0,2047}+))",
    re.IGNORECASE,
)
"""`password=…`, `"token": "…"`, `DB_PASSWORD: …`: text in which a name announces the value after it."""

FLAG: Final = re.compile(
    rf"(?P<keep>(?<![A-Za-z0-9-])--[A-Za-z0-9-]{{0,24}}?(?:{STRONG_NAMES}|token|secret)[ \t]{{1,4}})(?P<value>(?!-)[^\s\"']{{1,512}}+)",
    re.IGNORECASE,
)

AUTHORIZATION: Final = re.compile(
    r"(?P<keep>authorization(?:\\{0,3}[\"'])?[ \t]{0,4}[:=][ \t]{0,4}(?:\\{0,3}[\"'])?)"
    r"(?:(?:bearer|basic|digest|negotiate|token|apikey)[ \t]{1,4})?(?P<value>[^\s\"'\\,;\[][^\s\"'\\,;]{3,8191}+)",
    re.IGNORECASE,
)
SCHEME: Final = re.compile(
    r"(?P<keep>\b(?:bearer|basic)[ \t]{1,4})(?P<value>[A-Za-z0-9._~+/=-]{12,8192}+)", re.IGNORECASE
)
COOKIE: Final = re.compile(
    r"(?P<keep>\b(?:set-)?cookie(?:\\{0,3}[\"'])?[ \t]{0,4}:[ \t]{0,4}(?:\\{0,3}[\"'])?)(?P<value>(?!\[redacted:)[^\"'\\\n]{4,4096}+)",
    re.IGNORECASE,
)

URL_PASSWORD: Final = re.compile(
    r"(?P<keep>://[^\s/:@\"'<>]{0,128}+:)(?P<value>(?!\[redacted:)[^\s/@\"'<>]{1,256}+)(?=@)"
)
URL_TOKEN: Final = re.compile(r"(?P<keep>://)(?P<value>[A-Za-z0-9_.~-]{20,256}+)(?=@)")
DSN_PASSWORD: Final = re.compile(
    r"(?P<keep>\b[A-Za-z0-9_.-]{1,64}+:)(?P<value>[^\s/@:\"'\[\]]{1,128}+)(?=@(?:tcp|unix)\()"
)
URL_SIGNATURE: Final = re.compile(
    r"(?P<keep>[?&](?:sig|signature|key)=)(?P<value>[A-Za-z0-9%+/=_-]{24,512}+)", re.I
)

RANDOM_ASSIGNMENT: Final = re.compile(
    r"(?P<keep>(?<![A-Za-z0-9_.-])[A-Za-z_][A-Za-z0-9_.-]{1,60}+=[\"']?)(?P<value>[A-Za-z0-9+_-][A-Za-z0-9+/=_-]{23,2047}+)"
)

YAML_ENTRY: Final = re.compile(
    rf"(?P<keep>name:[ \t]{{0,4}}[\"']?[A-Za-z0-9_.-]{{0,64}}?(?:{STRONG_NAMES}|token|secret)[A-Za-z0-9_.-]{{0,32}}+[\"']?[ \t]{{0,4}}\n)"
    r"(?P<value>(?:[-+ ]?[ \t]{0,60}value:[ \t]{0,4}[^\n]{1,4096}+(?:\n|$)){1,2})",
    re.IGNORECASE,
)
"""An environment entry in YAML or in a diff of it: the name on one line, its value (old and new) on the next."""

NAME_HINTS: Final = (
    *("pass", "pwd", "secret", "token", "credential", "signing", "master", "encryption", "connection"),
    *("apikey", "api_key", "api-key", "accesskey", "access_key", "access-key", "x-amz-", "x-goog-"),
    *("privatekey", "private_key", "private-key", "accountkey", "account_key", "account-key"),
)
"""Lower-case literals, one of which is in every name of a secret."""

PLACEHOLDERS: Final = re.compile(
    r"(?:\*{2,}|x{3,}|\.{3}|…|<.*|\$.*|%.*|\{.*|\[redacted:.*|null|none|nil|undefined|true|false|yes|no|not|is|was|and|or|for|the"
    r"|empty|missing|unset|set|required|optional|invalid|incorrect|wrong|expired|expires|changed|reset|rejected|failed"
    r"|failure|mismatch|mismatched|ok|valid|unknown|string|must|cannot|could|has|authentication|denied|error|from|in|on)",
    re.IGNORECASE,
)
"""Words and forms that stand where a value would, in prose and in templates."""

_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_HEX: Final = re.compile(r"(?:0x)?[0-9a-fA-F]+")
_DASHED_NAME: Final = re.compile(r"[a-z0-9]{1,15}(?:[-.][a-z0-9]{1,15}){1,20}")


_KINDS_BY_NAME: Final = ("cookie", "authorization", "token", "key", "credential")


def is_placeholder(value: str) -> bool:
    return PLACEHOLDERS.fullmatch(value.rstrip(".,:;!?")) is not None


def is_real(name: str, text: str) -> bool:
    """Whether a value under a strong name is a value: not empty, not a placeholder, not the path of a file."""
    if not text or is_placeholder(text) or text.startswith("$(") or MARKER_START in text:
        return False
    lowered = name.lower()
    return not (text.startswith(("/", "./")) and lowered.endswith(("pwd", "key")))


def kind_of(name: str) -> str:
    """What the marker says of a value under this name."""
    lowered = name.lower()
    if any(hint in lowered for hint in ("passw", "passphrase", "pwd")):
        return "password"
    return next((kind for kind in _KINDS_BY_NAME if kind in lowered), "secret")


def looks_secret(value: str) -> bool:
    """Under a name that only hints: letters and digits together, or long without a space; not an object's name."""
    if len(value) < 8 or value[0] == "/" or is_placeholder(value) or _DASHED_NAME.fullmatch(value):
        return False
    if any(character.isspace() for character in value):
        return False
    mixed = any(c.isdigit() for c in value) and any(c.isalpha() for c in value)
    return mixed or (len(value) >= 20 and _entropy(value) > 3.5)


def looks_random(value: str) -> bool:
    """With no name to help: upper case, lower case and digits in no order; never a hash, an id or a path."""
    if _UUID.fullmatch(value) or _HEX.fullmatch(value):
        return False
    classes = (
        any(c.isupper() for c in value),
        any(c.islower() for c in value),
        any(c.isdigit() for c in value),
    )
    return all(classes) and _entropy(value) >= 4.0


def _entropy(value: str) -> float:
    """Shannon entropy in bits a character."""
    total = len(value)
    return -sum(n / total * math.log2(n / total) for n in Counter(value).values())
