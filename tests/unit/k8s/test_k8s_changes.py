"""What cannot be meant or would not help is refused in words a person understands; the blast is counted."""

from __future__ import annotations

from typing import Any

import pytest

from mcp_servers.k8s.asks import CreateJob, DeletePod, EvictPod
from mcp_servers.k8s.blast import at_one_time
from mcp_servers.k8s.jobs import Jobs
from mcp_servers.k8s.refusals import Refused
from mcp_servers.k8s.removal import Removing
from mcp_servers.kit.contract import Expect
from mcp_servers.kit.errors import Code, ToolError
from mcp_servers.kit.toolset import Step
from tests.unit.k8s.fake_api import APPS, CART, CORE, FakeApi, FakeClusters, pod, shop
from tests.unit.k8s.patch_scene import ASKS, CONTAINER, IN_SHOP, WORKLOAD, Scene

STEP = Step("step-0001", "inc_1", 1)


@pytest.fixture
def scene() -> Scene:
    return Scene()


async def refusal(scene: Scene, tool: str, **arguments: Any) -> ToolError:
    with pytest.raises(ToolError) as refused:
        await scene.preview(tool, **arguments)
    return refused.value


@pytest.mark.parametrize(
    "tool", ["set_image", "set_env", "set_resources", "set_probe", "rollout_restart", "rollout_undo"]
)
async def test_a_paused_deployment_is_not_changed(scene: Scene, tool: str) -> None:
    scene.api.objects[CART]["spec"]["paused"] = True
    problem = await refusal(scene, tool, **ASKS[tool])
    assert problem.code is Code.CONFLICT
    assert "paused" in problem.message


async def test_what_an_autoscaler_holds_is_not_scaled(scene: Scene) -> None:
    spec = {"scaleTargetRef": {"kind": "Deployment", "name": "cart"}, "minReplicas": 2, "maxReplicas": 6}
    scene.api.add("/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers/cart", {"spec": spec})
    problem = await refusal(scene, "scale", **ASKS["scale"])
    assert problem.code is Code.CONFLICT
    assert "HorizontalPodAutoscaler cart" in problem.message
    assert "between 2 and 6" in problem.message


async def test_an_autoscaler_that_may_not_be_read_stops_a_scale(scene: Scene) -> None:
    """Not knowing whether something would undo it is no reason to go ahead."""
    scene.api.failures["GET"] = []
    original = scene.api._get

    def forbids(request: Any) -> Any:
        if request.path.endswith("horizontalpodautoscalers"):
            raise Refused(403, {"message": "forbidden"})
        return original(request)

    scene.api._get = forbids  # type: ignore[method-assign]
    assert (await refusal(scene, "scale", **ASKS["scale"])).code is Code.FORBIDDEN


async def test_a_budget_that_may_not_be_read_is_a_note_and_no_hindrance(scene: Scene) -> None:
    original = scene.api._get

    def forbids(request: Any) -> Any:
        if request.path.endswith("poddisruptionbudgets"):
            raise Refused(403, {"message": "forbidden"})
        return original(request)

    scene.api._get = forbids  # type: ignore[method-assign]
    preview = await scene.preview("set_image", **ASKS["set_image"])
    assert any("Not known: poddisruptionbudgets" in note for note in preview.blast.notes)


@pytest.mark.parametrize(
    ("tool", "arguments", "code", "words"),
    [
        ("set_image", {**CONTAINER, "container": "web", "image": "x:1"}, Code.NOT_FOUND, "cart, proxy"),
        ("set_service_port", {**IN_SHOP, "port": 443, "target_port": 1}, Code.NOT_FOUND, "it has: 80"),
        ("set_service_port", {**IN_SHOP, "port": 80}, Code.INVALID_ARGUMENT, "target_port"),
        ("set_resources", CONTAINER, Code.INVALID_ARGUMENT, "at least one"),
        ("set_probe", {**CONTAINER, "probe": "readiness"}, Code.INVALID_ARGUMENT, "at least one"),
        ("set_probe", {**CONTAINER, "probe": "startup", "port": 1}, Code.NOT_FOUND, "no startup probe"),
        (
            "set_probe",
            {**CONTAINER, "container": "proxy", "probe": "liveness", "port": 1},
            Code.INVALID_ARGUMENT,
            "exec",
        ),
        (
            "set_probe",
            {**CONTAINER, "container": "proxy", "probe": "liveness", "path": "/"},
            Code.INVALID_ARGUMENT,
            "HTTP",
        ),
        ("rollout_undo", {**WORKLOAD, "to_revision": 9}, Code.NOT_FOUND, "kept are: 2, 1"),
        ("scale", {**WORKLOAD, "name": "gone", "replicas": 1}, Code.NOT_FOUND, "'gone' in namespace shop"),
        (
            "set_config_key",
            {**IN_SHOP, "name": "gone", "key": "a", "value": "b"},
            Code.NOT_FOUND,
            "ConfigMap",
        ),
    ],
)
async def test_what_cannot_be_meant_is_refused_with_what_there_is(
    scene: Scene, tool: str, arguments: dict[str, Any], code: Code, words: str
) -> None:
    problem = await refusal(scene, tool, **arguments)
    assert problem.code is code
    assert words in problem.message


