"""Where a story can be cut: at every input or output of its process, told apart by what they leave behind."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from tests.effort import sample
from tests.scenarios.lives import Life
from tests.scenarios.stage import Stage
from tests.scenarios.stories import Story, tell

EVERY_CUT = bool(os.environ.get("SRE_AGENT_TEST_EVERY_CUT"))
"""Cut at every input and output of every story: minutes instead of seconds."""
STEPS_SAMPLED, TELLING_SAMPLED = 12, 4
"""One of so many where not all are tried; each story begins elsewhere, so that between them no place is left out."""
LASTING = ("ledger.", "jobs.", "leases.", "checkpoints.put_writes", "archive.keep_calls")
"""What leaves something behind. Death before and after a mere read leaves the same world."""


@dataclass(frozen=True)
class Moment:
    """The input or output at which the process dies, and what it was."""

    number: int
    what: str


@cache
def _whole(story: Story) -> tuple[tuple[str, ...], Stage]:
    told = tell(story)
    return tuple(told.lives[-1].seen), told.stage


def cheap(story: Story) -> Story:
    """The same story without golden signals, whose comparison takes the most time and no part in what survives."""
    return replace(story, golden=False)


def ending_of(story: Story) -> dict[str, object]:
    return _whole(cheap(story))[1].ending


def moments_of(story: Story, what: str = "") -> list[Moment]:
    """Every moment of the process's life; or those of this kind."""
    seen, _ = _whole(cheap(story))
    moments = [Moment(number, each) for number, each in enumerate(seen, start=1)]
    return [each for each in moments if not what or each.what == what]


def super_steps(story: Story) -> list[Moment]:
    """Before the checkpoint of each is written, when all its workers have reported; and after."""
    found = sorted(
        moments_of(story, "before checkpoints.put") + moments_of(story, "after checkpoints.put"),
        key=lambda each: each.number,
    )
    return found if EVERY_CUT else sample(found, one_in=STEPS_SAMPLED, start=len(story.name))


def telling_moments(story: Story, *, besides: Sequence[Story] = ()) -> list[Moment]:
    """The first and the last of each kind that leaves something behind, and that these other stories do not have.

    All of these when thorough, else a sample.
    """
    known = {each.what for other in besides for each in moments_of(other)}
    lasting = [each for each in moments_of(story) if _leaves_something(each.what) and each.what not in known]
    first = {each.what: each for each in reversed(lasting)}
    last = {each.what: each for each in lasting}
    telling = sorted({*first.values(), *last.values()}, key=lambda each: each.number)
    return sample(telling, one_in=TELLING_SAMPLED, start=len(story.name))


def _leaves_something(what: str) -> bool:
    when, _, rest = what.partition(" ")
    writes = rest.startswith("toolbox.call") and rest.split(".")[-1] in _WRITES
    return when == "after" and (rest.startswith(LASTING) or writes)


def killed_at(story: Story, *moments: Moment) -> Stage:
    """The story told with a death at this moment of the first life, and so on."""
    return tell(cheap(story), lives=[Life(dies_at=moment.number) for moment in moments]).stage


_WRITES = frozenset({"scale", "set_image", "rollout_undo", "create_revert_pr", "merge_pr"})
