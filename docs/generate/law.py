"""The shipped law: its rules, and how risky each kind of action is."""

from __future__ import annotations

from pathlib import Path

import yaml

from docs.generate.markdown import code, table
from docs.generate.markdown import page as whole_page
from sre_agent.catalogue.remedy import RISK_OF
from sre_agent.domain.plan import Risk
from sre_agent.law_source import DEFAULT_PROFILE, PROFILES
from sre_agent.policy.variables import VARIABLES

_FILE = Path(__file__).resolve().parents[2] / "sre_agent" / "config" / "policies.yaml"


def page() -> str:
    law = yaml.safe_load(_FILE.read_text("utf-8"))
    rules = [
        (
            f"`{rule['id']}`",
            f"`{' '.join(rule['when'].split())}`",
            rule["verdict"].replace("_", " "),
            rule["reason"],
        )
        for rule in law["rules"]
    ]
    actions = [
        (f"`{action}`", code(*tools), str(RISK_OF.get(action, Risk.HIGH)))
        for action, tools in law["actions"].items()
        if action != "read"
    ]
    variables = [(f"`{one.name}`", str(one.type), one.meaning) for one in VARIABLES]
    return whole_page(
        "The law",
        "The rules of [policies.yaml](../../sre_agent/config/policies.yaml), as shipped. The strictest verdict of all rules that\n"
        "match wins; a known action about which no rule speaks needs approval; an unknown one is denied.",
        table(("rule", "when", "verdict", "reason"), rules),
        "## Profiles",
        "Laid over any law by `POLICY_PROFILE`; they only tighten it.",
        *(_profile(name) for name in PROFILES if name != DEFAULT_PROFILE),
        "## Actions",
        table(("action", "tools", "risk"), actions),
        "## What a condition may speak of",
        table(("variable", "type", "is"), variables),
    )


def _profile(name: str) -> str:
    law = yaml.safe_load(_FILE.with_name(f"policies-{name}.yaml").read_text("utf-8"))
    clauses = [*law["autonomy"]["levels"], *law["rules"]]
    rows = [
        (
            f"`{one['id']}`",
            f"`{' '.join(one['when'].split())}`",
            str(one.get("verdict") or f"autonomy {one['level']}").replace("_", " "),
            one["reason"],
        )
        for one in clauses
    ]
    return f"### {law['name']}\n\n" + table(("rule", "when", "says", "reason"), rows)