async def test_an_immutable_config_map_is_not_changed(scene: Scene) -> None:
    scene.api.objects[f"{CORE}/configmaps/cart"]["immutable"] = True
    assert "immutable" in (await refusal(scene, "set_config_key", **ASKS["set_config_key"])).message


async def test_going_back_brings_the_template_and_what_was_said_of_it(scene: Scene) -> None:
    result = await scene.write("rollout_undo", **await scene.grounded("rollout_undo", **WORKLOAD))
    item = scene.api.objects[CART]
    assert item["spec"]["template"]["spec"]["containers"][0]["image"] == "shop/cart:0"
    assert item["spec"]["template"]["metadata"]["labels"] == {"app": "cart"}
    assert item["metadata"]["annotations"]["kubernetes.io/change-cause"] == "one"
    assert result.undo.arguments["to_revision"] == 2
    assert result.undo.arguments["expect"]["fields"] == {
        "/spec/template/spec/containers/0/image": "shop/cart:0",
        "/spec/template/spec/containers/1/image": "shop/proxy:1",
    }


async def test_a_template_the_controller_has_not_numbered_yet_is_not_gone_back_from(scene: Scene) -> None:
    scene.api.objects[CART]["metadata"]["generation"] = 5
    scene.api.objects[CART]["status"] = {"observedGeneration": 4}
    problem = await refusal(scene, "rollout_undo", **WORKLOAD)
    assert problem.retryable
    scene.api.objects[CART]["status"] = {"observedGeneration": 5}
    assert (await scene.preview("rollout_undo", **WORKLOAD)).diff


async def test_with_one_revision_there_is_nowhere_to_go_back_to(scene: Scene) -> None:
    del scene.api.objects[f"{APPS}/replicasets/cart-1"]
    assert "no earlier revision" in (await refusal(scene, "rollout_undo", **WORKLOAD)).message


async def test_a_reference_is_replaced_by_a_value_and_brought_back_by_its_revision(scene: Scene) -> None:
    entry = scene.api.objects[CART]["spec"]["template"]["spec"]["containers"][0]["env"][1]
    del entry["value"]
    entry["valueFrom"] = {"secretKeyRef": {"name": "db", "key": "password"}}
    ask = {**CONTAINER, "variable": "DB_PASSWORD", "value": "plain"}
    result = await scene.write("set_env", **await scene.grounded("set_env", **ask))
    changed = scene.api.objects[CART]["spec"]["template"]["spec"]["containers"][0]["env"][1]
    assert changed == {"name": "DB_PASSWORD", "value": "plain"}
    assert result.undo.tool == "rollout_undo"


@pytest.mark.parametrize("value", ["yes", None])
async def test_a_variable_is_added_or_taken_away(scene: Scene, value: str | None) -> None:
    ask = {**CONTAINER, "variable": "NEW_FLAG" if value else "LOG_LEVEL", "value": value}
    result = await scene.write("set_env", **await scene.grounded("set_env", **ask))
    names = [e["name"] for e in scene.api.objects[CART]["spec"]["template"]["spec"]["containers"][0]["env"]]
    assert names == (["LOG_LEVEL", "DB_PASSWORD", "NEW_FLAG"] if value else ["DB_PASSWORD"])
    await scene.write(str(result.undo.tool), "step-0002", **result.undo.arguments)
    env = scene.api.objects[CART]["spec"]["template"]["spec"]["containers"][0]["env"]
    assert [e["name"] for e in env] == ["LOG_LEVEL", "DB_PASSWORD"]


async def test_the_blast_counts_pods_and_replicas_and_tells_of_budgets(scene: Scene) -> None:
    budget = {"spec": {"selector": {"matchLabels": {"app": "cart"}}}, "status": {"disruptionsAllowed": 1}}
    scene.api.add("/apis/policy/v1/namespaces/shop/poddisruptionbudgets/cart", budget)
    scaled = (await scene.preview("scale", **{**WORKLOAD, "replicas": 0})).blast
    assert (scaled.pods, scaled.replicas_before, scaled.replicas_after) == (3, 3, 0)
    assert any("allows 1 disruptions" in note for note in scaled.notes)
    assert any("No pod is left" in note for note in scaled.notes)
    rolled = (await scene.preview("set_image", **ASKS["set_image"])).blast
    assert rolled.pods == 3
    selected = (await scene.preview("set_selector", **ASKS["set_selector"])).blast
    assert any("Service would have nobody" in note for note in selected.notes)


