"""An incident keeps what was known, and from that alone the same cause is named: offline, and by the graph itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sre_agent.adapters.recorded_toolbox import RecordedToolbox
from sre_agent.domain.plan import Call
from sre_agent.errors import ToolFailed, ToolNotConfigured
from sre_agent.offline.desk import answer_for
from sre_agent.offline.incidents import snapshot_of_incident
from sre_agent.ports.toolbox import Right
from sre_agent.snapshots.content import Snapshot
from sre_agent.snapshots.writing import files_of, packed, write_folder
from tests.scenarios.lives import Life
from tests.scenarios.stage import LIMITS, Stage
from tests.scenarios.stories import BY_NAME, tell
from tests.scenarios.virtual import LoopClock, live

NAMED = (
    "a person asks",
    "nobody answers",
    "no safe step is known",
    "it is cancelled before anything is done",
)
UNNAMED = ("all is well", "too little can be seen", "the alert flaps")


def kept(name: str) -> tuple[Stage, Snapshot]:
    stage = tell(BY_NAME[name]).stage
    return stage, live(snapshot_of_incident(stage.archive, stage.incident_id))


@pytest.mark.parametrize("name", NAMED)
def test_the_kept_snapshot_names_the_same_cause(name: str, tmp_path: Path) -> None:
    stage, snapshot = kept(name)
    write_folder(files_of(snapshot), tmp_path)
    root = answer_for(tmp_path).diagnosis.root
    assert root is not None
    assert (root.cause, root.entity) == (stage.incident.cause, stage.incident.cause_entity)
    assert root.evidence


@pytest.mark.parametrize("name", UNNAMED)
def test_where_no_cause_was_named_none_is_named_again(name: str, tmp_path: Path) -> None:
    stage, snapshot = kept(name)
    write_folder(files_of(snapshot), tmp_path)
    again = answer_for(tmp_path).diagnosis
    assert again.root is None
    assert stage.incident.outcome is not None
    assert again.outcome.value in (stage.incident.outcome.value, "healthy")


def test_packed_and_unpacked_are_the_same_incident(tmp_path: Path) -> None:
    _, snapshot = kept("a person asks")
    write_folder(files_of(snapshot), tmp_path / "folder")
    (tmp_path / "it.tar.gz").write_bytes(packed(files_of(snapshot)))
    told = [answer_for(tmp_path / each).diagnosis for each in ("folder", "it.tar.gz")]
    assert told[0] == told[1]


class Recorded(RecordedToolbox):
    """A recording where the stage expects its town."""

    guard: Callable[..., Any]
    effects: tuple[Any, ...] = ()


@pytest.mark.parametrize("name", NAMED)
def test_the_graph_on_a_recording_ends_with_the_same_diagnosis(name: str, tmp_path: Path) -> None:
    _, snapshot = kept(name)
    write_folder(files_of(snapshot), tmp_path)
    alone = answer_for(tmp_path).diagnosis.root
    assert alone is not None

    async def run() -> Stage:
        stage: Any = Stage(Recorded(snapshot), LoopClock(), LIMITS)  # type: ignore[arg-type]
        await stage.ask("why do orders fail?", "orders")
        await stage.live(Life())
        return stage

    ended = live(run()).incident
    assert (ended.cause, ended.cause_entity) == (alone.cause, alone.entity)
    assert ended.confidence == pytest.approx(alone.confidence, abs=0.05)


def test_a_recording_can_be_read_and_not_changed() -> None:
    _, snapshot = kept("a person asks")
    box = RecordedToolbox(snapshot)

    async def read(server: str, tool: str, right: Right | None = None, **arguments: Any) -> Any:
        call = Call(server=server, tool=tool, arguments=arguments)
        return (await box.call(call, limit=LIMITS.tool_time, right=right)).content

    listed = live(read("k8s", "namespace_objects", namespace="acme"))
    assert {one["metadata"]["name"] for one in listed["collected"]["deployments"]} == {
        "web",
        "orders",
        "stock",
    }
    with pytest.raises(ToolFailed, match="not changed"):
        live(read("k8s", "scale", Right(grant="g", key="k"), name="stock"))  # type: ignore[arg-type]
    with pytest.raises(ToolNotConfigured):
        live(read("loki", "query_logs"))
    with pytest.raises(ToolFailed):
        live(read("k8s", "get_object", kind="Deployment", name="nobody", namespace="acme"))
