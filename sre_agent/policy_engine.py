"""The lawyer's desk: one law, and its ruling on any plan."""

from __future__ import annotations

from collections.abc import Sequence

from sre_agent.domain.ids import Digest
from sre_agent.domain.law import PlanFacts, Ruling
from sre_agent.domain.plan import Plan
from sre_agent.policy.judging import judge
from sre_agent.policy.lawbook import Law
from sre_agent.policy.reading import LawFile, read_law


class PolicyEngine:
    """Implements `ports.run.Law`."""

    def __init__(self, law: Law) -> None:
        self._law = law

    @classmethod
    def read(cls, files: Sequence[LawFile]) -> PolicyEngine:
        """From the text of the law's files. Raises LawError with every mistake in them."""
        return cls(read_law(files))

    @property
    def law(self) -> Law:
        return self._law

    @property
    def digest(self) -> Digest:
        return self._law.digest

    def judge(self, plan: Plan, facts: PlanFacts) -> Ruling:
        """Pure: the same plan and facts under the same law give the same ruling."""
        return judge(self._law, plan, facts)
