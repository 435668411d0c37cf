"""A step that is done for two hours, and a world that tells how it is taken back."""

from __future__ import annotations

from datetime import timedelta

from act_world import Stage, World, plan_of, step

from sre_agent.domain.frozen import JsonObject
from sre_agent.domain.mitigation import Mitigation, TimeBox

HOURS = timedelta(hours=2)
BOX = TimeBox(lasts_seconds=7200, fix="Give it an autoscaler.")
PLAN = plan_of(step(0, time_box=BOX))
LEFT: JsonObject = {"uid": "u", "generation": 1, "fields": {"/spec/n": 6}}


class TimedWorld(World):
    """Answers what the undo rests on, as the real servers do."""

    def _result(self, key: str) -> JsonObject:
        undo: JsonObject = {
            "tool": "scale_back", "statement": "Scale back to 2.",
            "arguments": {"of": key, "expect": {"uid": "u", "fields": {"/spec/n": 6}}},
        }  # fmt: skip
        return {"changed": True, "diff": "", "undo": undo, "key": key, "already_done": False}


def box(stage: Stage) -> Mitigation:
    (found,) = stage.store.state.mitigations.values()
    return found
