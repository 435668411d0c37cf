"""The doctor's line about the language model: off is no fault, and says what turns it on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sre_agent.cli.doctor_checks import Finding, Machine, Weight, examine, is_well
from sre_agent.ports.model import ModelState

WELL = Machine(
    python=(3, 11),
    programs=dict.fromkeys(("git", "prometheus", "alertmanager", "kubectl", "node"), "/usr/bin/x"),
    cached=frozenset(),
    free_ports={},
    open_files=4096,
    free_gigabytes=10.0,
    docker_engine=True,
    docker_compose=True,
    env_file=True,
    settings_problem="",
    runs_already=False,
)


def line(state: ModelState | None) -> Finding:
    findings = examine(replace(WELL, model=state))
    assert is_well(findings)
    return next(one for one in findings if one.name == "language model")


@pytest.mark.promise("SEE-6")
def test_a_model_that_is_off_is_no_fault_and_says_what_turns_it_on() -> None:
    found = line(ModelState(on=False, said="ollama/llama3.2 could not be reached.", mend="ollama serve"))
    assert (found.weight, found.well, found.mend) == (Weight.OPTIONAL, False, "ollama serve")
    assert found.found.startswith("off: ")


def test_a_model_that_answers_is_on() -> None:
    found = line(ModelState(on=True, said="ollama/llama3.2 answers."))
    assert (found.well, found.found) == (True, "on: ollama/llama3.2 answers.")


def test_where_none_is_wanted_there_is_nothing_to_mend() -> None:
    found = line(None)
    assert found.well
    assert "LLM_PROVIDER is none" in found.found
