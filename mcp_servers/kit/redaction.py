"""Takes secrets out of text and JSON, purely: every one becomes `[redacted:<kind>]`.

Works in linear time, changes nothing the second time, and leaves ordinary log text, names, UUIDs,
commit hashes and image digests as they are. Used at the edge of every tool server, and again
wherever text from outside comes in.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable
from enum import Enum
from functools import lru_cache
from typing import Final

from pydantic import JsonValue

from mcp_servers.kit import secret_kinds as kinds

MARKER_START: Final = "[redacted:"
SHORTEST: Final = 5
LONGEST_EMBEDDED_JSON: Final = 2_000_000

_STRONG_KEY: Final = re.compile(
    rf"(?:.*[_.-])?(?:[a-z]+)?(?:{kinds.STRONG_NAMES})[_.-]?[0-9]{{0,3}}|set-cookie|cookie|authorization|x-auth-token"
    r"|\.dockerconfigjson|\.dockercfg|x-vault-token|x-csrf-token",
    re.IGNORECASE,
)
_WEAK_KEY: Final = re.compile(
    rf"(?:.*[_.-])?(?:[a-z]+)?(?:{kinds.WEAK_NAMES}|auth)[_.-]?[0-9]{{0,3}}", re.IGNORECASE
)
_SECRET_DOCUMENT: Final = re.compile(r"\"kind\"\s{0,4}:\s{0,4}\"Secret\"")
_SECRET_YAML: Final = re.compile(r"^[-+ ]?kind:[ \t]{0,4}[\"']?Secret[\"']?[ \t]{0,4}$", re.MULTILINE)
_YAML_DATA: Final = re.compile(r"^[-+ ]?(?:data|stringData):[ \t]{0,4}$")
_YAML_VALUE: Final = re.compile(
    r"^([-+ ]?[ \t]{1,40}[A-Za-z0-9_.-]{1,253}:[ \t]{1,4})(?!\[redacted:)(\S.{0,100000})$"
)


def marker(kind: str) -> str:
    return f"{MARKER_START}{kind}]"


def redacted_text(text: str) -> str:
    """The text without its secrets."""
    if len(text) < SHORTEST or kinds.TRIGGER.search(text) is None:
        return text
    if "kind" in text and "Secret" in text:
        text = _without_secret_documents(text)
    text = kinds.PRIVATE_KEY.sub(marker("private-key"), text)
    text = kinds.TOKEN.sub(lambda found: marker((found.lastgroup or "token").replace("_", "-")), text)
    for pattern, replace in _RULES:
        text = pattern.sub(replace, text)
    return text


def redacted(value: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """The JSON object without its secrets, a new one; keys and structure stay."""
    return _Walk().of_object(value)


def holds_secret(text: str, *, name: str = "") -> bool:
    """Whether redaction would change this value, standing under this name."""
    return _Walk().named(name, text) != text


class _Hint(Enum):
    NONE = 0
    WEAK = 1
    STRONG = 2

    def __bool__(self) -> bool:
        return self is not _Hint.NONE


class _Walk:
    """One pass over one JSON value; equal strings are looked at once."""

    def __init__(self) -> None:
        self._seen: dict[str, str] = {}

    def text(self, text: str) -> str:
        known = self._seen.get(text)
        if known is None:
            known = self._seen[text] = redacted_text(text)
        return known

    def of(self, value: JsonValue) -> JsonValue:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return self.of_object(value)
        if isinstance(value, list):
            return self.of_list(value)
        return value

    def of_object(self, value: dict[str, JsonValue]) -> dict[str, JsonValue]:
        if value.get("kind") == "Secret":
            return {key: self._of_secret(key, item) for key, item in value.items()}
        entry = value.get("name") if "value" in value else None
        clean: dict[str, JsonValue] = {}
        for key, item in value.items():
            name = entry if key == "value" and isinstance(entry, str) else key
            if key[:1] == "/":
                name = _name_of_pointer(key, value)
            clean[self.text(key)] = self.named(name, item) if _hint(name) else self.of(item)
        return clean

    def _of_secret(self, key: str, item: JsonValue) -> JsonValue:
        return _blanked(item) if key in ("data", "stringData") else self.of(item)

    def of_list(self, value: list[JsonValue]) -> list[JsonValue]:
        """A flag such as `--password` announces the item after it."""
        clean: list[JsonValue] = []
        flag = ""
        for item in value:
            clean.append(self.named(flag, item) if flag else self.of(item))
            is_flag = isinstance(item, str) and item[:2] == "--" and "=" not in item and " " not in item
            flag = str(item)[2:] if is_flag else ""
        return clean

    def named(self, name: str, value: JsonValue) -> JsonValue:
        """A value under a name that may say that it is a secret."""
        hint = _hint(name)
        if hint is _Hint.NONE or isinstance(value, dict | bool | None):
            return self.of(value)
        if isinstance(value, list):
            texts = all(isinstance(item, str) for item in value)
            return [self.named(name, item) for item in value] if texts else self.of_list(value)
        text = str(value)
        strong = hint is _Hint.STRONG and _is_real(name, text)
        weak = hint is _Hint.WEAK and isinstance(value, str) and kinds.looks_secret(text)
        return marker(_kind_of(name)) if strong or weak else self.of(value)


@lru_cache(maxsize=4096)
def _hint(name: str) -> _Hint:
    """What a name says of its value."""
    if _STRONG_KEY.fullmatch(name):
        return _Hint.STRONG
    return _Hint.WEAK if _WEAK_KEY.fullmatch(name) else _Hint.NONE


def _name_of_pointer(key: str, siblings: dict[str, JsonValue]) -> str:
    """The name a JSON pointer gives its value: its last part, or its sibling `name`."""
    parent, _, last = key.rpartition("/")
    sibling = siblings.get(f"{parent}/name") if last == "value" else None
    return sibling if isinstance(sibling, str) else last.replace("~1", "/").replace("~0", "~")


def _is_real(name: str, text: str) -> bool:
    """Whether a value under a strong name is a value: not empty, not a placeholder, not the path of a file."""
    if not text or kinds.is_placeholder(text) or text.startswith("$(") or MARKER_START in text:
        return False
    lowered = name.lower()
    return not (text.startswith(("/", "./")) and lowered.endswith(("pwd", "key")))


def _kind_of(name: str) -> str:
    lowered = name.lower()
    for kind in (
        "password",
        "passwd",
        "passphrase",
        "pwd",
        "cookie",
        "authorization",
        "token",
        "key",
        "credential",
    ):
        if kind in lowered:
            return {"passwd": "password", "passphrase": "password", "pwd": "password"}.get(kind, kind)
    return "secret"


def _blanked(data: JsonValue) -> JsonValue:
    """A Secret's values; what is empty already stays so."""
    if not isinstance(data, dict):
        return data
    return {key: marker("kubernetes-secret") if value else value for key, value in data.items()}


