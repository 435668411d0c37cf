"""Takes secrets out of one text: tokens by their form, values by the name before them. Pure."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import takewhile
from typing import Final

from mcp_servers.kit import secret_documents
from mcp_servers.kit import secret_kinds as kinds
from mcp_servers.kit.secret_codings import decodings
from mcp_servers.kit.secret_kinds import MARKER_START, marker
from mcp_servers.kit.secret_tokens import TOKENS

SHORTEST: Final = 5
LONG: Final = 20
PEM_LINE_CHARS: Final = 64
MOST_PASSES: Final = 8
PUBLIC_PEM: Final = "-----BEGIN CERTIFICATE"
"""A certificate is no secret; a key beside it is taken out as the block that it is."""


def redacted_text(text: str) -> str:
    """The text without its secrets. What one pass uncovers beside a marker, the next one takes."""
    if len(text) < SHORTEST:
        return text
    return decodings(_plainly(text), _plainly)


def _plainly(text: str) -> str:
    """Without what can be read as it stands."""
    for _ in range(MOST_PASSES):
        clean = _one_pass(text)
        if clean == text:
            break
        text = clean
    return text


def _one_pass(text: str) -> str:
    """A pattern is tried only where a literal of its own is in the text."""
    text = secret_documents.blanked_text(text)
    if "PRIVATE KEY" in text:
        text = _without_key_ends(kinds.PRIVATE_KEY.sub(marker("private-key"), text))
    if _LONG_WORD.search(text) and _holds_any(_TOKEN_HINTS, text):
        text = _without_tokens(text)
    lowered = text.lower()
    for hints, rules in _GROUPS:
        if _holds_any(hints, lowered):
            text = _by_rules(text, lowered, rules)
    if len(text) < PEM_LINE_CHARS or PUBLIC_PEM in text:
        return text
    return kinds.PEM_LINE.sub(_pem_line, text)


def _by_rules(text: str, lowered: str, rules: tuple[_Rule, ...]) -> str:
    for rule in rules:
        if _holds_any(rule.hints, lowered):
            text = rule.pattern.sub(rule.replace, text)
    return text


def _without_key_ends(text: str) -> str:
    """A diff or a log may show the end of a key alone, whose last line is too short to be told by its form."""
    clean, done = [], 0
    for end in kinds.KEY_END.finditer(text):
        *before, edge = text[done : end.start()].split("\n")
        body = list(takewhile(kinds.KEY_LINE.match, reversed(before)))
        kept = before[: len(before) - len(body)]
        clean += [
            *(f"{line}\n" for line in kept),
            f"{edge}{marker('private-key')}" if body else edge + end[0],
        ]
        done = end.end()
    return "".join((*clean, text[done:]))


def _without_tokens(text: str) -> str:
    for token in TOKENS:
        if _holds_any(token.hints, text):
            text = token.shape.sub(marker(token.kind), text)
    return text


def _holds_any(hints: tuple[str, ...], text: str) -> bool:
    """A plain loop: every text of the platform comes this way, and a generator costs ten times the search."""
    for hint in hints:  # noqa: SIM110
        if hint in text:
            return True
    return False


def _assignment(found: re.Match[str]) -> str:
    groups = ("in_escaped", "in_double", "in_single", "bare")
    group = next(name for name in groups if found[name] is not None)
    value, name = found[group], found["strong"] or found["weak"]
    if MARKER_START in value or not _is_assigned(found, value):
        return found[0]
    start, end = found.span(group)
    whole, offset = found[0], found.start()
    return f"{whole[: start - offset]}{marker(kinds.kind_of(name))}{whole[end - offset :]}"


def _is_assigned(found: re.Match[str], value: str) -> bool:
    if found["strong"]:
        is_count = found["strong"].lower() in ("pass", "pw") and value.isdigit() and len(value) < SHORTEST
        return kinds.is_real(found["strong"], value) and not is_count
    if found["weak"].lower() == "auth":
        return _is_basic(value) or (len(value) >= LONG and kinds.looks_secret(value))
    return kinds.looks_secret(value) or kinds.is_given(found["weak"], value)


def _mixed(value: str) -> bool:
    return any(each.isdigit() for each in value) and kinds.looks_secret(value)


def _real(value: str) -> bool:
    return kinds.is_real("", value)


def _block(found: re.Match[str]) -> str:
    """A mapping or a list under such a name says more names; a lone value is the secret."""
    lines = found["value"].rstrip("\n").split("\n")
    if MARKER_START in found["value"] or any(_NESTED.search(line) for line in lines):
        return found[0]
    end = "\n" if found["value"].endswith("\n") else ""
    return f"{found['keep']}{found['indent']}  {marker('password')}{end}"


_NESTED: Final = re.compile(r":(?:\s|\Z)|^[-+ ]?\s*- ")


def _kept(kind: str, applies: Callable[[str], bool] = lambda value: True) -> Callable[[re.Match[str]], str]:
    """Keeps what announces the value and replaces the value, where `applies` says it is one."""

    def replace(found: re.Match[str]) -> str:
        value = found["value"]
        if MARKER_START in value or not applies(value):
            return found[0]
        return found["keep"] + marker(kind)

    return replace


def _scheme(value: str) -> bool:
    return kinds.looks_secret(value) or _is_basic(value)


def _is_basic(value: str) -> bool:
    """Base64 of `user:password`."""
    try:
        return b":" in base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return False


def _yaml_entry(found: re.Match[str]) -> str:
    lines = found["value"].split("\n")
    return found["keep"] + "\n".join(_yaml_value(line) for line in lines)


def _yaml_value(line: str) -> str:
    head, separator, value = line.partition("value:")
    if not separator or MARKER_START in value or not value.strip().strip("\"'"):
        return line
    return f"{head}{separator} {marker('secret')}"


def _pem_line(found: re.Match[str]) -> str:
    line = found[0]
    is_plain = kinds.PLAIN_PATH.match(line) is not None or _is_plain_json(line)
    return marker("key-material") if kinds.looks_random(line) and not is_plain else line


def _is_plain_json(line: str) -> bool:
    """Base64 of a JSON object without a secret in it, such as a Kubernetes API gives to say where a list goes on."""
    try:
        text = base64.b64decode(line + "=" * (-len(line) % 4), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return False
    return text.startswith("{") and text.endswith("}") and redacted_text(text) == text


@dataclass(frozen=True)
class _Rule:
    """A pattern, the lower-case literals without one of which it cannot match, and what it does."""

    hints: tuple[str, ...]
    pattern: re.Pattern[str]
    replace: Callable[[re.Match[str]], str]


_LONG_WORD: Final = re.compile(r"[A-Za-z0-9+/=_.$:@-]{16}")
"""No token is shorter."""
_FORMS: Final = (
    _Rule(
        ("authorization",),
        kinds.AUTHORIZATION,
        _kept("authorization", lambda value: not kinds.is_placeholder(value)),
    ),
    _Rule(("bearer", "basic"), kinds.SCHEME, _kept("authorization", _scheme)),
    _Rule(("cookie",), kinds.COOKIE, _kept("cookie")),
    _Rule(("://",), kinds.URL_PASSWORD, _kept("url-password")),
    _Rule(("://",), kinds.URL_TOKEN, _kept("url-token", kinds.looks_secret)),
    _Rule(("@tcp(", "@unix("), kinds.DSN_PASSWORD, _kept("url-password")),
    _Rule(("sig=", "signature=", "key="), kinds.URL_SIGNATURE, _kept("signature")),
    _Rule(("-u", "--proxy-user"), kinds.USER_FLAG, _kept("password", _mixed)),
    _Rule(("mysql",), kinds.MYSQL_FLAG, _kept("password")),
    _Rule(("[redacted:aws-",), kinds.BESIDE_ITS_KEY, _kept("key")),
)
_NAMED: Final = (
    _Rule(("value:",), kinds.YAML_ENTRY, _yaml_entry),
    _Rule(("value", ">"), kinds.ENTRY, _kept("secret", _real)),
    _Rule(("value",), kinds.ENTRY_BACKWARDS, _kept("secret", _real)),
    _Rule((":\n", ": \n", ": |", ": >"), kinds.BLOCK, _block),
    _Rule(("=", ":", "->"), kinds.ASSIGNMENT, _assignment),
    _Rule(("password '", "password  '", "identified", "password for"), kinds.SQL, _kept("password", _real)),
    _Rule(("passw", "passphrase", "requirep", "masterau", "auth"), kinds.SPACED, _kept("password", _mixed)),
    _Rule(("</",), kinds.ELEMENT, _kept("secret", _real)),
    _Rule(("-",), kinds.FLAG, _kept("secret")),
)
"""Where a name announces what follows."""
_RANDOM: Final = (_Rule(("=",), kinds.RANDOM_ASSIGNMENT, _kept("high-entropy", kinds.looks_random)),)
_TOKEN_HINTS: Final = tuple(dict.fromkeys(hint for token in TOKENS for hint in token.hints))
_FORM_HINTS: Final = tuple(dict.fromkeys(hint for rule in _FORMS for hint in rule.hints))
_GROUPS: Final = ((_FORM_HINTS, _FORMS), (kinds.NAME_HINTS, _NAMED), (("=",), _RANDOM))
"""Literals, without one of which none of its rules can match: most texts hold none."""
