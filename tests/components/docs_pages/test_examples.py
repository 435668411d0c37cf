"""What the how-to pages show can be used as it stands."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from docs.generate.pages import ROOT
from infrastructure.lab.faults.model import Fault
from sre_agent.catalogue.index import entries
from sre_agent.intake.relabel import relabel_rules
from sre_agent.policy.reading import LawFile, read_law

HOW_TO = ROOT / "docs" / "how-to"
LAW = ROOT / "sre_agent" / "config" / "policies.yaml"


def blocks(page: Path) -> list[str]:
    return re.findall(r"```yaml\n(.*?)```", page.read_text("utf-8"), re.S)


def receiver(page: Path) -> dict[str, Any]:
    return next(data for block in blocks(page) if "receivers" in (data := yaml.safe_load(block)))


def test_the_rules_and_freezes_shown_are_law_beside_the_shipped_ones() -> None:
    shown = [LawFile(f"shown-{n}.yaml", "version: 1\n" + block) for n, block in enumerate(_law_blocks())]
    law = read_law([LawFile("policies.yaml", LAW.read_text("utf-8")), *shown])
    assert {"payments-by-two"} <= {rule.id for rule in law.rules}


def _law_blocks() -> list[str]:
    return blocks(HOW_TO / "write-a-policy-rule.md")


def test_the_fault_shown_is_one_and_its_cause_is_in_the_catalogue() -> None:
    (shown,) = blocks(HOW_TO / "add-a-lab-fault.md")
    fault = Fault.model_validate(yaml.safe_load(shown))
    assert fault.expect.cause in entries()
    alerts = "".join(path.read_text("utf-8") for path in (ROOT / "infrastructure" / "lab").rglob("*.y*ml"))
    for alert in fault.alerts:
        assert f"alert: {alert}\n" in alerts, alert


def test_the_relabelling_shown_is_read() -> None:
    rules = [relabel_rules(block) for block in blocks(HOW_TO / "send-your-alerts.md") if "operation" in block]
    assert [len(each) for each in rules] == [2]


def test_the_receiver_is_shown_the_same_everywhere_and_comes_first_and_hears_of_endings() -> None:
    shown = receiver(ROOT / "README.md")
    assert shown == receiver(HOW_TO / "send-your-alerts.md")
    hook = shown["receivers"][0]["webhook_configs"][0]
    assert hook["url"].endswith(":8080/webhook/alert")
    assert hook["send_resolved"] is True
    assert shown["route"]["routes"][0]["continue"] is True
