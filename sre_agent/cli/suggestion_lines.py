"""What a language model thinks of, with its reasons: suggestions, of which the rules decide."""

from __future__ import annotations

from pydantic import ValidationError
from rich.text import Text

from sre_agent.domain.advice import Advice
from sre_agent.domain.journal import JournalEntry
from sre_agent.domain.shown import one_line


def suggestion_lines(entry: JournalEntry) -> list[Text]:
    """One line for each suggestion of a model's answer; none where the entry holds something else."""
    try:
        advice = Advice.model_validate(entry.body.get("advice"))
    except ValidationError:
        return []
    told = (f"suggested: {one} [{', '.join(one.evidence)}], {one.why}" for one in advice.suggestions)
    return [Text(one_line(each), style="dim") for each in told]
