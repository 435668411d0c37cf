"""What secrets look like: token shapes of known issuers, names that announce a secret, and randomness.

Every pattern runs in linear time: quantifiers are bounded or possessive, and no two neighbours of one
pattern accept the same character. A pattern's group `keep`, where it has one, stays in the text.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import Final

MARKER_START: Final = "[redacted:"


def marker(kind: str) -> str:
    """What stands where a secret was."""
    return f"{MARKER_START}{kind}]"


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
    "|requirepass|masterauth|pass(?<=[_.-]pass)|pw(?<=[_.-]pw)"
)
WEAK_NAMES: Final = (
    "secret|token|credentials?|htpasswd|pass(?<![A-Za-z]pass)|psk(?<![A-Za-z]psk)|pre[_-]?shared[_-]?key"
    "|(?:routing|app|application|integration|license)[_-]?key|webhook_key|session[_-]?id|sessid|auth(?<![A-Za-z]auth)"
)
_NAME_END: Final = r"(?:[_-]?(?:[0-9]{1,3}|value|hash|b64|base64|hex))?"

ASSIGNMENT: Final = re.compile(
    rf"(?P<keep>(?P<strong>{STRONG_NAMES})|(?P<weak>{WEAK_NAMES}))(?P<between>{_NAME_END}"
    r"(?:\\{0,3}[\"'])?[ \t]{0,4}(?:=>|->|:=|==?|:)[ \t]{0,4}(?:[bru](?=[\"']))?(?:''(?=')|\"\"(?=\"))?)"
    r"(?:(?P<escaped>\\{1,3}[\"'])(?P<in_escaped>[^\"'\\\n]{1,2048}+)"
    r"|\"(?P<in_double>(?:[^\"\\\n]|\\.){1,2048})"
    r"|'(?P<in_single>[^'\\\n]{1,2048}+)"
    r"|(?P<bare>[^\s\"'\\,;&|{}()<>\[\]][^\s\"'\\,;&|<>{}()\]]{0,2047}+))",
    re.IGNORECASE,
)
"""`password=…`, `"token": "…"`, `DB_PASSWORD: …`: text in which a name announces the value after it."""

FLAG: Final = re.compile(
    rf"(?P<keep>(?<![A-Za-z0-9-])--?[A-Za-z0-9-]{{0,24}}?(?:{STRONG_NAMES}|token|secret)"
    r"(?:[ \t]{1,4}[\"']?|\\{0,3}[\"'],?[ \t]{0,4}\\{0,3}[\"']))(?P<value>(?!-)[^\s\"'\\]{1,512}+)",
    re.IGNORECASE,
)
"""`--password x`, also within a list of arguments that was printed."""
USER_FLAG: Final = re.compile(
    r"(?P<keep>(?<!\S)(?:-u|--user|--proxy-user)[ =][\"']?[^\s:\"']{1,64}+:)(?P<value>[^\s\"'/]{1,256}+)"
)
MYSQL_FLAG: Final = re.compile(
    r"(?P<keep>\bmysql[a-z]{0,8}[ \t](?:[^\n\s]{1,60}[ \t]){0,8}?-p)(?P<value>[^\s]{1,128}+)"
)
SPACED: Final = re.compile(
    r"(?P<keep>\b(?:password|passwd|passphrase|requirepass|masterauth|AUTH)[\"']?"
    r"(?:[ \t]{1,4}(?:for|of)[ \t]{1,4}[^\s:=]{1,64}[ \t]{0,4}[:=])?[ \t]{1,8}(?:(?:is|was|to)[ \t]{1,4})?[\"']?)"
    r"(?P<value>[^\s\"'\\,;()<>\[\]{}]{8,256}+)",
    re.IGNORECASE,
)
"""`requirepass x`, `login bob password x`, `the password is x`: taken out where the word after it looks like a secret."""
SQL: Final = re.compile(
    r"(?P<keep>\b(?:password|identified(?:[ \t]{1,4}with[ \t]{1,4}\w{1,40})?[ \t]{1,4}(?:by|as))"
    r"(?:[ \t]{1,4}for[ \t]{1,4}[^\s=]{1,80}[ \t]{0,4}=)?[ \t]{1,4}')(?P<value>[^'\n]{1,256}+)(?=')",
    re.IGNORECASE,
)
ELEMENT: Final = re.compile(
    rf"(?P<keep><[A-Za-z0-9_.:-]{{0,40}}?(?:{STRONG_NAMES}|token|secret)(?:[ \t][^<>\n]{{0,100}})?>\s{{0,20}})"
    r"(?P<value>[^<>\s][^<>]{0,2048}+)(?=</)",
    re.IGNORECASE,
)
ENTRY: Final = re.compile(
    rf"(?P<keep>\b(?:name|key|id)\\{{0,3}}[\"']?[ \t]{{0,4}}[:=][ \t]{{0,4}}\\{{0,3}}[\"']?"
    rf"(?P<name>[A-Za-z0-9_.-]{{0,64}}?(?:{STRONG_NAMES}|token|secret)(?:[_.-]?[0-9]{{1,3}})?)\\{{0,3}}[\"']?"
    r"(?:[ \t]{0,4},?[ \t]{0,4}\\{0,3}[\"']?value\\{0,3}[\"']?[ \t]{0,4}[:=][ \t]{0,4}\\{0,3}[\"']?|[ \t]{0,4}>[ \t]{0,4}))"
    r"(?P<value>[^\s\"'\\<>,}\]][^\"'\\\n<>}]{0,2047}+)",
    re.IGNORECASE,
)
"""An entry with its name and its value on one line, as JSON, YAML, XML, Go and Python print it."""
ENTRY_BACKWARDS: Final = re.compile(
    r"(?P<keep>\bvalue\\{0,3}[\"'][ \t]{0,4}:[ \t]{0,4}\\{0,3}[\"'])(?P<value>[^\"'\\\n]{1,2048}+)"
    r"(?=\\{0,3}[\"'][ \t]{0,4},[ \t]{0,4}\\{0,3}[\"'](?:name|key)\\{0,3}[\"'][ \t]{0,4}:[ \t]{0,4}\\{0,3}[\"']"
    rf"[A-Za-z0-9_.-]{{0,64}}?(?:{STRONG_NAMES}|token|secret)\\{{0,3}}[\"'])",
    re.IGNORECASE,
)
BESIDE_ITS_KEY: Final = re.compile(
    r"(?P<keep>\[redacted:aws-access-key\][\"']?[\s,:;|/]{1,8}[\"']?)(?P<value>[A-Za-z0-9+/]{40})(?![A-Za-z0-9+/=])"
)
"""The secret half of a pair of keys is random text, told by what it stands beside."""
BLOCK: Final = re.compile(
    rf"(?P<keep>^(?P<indent>[-+ ]?[ \t]{{0,60}})[\"']?[A-Za-z0-9_.-]{{0,64}}?(?:{STRONG_NAMES})[\"']?:[ \t]{{0,4}}"
    r"(?:[|>][-+0-9]{0,2})?[ \t]{0,4}\n)(?P<value>(?:(?P=indent)[ \t]{1,40}[^\s][^\n]{0,4096}(?:\n|\Z)){1,8})",
    re.IGNORECASE | re.MULTILINE,
)
"""YAML whose value stands on the lines after its name."""

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
    r"(?P<keep>://[^\s/:@\"'<>\[]{0,128}+:)(?P<value>(?!\[redacted:)(?![0-9]{1,5}/)[^\s@\"'<>]{1,256}+)(?=@)"
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

_KEY_OF: Final = (
    "api",
    "access",
    "private",
    "account",
    "app",
    "application",
    "routing",
    "integration",
    "license",
)
NAME_HINTS: Final = (
    *("pass", "pwd", "secret", "token", "credential", "signing", "master", "encryption", "x-amz-", "x-goog-"),
    *("_pw", "-pw", ".pw", "psk", "pre_shared", "pre-shared", "preshared", "auth", "sessid", "webhook_key"),
    *(f"{of}{between}key" for of in _KEY_OF for between in ("", "_", "-")),
    *(f"connection{between}str" for between in ("", "_", "-")),
    *(f"session{between}id" for between in ("", "_", "-")),
    *("identified by", "identified with"),
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
    if _UUID.fullmatch(value):
        return True
    if len(value) < 8 or value[0] == "/" or is_placeholder(value) or _DASHED_NAME.fullmatch(value):
        return False
    if any(character.isspace() for character in value):
        return False
    mixed = any(c.isdigit() for c in value) and any(c.isalpha() for c in value)
    return mixed or (len(value) >= 20 and _entropy(value) > 3.5)


def is_given(name: str, value: str) -> bool:
    """Of a variable in capitals, such as `API_TOKEN`: whatever is no number, no path, and not the name of an object."""
    if not name.isupper() or len(value) < 5 or value[0] in "/$" or value.isdigit() or is_placeholder(value):
        return False
    return not (_DASHED_NAME.fullmatch(value) or any(each.isspace() or each in "/()" for each in value))


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
