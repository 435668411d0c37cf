"""Conditions in CEL: checked when the law is read, evaluated for each step. The one module that knows the library.

The library returns evaluation errors as truthy values instead of raising, so only a result whose
type is BOOL counts as an answer; anything else is a `Puzzle`, and the law treats that as a no.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import Final

from cel_expr_python import cel  # type: ignore[import-untyped]  # it ships stubs but no py.typed

from sre_agent.policy.variables import VARIABLES, Situation, Type

_CEL_TYPES: Final = {
    Type.STRING: cel.Type.STRING,
    Type.INT: cel.Type.INT,
    Type.DOUBLE: cel.Type.DOUBLE,
    Type.BOOL: cel.Type.BOOL,
    Type.LABELS: cel.Type.Map(cel.Type.STRING, cel.Type.STRING),
    Type.NAMES: cel.Type.List(cel.Type.STRING),
    Type.ANYTHING: cel.Type.Map(cel.Type.STRING, cel.Type.DYN),
}
_ENVIRONMENT: Final = cel.NewEnv(
    variables={variable.name: _CEL_TYPES[variable.type] for variable in VARIABLES}
)
LONGEST: Final = 4000
"""Characters of a condition; what is longer nobody reads, and a checker takes long over it."""
_FIRST_ERROR: Final = re.compile(r"ERROR: <input>:(\d+):(\d+): (.*)")
_NO_SUCH_NAME: Final = re.compile(r"undeclared reference to '([^']*)'")
_NO_SUCH_OPERATION: Final = re.compile(r"no matching overload for '([^']*)' applied to '([^']*)'")


class ExpressionError(Exception):
    """A condition that cannot be meant. `line` and `column` count from 1 within the condition."""

    def __init__(self, what: str, remedy: str, *, line: int = 1, column: int = 1) -> None:
        super().__init__(f"{what}; {remedy}")
        self.what = what
        self.remedy = remedy
        self.line = line
        self.column = column


@dataclass(frozen=True)
class Puzzle:
    """A condition that gave no yes or no for this step, and why."""

    why: str


class Bindings:
    """One step's variables, prepared once for all conditions."""

    def __init__(self, situation: Situation) -> None:
        self.activation = _ENVIRONMENT.Activation(dict(situation))


class Condition:
    """A checked expression over the law's variables that answers yes or no."""

    def __init__(self, text: str) -> None:
        """Raises ExpressionError."""
        self.text = text
        self._expression = _compiled(text)

    def holds(self, bindings: Bindings) -> bool | Puzzle:
        """Yes, no, or why there is no answer."""
        try:
            answer = self._expression.eval(bindings.activation)
        except RuntimeError as problem:  # the library's own budget of iterations ran out
            return Puzzle(str(problem))
        value = answer.value()
        if answer.type() == cel.Type.BOOL and isinstance(value, bool):
            return value
        return Puzzle(str(value))


def _compiled(text: str) -> cel.Expression:
    if len(text) > LONGEST:
        raise ExpressionError(
            f"the condition has {len(text)} characters", f"keep it under {LONGEST}: split it into rules"
        )
    try:
        expression = _ENVIRONMENT.compile(text)
    except RuntimeError as problem:
        raise _explained(str(problem)) from problem
    if expression.return_type() != cel.Type.BOOL:
        kind = expression.return_type().name().lower()
        raise ExpressionError(
            f"the condition gives a {kind}, not yes or no",
            "compare it with something, as in action == 'scale'",
        )
    return expression


def _explained(message: str) -> ExpressionError:
    found = _FIRST_ERROR.search(message)
    if found is None:
        return ExpressionError(message, "see the CEL language definition")
    line, column, what = int(found[1]), int(found[2]), found[3].strip()
    name, operation = _NO_SUCH_NAME.search(what), _NO_SUCH_OPERATION.search(what)
    if name is not None:
        what, remedy = _unknown_name(name[1])
    elif operation is not None:
        what, remedy = _wrong_operation(operation[1], operation[2])
    else:
        remedy = "write a CEL expression, as in risk == 'low' && !in_freeze"
    return ExpressionError(what, remedy, line=line, column=column)


def _unknown_name(name: str) -> tuple[str, str]:
    names = [variable.name for variable in VARIABLES]
    close = difflib.get_close_matches(name, names, n=1)
    remedy = f"did you mean {close[0]}?" if close else f"the law knows {', '.join(names)}"
    return f"there is nothing called {name!r}", remedy


def _wrong_operation(operator: str, operands: str) -> tuple[str, str]:
    what = f"{operator.strip('_@').replace('_', ' ')} does not work on {operands}"
    if "double" in operands and "int" in operands:
        return what, "write the number with a decimal point (0.0, not 0), or double(x)"
    return what, "compare values of one type: strings in quotes, numbers without"
