"""The guilty change of many sorts comes first: beside a twin of the same minute, a release of what fails, and the hot-fix after."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import Any

from change_stories import CALLS, STORIES, Story

from sre_agent.signals.changes.rank import Ranked, ranked
from sre_agent.signals.changes.symptoms import symptoms_of
from sre_agent.snapshots.content import LogFile, Snapshot

BEGAN = datetime(2026, 3, 1, 12, tzinfo=UTC).timestamp()
SERVICES = sorted({name for edge in CALLS for name in edge})
ORDINARY = (
    ("deploy", "Release {} 3.1"), ("merge", "Rename a helper in {}"), ("config", "Raise the page size of {}"),
    ("scale", "Scale {} from 3 to 4"), ("deploy", "Bump dependencies of {}"),
)  # fmt: skip


def change(
    at: float, kind: str, title: str, service: str | None, revision: str, diff: str = ""
) -> dict[str, Any]:
    when = datetime.fromtimestamp(at, UTC).isoformat()
    return {
        "at": when,
        "kind": kind,
        "title": title,
        "service": service,
        "revision": revision,
        "diff": diff or None,
    }


def told(story: Story, beside: str, dice: random.Random, *, guilty: bool = True) -> Ranked:
    at = BEGAN - dice.uniform(60, 1500)
    others = [name for name in SERVICES if name not in (story.service, story.failing)]
    made = [change(at, story.kind, story.title, story.service, "guilty", story.diff)] if guilty else []
    for n in range(6):
        (kind, title), name = dice.choice(ORDINARY), dice.choice(others)
        made.append(change(BEGAN - dice.uniform(-900, 20_000), kind, title.format(name), name, f"other-{n}"))
    if beside == "twin":
        name = dice.choice(others)
        made.append(change(at + dice.uniform(-60, 60), "deploy", f"Release {name} 8", name, "twin"))
    elif beside == "release of what fails" and story.service != story.failing:
        made.append(
            change(at - dice.uniform(0, 600), "deploy", f"Release {story.failing} 8", story.failing, "own")
        )
    elif beside == "hot-fix":
        made.append(change(BEGAN + 300, "deploy", f"Release {story.failing} 9", story.failing, "after"))
    alert = {"status": "firing", "labels": {"service": story.failing}, "annotations": {"summary": story.told},
             "startsAt": datetime.fromtimestamp(BEGAN, UTC).isoformat()}  # fmt: skip
    log = LogFile("shop", "a", "b", False, "logs/a/b.log", (story.logged,)) if story.logged else None
    snapshot = Snapshot(
        captured_at=datetime.fromtimestamp(BEGAN + 1200, UTC), cluster=None, namespace=None, complaint=None,
        alerts=({"alerts": [alert]},), topology=CALLS, changes=tuple(made), logs=(log,) if log else (),
    )  # fmt: skip
    return ranked(made, CALLS, symptoms_of(snapshot))


def _dice() -> random.Random:
    return random.Random(7)  # noqa: S311 - for stories, not for secrets


def first_right(beside: str) -> float:
    dice = _dice()
    found = [told(story, beside, dice) for story in STORIES for _ in range(2)]
    right = [each.changes[0].revision == "guilty" and not each.none_to_blame for each in found]
    return sum(right) / len(right)


def test_the_guilty_change_comes_first_whatever_sort_it_is() -> None:
    assert first_right("") >= 0.95


def test_another_change_of_the_same_minute_takes_no_blame() -> None:
    assert first_right("twin") >= 0.9


def test_a_release_of_what_fails_is_innocent_beside_a_change_that_speaks_of_the_trouble() -> None:
    assert first_right("release of what fails") >= 0.6


def test_the_hot_fix_after_the_symptom_takes_no_blame() -> None:
    assert first_right("hot-fix") >= 0.95


def test_without_the_guilty_change_seldom_one_is_blamed() -> None:
    dice = _dice()
    blamed = [not told(story, "", dice, guilty=False).none_to_blame for story in STORIES for _ in range(2)]
    assert sum(blamed) <= 0.2 * len(blamed)


def test_a_name_inside_another_word_is_no_place() -> None:
    story = next(each for each in STORIES if each.title.startswith("Upgrade"))
    found = told(story, "", _dice())
    assert not any(
        "pg" in why.says for each in found.changes for why in each.why if each.revision == "guilty"
    )
