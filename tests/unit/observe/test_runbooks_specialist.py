"""The runbook that fits best is read whole, so that a person has it beside the incident; where none fits, none is read."""

from __future__ import annotations

from sre_agent.domain.evidence import Question, Specialist
from sre_agent.observe.specialists.runbooks import REPERTOIRE
from sre_agent.picture.reading import Kept

ASKED = Question(id="q", specialist=Specialist.RUNBOOKS, ask="search", why="what do people do about it?")


def follow_up(*pages: object) -> list[tuple[str, object]]:
    kept = Kept("E1", "runbooks/search", {}, {"pages": list(pages)})
    ask = REPERTOIRE["search"]
    assert ask.follow_up is not None
    calls = ask.follow_up(ASKED, None, [kept])  # type: ignore[arg-type]
    return [(f"{each.call.server}.{each.call.tool}", each.call.arguments) for each in calls]


def test_the_best_page_is_read_whole_and_no_other() -> None:
    assert follow_up({"id": "p1"}, {"id": "p2"}) == [("notion.get_runbook", {"id": "p1"})]


def test_where_no_page_fits_none_is_read() -> None:
    assert follow_up() == []
    assert follow_up({"title": "without an id"}, "no page at all") == []
