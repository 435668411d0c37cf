"""Signposts: what the notebook says decides who works next; pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sre_agent.agent_state import JsonMap, Notebook
from sre_agent.domain.diagnosis import DiagnosisOutcome
from sre_agent.domain.evidence import Specialist


class Wake(NamedTuple):
    """One specialist, and the part of the notebook it is given."""

    specialist: str
    note: Notebook


def after_supervisor(state: Notebook) -> Sequence[Wake]:
    """Each specialist that has a question, at the same time; none: straight to the reflector."""
    questions = state.get("questions", [])
    return [
        Wake(one.value, {"turn": state.get("turn", 0), "questions": mine})
        for one in Specialist
        if (mine := _for(one, questions))
    ]


def _for(specialist: Specialist, questions: list[JsonMap]) -> list[JsonMap]:
    return [question for question in questions if question.get("specialist") == specialist.value]


def after_reflector(state: Notebook) -> str:
    if state.get("ending"):
        return "closer"
    if state.get("decided") == DiagnosisOutcome.UNDECIDED:
        return "supervisor"
    if state.get("decided") == DiagnosisOutcome.ROOT_CAUSE and state.get("may_act", True):
        return "planner"
    return "closer"


def after_planner(state: Notebook) -> str:
    return "closer" if state.get("ending") else "policy_gate"


def after_policy_gate(state: Notebook) -> str:
    if state.get("ending"):
        return "closer"
    return "executor" if state.get("approved") else "approval"


def after_approval(state: Notebook) -> str:
    """A moved ground means looking again; a plan that a person rejected goes back to the planner."""
    if state.get("ending"):
        return "closer"
    if state.get("approved"):
        return "executor"
    return "planner" if state.get("plan_digest") else "supervisor"


def after_executor(state: Notebook) -> str:
    """On with the next step; a moved ground means looking again; a step that failed is taken back."""
    if state.get("ending"):
        return "closer"
    if not state.get("plan_digest"):
        return "supervisor"
    if state.get("recovery"):
        return "rollback"
    return "executor" if state.get("steps_left", 0) > 0 else "verifier"


def after_verifier(state: Notebook) -> str:
    return "closer" if state.get("ending") else "rollback"


def after_rollback(state: Notebook) -> str:
    """A refuted theory is followed by the next: the world is looked at again first."""
    return "closer" if state.get("ending") else "supervisor"
