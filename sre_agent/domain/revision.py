"""A post-mortem as people left it: versions that are only ever added, beside a draft that nobody can change."""

from __future__ import annotations

from typing import Final

from sre_agent.domain.frozen import Frozen, Moment
from sre_agent.domain.ids import IncidentId

LONGEST_TEXT: Final = 200_000
"""Characters of one version: four times the longest draft that was seen, and well within a body's limit."""
MOST_VERSIONS: Final = 500


class Revision(Frozen):
    """One version, numbered from 1 in each incident. `text` is None where somebody went back to the draft."""

    incident_id: IncidentId
    number: int
    text: str | None
    by: str
    note: str = ""
    at: Moment
