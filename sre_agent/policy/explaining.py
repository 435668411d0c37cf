"""Why the law says what it says of one situation: each rule's answer, and which part of its condition decided."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, Literal

from sre_agent.domain.frozen import Frozen
from sre_agent.domain.law import Verdict
from sre_agent.policy.expressions import Bindings, Condition, ExpressionError, Puzzle
from sre_agent.policy.lawbook import Covers, Law, Level, Rule
from sre_agent.policy.sentences import shown
from sre_agent.policy.variables import NAMES, Situation

_TOKEN: Final = re.compile(
    r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|[\[({]|[\])}]|&&|\|\||[A-Za-z_][\w.]*|.", re.S
)
_OPENING: Final = frozenset("[({")
_CLOSING: Final = frozenset("])}")

Answer = Literal["yes", "no", "no_answer", "not_about"]


class Heard(Frozen):
    """What one clause of the law answered for one step, and why."""

    id: str
    kind: Literal["rule", "autonomy"]
    says: str
    """The verdict, or the level of autonomy, that it gives where it holds."""
    answer: Answer
    """`no_answer`: its condition could not be evaluated; `not_about`: it speaks about undos and this is none (or the reverse)."""
    why: str
    when: str
    file: str = ""
    line: int = 0


def explained(law: Law, seen: Situation, *, undo: bool) -> tuple[Heard, ...]:
    """Every clause of the law in its order, rules first."""
    bindings = Bindings(seen)
    about = Covers.UNDOS if undo else Covers.STEPS
    rules = (_heard(rule, rule.verdict, seen, bindings, speaks=about in rule.covers) for rule in law.rules)
    levels = (_heard(level, level.level, seen, bindings, speaks=not undo) for level in law.levels)
    return (*rules, *levels)


def _heard(clause: Rule | Level, says: str, seen: Situation, bindings: Bindings, *, speaks: bool) -> Heard:
    answer, why = _answer(clause.when, seen, bindings) if speaks else _silent()
    return Heard(
        id=clause.id,
        kind="rule" if isinstance(clause, Rule) else "autonomy",
        says=str(says),
        answer=answer,
        why=why,
        when=clause.when.text,
        file=clause.place.file,
        line=clause.place.line,
    )


def _silent() -> tuple[Answer, str]:
    return "not_about", "It speaks about the other direction: steps forward, or taking them back."


def _answer(when: Condition, seen: Situation, bindings: Bindings) -> tuple[Answer, str]:
    holds = when.holds(bindings)
    if isinstance(holds, Puzzle):
        return "no_answer", f"It has no answer ({holds.why}), which counts as {Verdict.DENIED}."
    if holds:
        return "yes", f"It holds: {_values(when.text, seen) or 'always'}."
    parts = [part for part in conjuncts(when.text) if _fails(part, bindings)]
    text = " and ".join(f"`{part}`" for part in parts) or f"`{' '.join(when.text.split())}`"
    return "no", f"{text} does not hold: {_values(text, seen) or 'never'}."


def _fails(part: str, bindings: Bindings) -> bool:
    condition = _part(part)
    return condition is not None and condition.holds(bindings) is False


@lru_cache(maxsize=1024)
def _part(text: str) -> Condition | None:
    try:
        return Condition(text)
    except ExpressionError:
        return None


def conjuncts(text: str) -> tuple[str, ...]:
    """The parts of a condition that must all hold; one part where an `||` stands outside all brackets."""
    parts, depth = [""], 0
    for word in _TOKEN.findall(text):
        depth += (word in _OPENING) - (word in _CLOSING)
        if depth == 0 and word == "||":
            return (" ".join(text.split()),)
        if depth == 0 and word == "&&":
            parts.append("")
        else:
            parts[-1] += word
    return tuple(" ".join(part.split()) for part in parts if part.strip())


def _values(text: str, seen: Situation) -> str:
    return ", ".join(f"{name} = {shown(seen[name])}" for name in _names(text))


def _names(text: str) -> Iterator[str]:
    """Variables a condition speaks of, each once."""
    words = (token.split(".")[0] for token in _TOKEN.findall(text))
    yield from dict.fromkeys(word for word in words if word in NAMES)
