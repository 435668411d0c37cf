"""What Loki asks of matchers before it runs them. Pure."""

from __future__ import annotations

import re

from infrastructure.lab.lokiapi.lexer import Token, parse_error
from infrastructure.lab.lokiapi.syntax import Matcher

EMPTY_MATCH = (
    "parse error : queries require at least one regexp or equality matcher that does not have an empty-compatible "
    'value. For instance, app=~".*" does not meet this requirement, but app=~".+" will'
)


def demands_something(matcher: Matcher) -> bool:
    """False for a matcher that a stream without the label passes too."""
    if matcher.op == "=":
        return matcher.value != ""
    if matcher.op == "!=":
        return matcher.value == ""
    matches_empty = re.fullmatch(matcher.value, "") is not None
    return matches_empty if matcher.op == "!~" else not matches_empty


def check_regex(pattern: str, token: Token) -> None:
    try:
        re.compile(pattern)
    except re.error as error:
        raise parse_error(token.line, token.column, f"error parsing regexp: {error}: `{pattern}`") from error
