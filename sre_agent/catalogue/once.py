"""What is worked out once for a picture and then kept beside it for as long as it lives."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from sre_agent.picture.world import Picture

Made = TypeVar("Made")
More = ParamSpec("More")
Work = Callable[Concatenate[Picture, More], Made]


def once(work: Work[More, Made]) -> Work[More, Made]:
    """A pure function of a picture (and of what can be a key) that many rules ask for: its answers are kept until the picture is gone."""
    kept: dict[int, dict[object, Made]] = {}

    @wraps(work)
    def ask(picture: Picture, /, *args: More.args, **named: More.kwargs) -> Made:
        answers = kept.get(id(picture))
        if answers is None:
            answers = kept[id(picture)] = {}
            weakref.finalize(picture, kept.pop, id(picture), None)
        asked = (args, *named.items())
        if asked not in answers:
            answers[asked] = work(picture, *args, **named)
        return answers[asked]

    return ask