def covering(allowed: int) -> dict[str, object]:
    selector = {"matchLabels": {"app": "cart"}}
    return {"spec": {"selector": selector}, "status": {"disruptionsAllowed": allowed}}


@pytest.mark.parametrize(
    ("allowed", "replicas", "away", "budget"),
    [(1, 0, 3, "exceeded"), (3, 0, 3, "allows"), (0, 5, 0, "allows"), (None, 0, 3, "none")],
)
async def test_the_blast_says_how_many_are_away_at_one_time_and_whether_a_budget_allows_it(
    scene: Scene, allowed: int | None, replicas: int, away: int, budget: str
) -> None:
    if allowed is not None:
        scene.api.add("/apis/policy/v1/namespaces/shop/poddisruptionbudgets/cart", covering(allowed))
    blast = (await scene.preview("scale", **{**WORKLOAD, "replicas": replicas})).blast
    assert (blast.away, blast.budget) == (away, budget)


def rolled(kind: str = "Deployment", **limits: object) -> dict[str, object]:
    field = "strategy" if kind == "Deployment" else "updateStrategy"
    return {
        "kind": kind,
        "spec": {field: {"type": limits.pop("type", "RollingUpdate"), "rollingUpdate": limits}},
    }


@pytest.mark.parametrize(
    ("item", "count", "away"),
    [
        (rolled(), 3, 0),
        (rolled(), 8, 2),
        (rolled(maxUnavailable=2), 8, 2),
        (rolled(maxUnavailable="50%"), 3, 1),
        (rolled(maxUnavailable=0, maxSurge=0), 3, 1),
        (rolled(maxUnavailable=9), 3, 3),
        (rolled(type="Recreate"), 3, 3),
        (rolled("StatefulSet"), 3, 1),
        (rolled("DaemonSet", maxUnavailable="10%"), 15, 2),
        (rolled("DaemonSet", type="OnDelete"), 15, 0),
        ({"kind": "Deployment", "spec": {}}, 1, 0),
    ],
)
def test_a_roll_out_takes_as_many_pods_at_one_time_as_its_strategy_lets_it(
    item: dict[str, object], count: int, away: int
) -> None:
    assert at_one_time(item, count) == away


async def test_the_blast_of_a_config_key_says_who_reads_it_and_when(scene: Scene) -> None:
    at_start = pod("r1")
    at_start["spec"] = {"containers": [{"name": "c", "envFrom": [{"configMapRef": {"name": "cart"}}]}]}
    mounted = pod("r2")
    mounted["spec"] = {"containers": [], "volumes": [{"name": "v", "configMap": {"name": "cart"}}]}
    scene.api.add(f"{CORE}/pods/r1", at_start)
    scene.api.add(f"{CORE}/pods/r2", mounted)
    blast = (await scene.preview("set_config_key", **ASKS["set_config_key"])).blast
    assert blast.pods == 2
    assert any("1 of them read it only when they start" in note for note in blast.notes)
    assert any("mounted as files" in note for note in blast.notes)


class Removals:
    def __init__(self) -> None:
        self.api: FakeApi = shop()
        self.removing = Removing(FakeClusters(self.api))
        self.expect = Expect(uid="uid-cart-0", fields={"/spec/nodeName": "node-1"})

    def ask(self, kind: type[Any], **more: Any) -> Any:
        return kind(namespace="shop", pod="cart-0", expect=self.expect, **more)


@pytest.fixture
def removals() -> Removals:
    return Removals()


@pytest.mark.parametrize("kind", [DeletePod, EvictPod])
async def test_the_pod_that_was_seen_is_removed_once(removals: Removals, kind: type[Any]) -> None:
    ask = removals.ask(kind)
    preview = getattr(removals.removing, f"preview_{'delete' if kind is DeletePod else 'evict'}_pod")
    told = await preview(ask)
    assert f"{CORE}/pods/cart-0" in removals.api.objects
    assert told.ground.uid == "uid-cart-0"
    assert (await removals.removing.state(ask)).state == "not_done"
    result = await removals.removing._write(ask, STEP)
    assert f"{CORE}/pods/cart-0" not in removals.api.objects
    assert (result.changed, result.undo.tool) == (True, None)
    assert (await removals.removing.state(ask)).state == "done"