def _assignment(found: re.Match[str]) -> str:
    groups = ("in_escaped", "in_double", "in_single", "bare")
    group = next(name for name in groups if found[name] is not None)
    value, name = found[group], found["strong"] or found["weak"]
    secret = _is_real(name, value) if found["strong"] else kinds.looks_secret(value)
    if not secret or MARKER_START in value:
        return found[0]
    start, end = found.span(group)
    whole, offset = found[0], found.start()
    return f"{whole[: start - offset]}{marker(_kind_of(name))}{whole[end - offset :]}"


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
    return marker("key-material") if kinds.looks_random(found[0]) else found[0]


def _without_secret_documents(text: str) -> str:
    """Kubernetes Secrets that stand in a text, as one JSON document or as YAML: their values are blanked."""
    if len(text) <= LONGEST_EMBEDDED_JSON and text[:1] == "{" and _SECRET_DOCUMENT.search(text):
        try:
            document = json.loads(text)
        except (ValueError, RecursionError):
            return text
        clean = redacted(document)
        return text if clean == document else json.dumps(clean, separators=(",", ":"))
    if _SECRET_YAML.search(text) is None:
        return text
    parts = text.split("\n---")
    return "\n---".join(_blanked_yaml(part) if _SECRET_YAML.search(part) else part for part in parts)


def _blanked_yaml(document: str) -> str:
    inside = False
    lines = []
    for line in document.split("\n"):
        if _YAML_DATA.match(line):
            inside = True
        elif inside and line[:2].strip(" +-"):
            inside = False
        lines.append(_YAML_VALUE.sub(rf"\g<1>{marker('kubernetes-secret')}", line) if inside else line)
    return "\n".join(lines)


_RULES: Final[tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...]] = (
    (kinds.AUTHORIZATION, _kept("authorization", lambda value: not kinds.is_placeholder(value))),
    (kinds.SCHEME, _kept("authorization", _scheme)),
    (kinds.COOKIE, _kept("cookie")),
    (kinds.URL_PASSWORD, _kept("url-password")),
    (kinds.URL_TOKEN, _kept("url-token", kinds.looks_secret)),
    (kinds.DSN_PASSWORD, _kept("url-password")),
    (kinds.URL_SIGNATURE, _kept("signature")),
    (kinds.YAML_ENTRY, _yaml_entry),
    (kinds.ASSIGNMENT, _assignment),
    (kinds.FLAG, _kept("secret")),
    (kinds.RANDOM_ASSIGNMENT, _kept("high-entropy", kinds.looks_random)),
    (kinds.PEM_LINE, _pem_line),
)
