"""A change is sent once, bound to what was seen; it is found again by its key, and its undo restores what was."""

from __future__ import annotations

from typing import Any

import pytest

from mcp_servers.k8s.refusals import Refused
from mcp_servers.k8s.shape import EARLIER_STEPS, STEP
from mcp_servers.kit.errors import Code, ToolError
from mcp_servers.kit.redaction import redacted
from tests.unit.k8s.fake_api import CART, CORE
from tests.unit.k8s.patch_scene import ASKS, CONTAINER, WORKLOAD, Scene


@pytest.fixture
def scene() -> Scene:
    return Scene()


def without_marks(objects: dict[str, Any]) -> dict[str, Any]:
    """The objects as a person would compare them: no counters, no keys of steps."""
    kept = {}
    for path, item in objects.items():
        metadata = {k: v for k, v in item["metadata"].items() if k not in ("resourceVersion", "generation")}
        notes = metadata.pop("annotations", {})
        notes = {k: v for k, v in notes.items() if k not in (STEP, EARLIER_STEPS)}
        kept[path] = {**item, "metadata": metadata | ({"annotations": notes} if notes else {})}
    return kept


@pytest.mark.parametrize("tool", sorted(ASKS))
async def test_a_preview_keeps_nothing_and_says_what_would_be(scene: Scene, tool: str) -> None:
    before = {path: dict(item) for path, item in scene.api.objects.items()}
    preview = await scene.preview(tool, **ASKS[tool])
    assert scene.api.objects == before
    assert scene.api.changes == []
    assert preview.before.items() <= preview.ground.fields.items()
    assert preview.before != preview.after
    assert preview.diff.startswith("--- ")
    assert preview.undo.statement


@pytest.mark.parametrize("tool", sorted(ASKS))
async def test_a_write_does_what_its_preview_said_and_marks_the_object(scene: Scene, tool: str) -> None:
    preview = await scene.preview(tool, **ASKS[tool])
    result = await scene.write(tool, **await scene.grounded(tool, **ASKS[tool]))
    assert (result.changed, result.already_done) == (True, False)
    assert (result.before, result.after, result.diff) == (preview.before, preview.after, preview.diff)
    assert len(scene.api.changes) == 1
    assert scene.api.changes[0].body[0]["path"] == "/metadata/uid"
    marked = scene.api.objects[scene.api.changes[0].path]
    assert marked["metadata"]["annotations"][STEP] == "step-0001"
    assert result.generation == marked["metadata"]["generation"]


@pytest.mark.parametrize("tool", sorted(set(ASKS) - {"rollout_restart", "set_resources"}))
@pytest.mark.promise("ACT-6")
async def test_the_undo_a_write_answers_restores_what_was(scene: Scene, tool: str) -> None:
    before = without_marks(scene.api.objects)
    result = await scene.write(tool, **await scene.grounded(tool, **ASKS[tool]))
    assert result.undo.tool is not None
    if result.undo.tool == "rollout_undo":
        return
    await scene.write(result.undo.tool, "step-0002", **result.undo.arguments)
    assert without_marks(scene.api.objects) == before


async def test_the_undo_of_resources_takes_away_what_was_not_there(scene: Scene) -> None:
    result = await scene.write(
        "set_resources", **await scene.grounded("set_resources", **ASKS["set_resources"])
    )
    await scene.write("set_resources", "step-0002", **result.undo.arguments)
    resources = scene.api.objects[CART]["spec"]["template"]["spec"]["containers"][0]["resources"]
    assert resources == {"limits": {"memory": "128Mi"}, "requests": {}}


@pytest.mark.parametrize("tool", sorted(ASKS))
async def test_a_write_found_done_is_not_sent_again(scene: Scene, tool: str) -> None:
    arguments = await scene.grounded(tool, **ASKS[tool])
    first = await scene.write(tool, **arguments)
    again = await scene.write(tool, **arguments)
    assert again.already_done
    assert len(scene.api.changes) == 1
    assert (again.before, again.after) == (first.before, first.after)
    assert again.undo.tool == first.undo.tool
    assert again.undo.arguments.get("expect") == first.undo.arguments.get("expect")


