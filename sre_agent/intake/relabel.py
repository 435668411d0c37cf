"""Labels under other names: what an operator says about where this installation keeps them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import yaml
from pydantic import TypeAdapter, ValidationError

from sre_agent.domain.plain_yaml import read_plain
from sre_agent.errors import SettingError
from sre_agent.intake.settings import Operation, Relabel

_RULES = TypeAdapter(tuple[Relabel, ...])
_EXPECTED = "a YAML list of {source: label, target: label, operation: add|replace}"


def relabelled(labels: Mapping[str, str], rules: Sequence[Relabel]) -> dict[str, str]:
    """The labels after every rule, in order; a rule whose source is absent does nothing."""
    result = dict(labels)
    for rule in rules:
        if rule.source in result:
            result[rule.target] = result[rule.source]
            if rule.operation is Operation.REPLACE and rule.source != rule.target:
                del result[rule.source]
    return result


def relabel_rules(text: str) -> tuple[Relabel, ...]:
    """Read `alertRelabel` from YAML (a bare list, or under that key). Raises SettingError."""
    try:
        data = read_plain(text) or []
        if isinstance(data, dict):
            data = data.get("alertRelabel", data)
        return _RULES.validate_python(data)
    except (yaml.YAMLError, ValueError, RecursionError) as wrong:
        raise SettingError("ALERT_RELABEL_FILE", f"not readable ({_first_line(wrong)})", _EXPECTED) from None


def _first_line(wrong: Exception) -> str:
    if isinstance(wrong, ValidationError):
        error = wrong.errors()[0]
        return f"{'.'.join(str(part) for part in error['loc'])}: {error['msg']}"
    return str(wrong).splitlines()[0]