@pytest.mark.parametrize("kind", [DeletePod, EvictPod])
async def test_a_pod_made_meanwhile_under_the_same_name_is_not_removed(
    removals: Removals, kind: type[Any]
) -> None:
    original = removals.api._get

    def replaced_after_reading(request: Any) -> Any:
        item = original(request)
        if request.path.endswith("/cart-0"):
            renewed = {**item["metadata"], "uid": "uid-renewed"}
            removals.api.objects[request.path] = {**item, "metadata": renewed}
        return item

    removals.api._get = replaced_after_reading  # type: ignore[method-assign]
    with pytest.raises(ToolError, match="another one now") as moved:
        await removals.removing._write(removals.ask(kind), STEP)
    assert moved.value.code is Code.PRECONDITION_FAILED
    assert f"{CORE}/pods/cart-0" in removals.api.objects


async def test_a_pod_that_is_going_or_was_replaced_counts_as_removed(removals: Removals) -> None:
    item = removals.api.objects[f"{CORE}/pods/cart-0"]
    item["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    assert (await removals.removing.state(removals.ask(DeletePod))).state == "done"
    item["metadata"] = {**item["metadata"], "deletionTimestamp": None, "uid": "other"}
    assert (await removals.removing.state(removals.ask(DeletePod))).state == "done"


async def test_an_eviction_the_budget_forbids_is_a_conflict_a_person_can_read(removals: Removals) -> None:
    cause = {"reason": "DisruptionBudget", "message": "The disruption budget cart needs 3 healthy pods"}
    removals.api.failures["POST"] = [
        Refused(429, {"message": "Cannot evict pod", "details": {"causes": [cause]}})
    ]
    with pytest.raises(ToolError, match="needs 3 healthy pods") as refused:
        await removals.removing.evict_pod(removals.ask(EvictPod), STEP)
    assert refused.value.code is Code.CONFLICT


class TestJobs:
    def jobs(self) -> tuple[FakeApi, Jobs, CreateJob]:
        api = shop()
        expect = Expect(uid="uid-tidy")
        return (
            api,
            Jobs(FakeClusters(api)),
            CreateJob(namespace="shop", name="tidy-now", from_cronjob="tidy", expect=expect),
        )

    async def test_a_job_is_made_once_and_found_by_its_key(self) -> None:
        api, jobs, ask = self.jobs()
        assert (await jobs.preview_create_job(ask)).ground.uid == "uid-tidy"
        assert api.changes == []
        assert (await jobs.state(ask, STEP.key)).state == "not_done"
        assert not (await jobs.create_job(ask, STEP)).already_done
        assert (await jobs.create_job(ask, STEP)).already_done
        assert (await jobs.state(ask, STEP.key)).state == "done"
        made = api.objects["/apis/batch/v1/namespaces/shop/jobs/tidy-now"]
        assert made["metadata"]["annotations"]["cronjob.kubernetes.io/instantiate"] == "manual"
        assert made["metadata"]["ownerReferences"][0]["uid"] == "uid-tidy"

    async def test_a_job_of_that_name_that_is_not_of_this_step_is_a_conflict(self) -> None:
        api, jobs, ask = self.jobs()
        api.add("/apis/batch/v1/namespaces/shop/jobs/tidy-now", {"kind": "Job"})
        with pytest.raises(ToolError, match="another name") as refused:
            await jobs.create_job(ask, STEP)
        assert refused.value.code is Code.CONFLICT
        assert (await jobs.state(ask, STEP.key)).state == "not_done"

    @pytest.mark.promise("ACT-9")
    @pytest.mark.parametrize(
        ("setting", "says"),
        [
            ({"successfulJobsHistoryLimit": 0}, "successfulJobsHistoryLimit 0"),
            ({"failedJobsHistoryLimit": 0}, "failedJobsHistoryLimit 0"),
            ({"jobTemplate": {"spec": {"ttlSecondsAfterFinished": 60}}}, "ttlSecondsAfterFinished 60"),
        ],
    )
    async def test_a_job_that_is_cleaned_away_once_it_ended_may_have_run_where_it_is_not_there(
        self, setting: dict[str, Any], says: str
    ) -> None:
        api, jobs, ask = self.jobs()
        api.objects["/apis/batch/v1/namespaces/shop/cronjobs/tidy"]["spec"].update(setting)
        state = await jobs.state(ask, STEP.key)
        assert state.state == "unknown"
        assert says in state.why

    async def test_a_cron_job_that_changed_is_not_run(self) -> None:
        _, jobs, ask = self.jobs()
        moved = ask.model_copy(update={"expect": Expect(uid="uid-other")})
        with pytest.raises(ToolError, match="not as it was"):
            await jobs.create_job(moved, STEP)