@pytest.mark.parametrize("tool", sorted(ASKS))
async def test_the_state_of_a_step_is_read_from_the_object(scene: Scene, tool: str) -> None:
    arguments = await scene.grounded(tool, **ASKS[tool])
    assert await scene.state(tool, "step-0001", **arguments) == "not_done"
    await scene.write(tool, **arguments)
    assert await scene.state(tool, "step-0001", **arguments) == "done"
    assert await scene.state(tool, "step-0002", **arguments) == "not_done"


async def test_a_later_step_does_not_hide_that_an_earlier_one_was_done(scene: Scene) -> None:
    first = await scene.grounded("scale", **ASKS["scale"])
    await scene.write("scale", "step-0001", **first)
    for number in range(2, 8):
        ask = {**ASKS["set_image"], "image": f"shop/cart:{number}"}
        await scene.write("set_image", f"step-000{number}", **await scene.grounded("set_image", **ask))
    assert await scene.state("scale", "step-0001", **first) == "done"


@pytest.mark.parametrize("tool", sorted(ASKS))
async def test_a_write_without_what_it_stands_on_is_refused(scene: Scene, tool: str) -> None:
    for expect in ({}, {"expect": {"fields": {}}}):
        with pytest.raises(ToolError, match="ground") as refused:
            await scene.write(tool, **ASKS[tool], **expect)
        assert refused.value.code is Code.INVALID_ARGUMENT
    assert scene.api.changes == []


async def test_a_field_that_moved_stops_the_write_and_is_named(scene: Scene) -> None:
    arguments = await scene.grounded("scale", **ASKS["scale"])
    scene.api.objects[CART]["spec"]["replicas"] = 7
    with pytest.raises(ToolError, match="/spec/replicas is 7 and was 3") as moved:
        await scene.write("scale", **arguments)
    assert moved.value.code is Code.PRECONDITION_FAILED
    assert scene.api.changes == []


async def test_an_object_made_anew_under_the_same_name_is_not_touched(scene: Scene) -> None:
    arguments = await scene.grounded("scale", **ASKS["scale"])
    scene.api.objects[CART]["metadata"]["uid"] = "uid-another"
    with pytest.raises(ToolError, match="made anew") as moved:
        await scene.write("scale", **arguments)
    assert moved.value.code is Code.PRECONDITION_FAILED


async def test_a_change_between_reading_and_writing_is_caught_by_the_server(scene: Scene) -> None:
    arguments = await scene.grounded("scale", **ASKS["scale"])

    def somebody_scales() -> None:
        metadata = scene.api.objects[CART]["metadata"]
        scene.api.objects[CART]["spec"]["replicas"] = 9
        scene.api.objects[CART]["metadata"] = {**metadata, "resourceVersion": "999"}

    scene.api.before_patch = somebody_scales
    with pytest.raises(ToolError) as moved:
        await scene.write("scale", **arguments)
    assert moved.value.code is Code.PRECONDITION_FAILED
    assert scene.api.objects[CART]["spec"]["replicas"] == 9


async def test_a_change_elsewhere_in_the_object_does_not_stop_the_write(scene: Scene) -> None:
    """A new annotations map is guarded by the whole object's version: the write is built again and goes through."""
    path = f"{CORE}/services/cart"
    arguments = await scene.grounded("set_selector", **ASKS["set_selector"])
    busy = iter(range(2))

    def somebody_writes() -> None:
        if next(busy, None) is not None:
            metadata = scene.api.objects[path]["metadata"]
            version = str(int(metadata["resourceVersion"]) + 500)
            scene.api.objects[path]["metadata"] = {**metadata, "resourceVersion": version}

    scene.api.before_patch = somebody_writes
    result = await scene.write("set_selector", **arguments)
    assert result.changed
    assert scene.api.objects[path]["spec"]["selector"] == {"app": "cart", "tier": "web"}


async def test_a_change_elsewhere_in_the_object_does_not_stop_the_preview_either(scene: Scene) -> None:
    """A controller that writes in between, as while a roll-out goes on, is nothing that a plan could wait for."""
    path = f"{CORE}/services/cart"
    busy = iter(range(2))

    def somebody_writes() -> None:
        if next(busy, None) is not None:
            metadata = scene.api.objects[path]["metadata"]
            version = str(int(metadata["resourceVersion"]) + 500)
            scene.api.objects[path]["metadata"] = {**metadata, "resourceVersion": version}

    scene.api.before_patch = somebody_writes
    shown = await scene.preview("set_selector", **ASKS["set_selector"])
    assert shown.after == {"/spec/selector": {"app": "cart", "tier": "web"}}
    assert scene.api.objects[path]["spec"]["selector"] != {"app": "cart", "tier": "web"}


async def test_an_annotations_map_that_came_into_being_meanwhile_is_not_wiped(scene: Scene) -> None:
    path = f"{CORE}/services/cart"
    arguments = await scene.grounded("set_selector", **ASKS["set_selector"])

    def somebody_annotates() -> None:
        scene.api.before_patch = lambda: None
        metadata = scene.api.objects[path]["metadata"]
        scene.api.objects[path]["metadata"] = {
            **metadata,
            "resourceVersion": "900",
            "annotations": {"owner": "me"},
        }

    scene.api.before_patch = somebody_annotates
    await scene.write("set_selector", **arguments)
    assert scene.api.objects[path]["metadata"]["annotations"]["owner"] == "me"


async def test_what_the_server_finds_wrong_is_told_in_its_own_words(scene: Scene) -> None:
    arguments = await scene.grounded("scale", **ASKS["scale"])
    scene.api.failures["PATCH"] = [
        Refused(422, {"message": "spec.replicas: Invalid value: field is immutable"})
    ]
    with pytest.raises(ToolError, match="immutable") as refused:
        await scene.write("scale", **arguments)
    assert refused.value.code is Code.INVALID_ARGUMENT


async def test_what_is_already_as_asked_is_not_sent(scene: Scene) -> None:
    ask = {**WORKLOAD, "replicas": 3}
    preview = await scene.preview("scale", **ask)
    assert "already" in preview.warnings[0]
    result = await scene.write("scale", **await scene.grounded("scale", **ask))
    assert not result.changed
    assert result.undo.tool is None
    assert scene.api.changes == []


async def test_warnings_of_the_server_reach_the_person(scene: Scene) -> None:
    scene.api.warnings = ["autoscaling/v2beta2 is deprecated"]
    assert "deprecated" in (await scene.preview("scale", **ASKS["scale"])).warnings[0]


async def test_an_expectation_that_came_back_redacted_still_fits_and_a_wrong_one_does_not(
    scene: Scene,
) -> None:
    """The agent sees secrets as markers; the server compares in that form and tests the true value."""
    ask = {**CONTAINER, "variable": "DB_PASSWORD", "value": "changed-it"}
    preview = redacted((await scene.preview("set_env", **ask)).model_dump(mode="json"))
    ground: Any = preview["ground"]
    assert "hunter2" not in str(preview)
    expect = {"uid": ground["uid"], "fields": ground["fields"]}
    result = await scene.write("set_env", **ask, expect=expect)
    tests = [each for each in scene.api.changes[0].body if each["op"] == "test"]
    assert "hunter2" in [each["value"] for each in tests]
    assert result.changed
    with pytest.raises(ToolError, match="not as it was"):
        await scene.write(
            "set_env", "step-0002", **ask, expect={**expect, "fields": {"/spec/replicas": "[redacted:x]"}}
        )


async def test_a_secret_value_is_brought_back_by_its_revision_and_never_written_down(scene: Scene) -> None:
    ask = {**CONTAINER, "variable": "DB_PASSWORD", "value": "changed-it"}
    undo = (await scene.preview("set_env", **ask)).undo
    assert undo.tool == "rollout_undo"
    assert undo.arguments["to_revision"] == 2
    assert "hunter2" not in str(undo)
