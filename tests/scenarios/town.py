"""A small town behind the Toolbox port: objects, metrics, logs and merges that change when somebody writes.

It does what the tool servers do: previews with the ground they stand on, writes only under a grant for exactly this
call, refuses when the ground moved, answers `step_state` by the step's key; and it counts every effect.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from pydantic import JsonValue

from sre_agent.domain.frozen import JsonObject
from sre_agent.domain.plan import Call
from sre_agent.errors import (
    GrantRefused,
    GroundMoved,
    ToolFailed,
    ToolNotConfigured,
    ToolTimeout,
    ToolUnavailable,
)
from sre_agent.ports.clock import Clock
from sre_agent.ports.toolbox import Right, ServerState, ToolAnswer, ToolInfo
from tests.scenarios.signals import Signals
from tests.worlds import LONG_AGO, World, stamp

SERVERS = ("k8s", "prometheus", "loki", "github", "notion")
Happening = Callable[[], Awaitable[None]]


@dataclass(frozen=True)
class Effect:
    """One write that arrived, also the second one under the same key."""

    tool: str
    key: str
    arguments: JsonObject


@dataclass
class Town:
    clock: Clock
    world: World
    signals: Signals
    unset: set[str] = field(default_factory=lambda: {"loki"})
    down: set[str] = field(default_factory=set)
    slow: set[str] = field(default_factory=set)
    """Tools (`server.tool`) that take longer than anybody waits."""
    logs: dict[tuple[str, bool], list[str]] = field(default_factory=dict)
    """(pod, previous run) → lines."""
    merges: list[JsonObject] = field(default_factory=list)
    commits: dict[str, JsonObject] = field(default_factory=dict)
    writers: list[JsonObject] = field(default_factory=list)
    """Who wrote the objects, as the API server notes it."""
    cures: dict[str, Callable[[JsonObject], bool]] = field(default_factory=dict)
    """Tool → whether these arguments are the right thing to do."""
    happenings: dict[str, list[Happening]] = field(default_factory=dict)
    """Tool → what happens, once, while it is being called."""
    effects: list[Effect] = field(default_factory=list)
    results: dict[str, JsonObject] = field(default_factory=dict)
    guard: Callable[[Call, Right], None] = lambda call, right: None
    """Looks at every write before it is carried out; raises what the tool server would answer."""
    calls: list[str] = field(default_factory=list)
    generation: int = 1

    async def call(self, call: Call, *, limit: timedelta, right: Right | None = None) -> ToolAnswer:
        began = self.clock.now()
        self._reach(call.server)
        self.calls.append(f"{call.server}.{call.tool}")
        await asyncio.sleep(0.02)
        if f"{call.server}.{call.tool}" in self.slow:
            await self.clock.sleep(limit)
            raise ToolTimeout(
                f"{call.server}.{call.tool} did not answer within {limit.total_seconds():.0f} s"
            )
        for happening in self.happenings.pop(call.tool, ()):
            await happening()
        content = self._answer(call, right)
        return ToolAnswer(content=content, taken_at=self.clock.now(), took=self.clock.now() - began)

    async def tools(self) -> tuple[ToolInfo, ...]:
        return ()

    def servers(self) -> tuple[ServerState, ...]:
        return tuple(
            ServerState(
                name=name,
                url="" if name in self.unset else f"town://{name}",
                connected=name not in self.unset | self.down,
                configured=name not in self.unset,
            )
            for name in SERVERS
        )

    def _reach(self, server: str) -> None:
        if server in self.unset:
            raise ToolNotConfigured(f"no {server} tool server is set up here; set MCP_{server.upper()}_URL")
        if server in self.down:
            raise ToolUnavailable(f"{server}: cannot be reached (connection refused)")

    def _answer(self, call: Call, right: Right | None) -> JsonObject:
        if call.tool in WRITES:
            return self._write(call, right)
        if call.tool.startswith("preview_"):
            return WRITES[call.tool.removeprefix("preview_")](self, call.arguments).preview
        if call.tool == "step_state":
            return self._step_state(str(call.arguments["key"]))
        owner = self.signals if call.server == "prometheus" else self
        answer: JsonObject = getattr(owner, call.tool)(call.arguments)
        return answer

    def _write(self, call: Call, right: Right | None) -> JsonObject:
        if right is None:
            raise GrantRefused(f"{call.tool} writes, and the call carries no grant")
        self.guard(call, right)
        deed = WRITES[call.tool](self, call.arguments)
        expected = call.arguments.get("expect")
        if isinstance(expected, dict) and expected != {"uid": deed.uid, "fields": deed.fields}:
            raise GroundMoved(f"expected {expected}, found {deed.fields}; nothing was written")
        self.effects.append(Effect(call.tool, right.key, call.arguments))
        deed.do()
        cure = self.cures.get(call.tool)
        if cure is not None and cure(call.arguments):
            self.signals.cured(self.clock.now())
        self.results[right.key] = deed.result(right.key)
        return self.results[right.key]

    def _step_state(self, key: str) -> JsonObject:
        if key in self.results:
            return {"state": "done", "why": "its key is on the object", "result": self.results[key]}
        return {"state": "not_done", "why": "its key is nowhere", "result": None}

    # --- what the Kubernetes server reads

    def namespace_objects(self, asked: JsonObject) -> JsonObject:
        if not asked["namespace"]:
            return {"collected": {"nodes": [], "namespaces": []}, "not_collected": {}, "truncated": []}
        kinds = ("pods", "deployments", "replicasets", "services", "configmaps", "ingresses", "events")
        collected: JsonObject = {kind: [*map(self._shown, self.world.lists.get(kind, []))] for kind in kinds}
        return {"collected": collected, "not_collected": {}, "truncated": []}

    def list_objects(self, asked: JsonObject) -> JsonObject:
        wanted = dict(part.split("=") for part in str(asked.get("label_selector") or "").split(",") if part)
        found = [
            self._shown(obj)
            for obj in self.world.lists.get(str(asked["kind"]), [])
            if wanted.items() <= obj["metadata"]["labels"].items()
        ]
        return {"kind": asked["kind"], "items": found, "next": "", "remaining": None, "truncated": False}

    def get_object(self, asked: JsonObject) -> JsonObject:
        if asked["kind"] == "Namespace":
            return {"object": {"kind": "Namespace", "metadata": {"name": asked["name"], "labels": {}}}}
        return {"object": self._shown(self.object(str(asked["kind"]), str(asked["name"])))}

    def object_writers(self, asked: JsonObject) -> JsonObject:
        return {"uid": "", "generation": self.generation, "writers": [*self.writers]}

    def get_pod_logs(self, asked: JsonObject) -> JsonObject:
        lines: list[JsonValue] = [*self.logs.get((str(asked["pod"]), bool(asked.get("previous"))), [])]
        place = {name: asked.get(name) for name in ("namespace", "pod", "container", "previous")}
        return {**place, "lines": lines, "truncated": False}

    def topology(self, asked: JsonObject) -> JsonObject:
        workloads: list[JsonValue] = []
        services: list[JsonValue] = []
        for deployment in self.world.lists["deployments"]:
            name = deployment["metadata"]["name"]
            pods: list[JsonValue] = [f"acme/{pod['metadata']['name']}" for pod in self.world.pods_of(name)]
            workloads.append({"kind": "Deployment", "name": name, "pods": pods})
            services.append({"name": name, "ready_addresses": len(pods)})
        return {"workloads": workloads, "services": services, "edges": []}

    def object(self, kind: str, name: str) -> dict[str, Any]:
        """Raises ToolFailed with `not_found`."""
        for obj in self.world.lists.get(f"{kind.lower()}s", []):
            if obj["metadata"]["name"] == name:
                return obj
        raise ToolFailed(f"there is no {kind} {name}", code="not_found")

    def _shown(self, obj: dict[str, Any]) -> JsonValue:
        """As the API would tell it: with the status that the controllers keep."""
        if obj.get("kind") == "Deployment":
            name, wanted = obj["metadata"]["name"], obj["spec"]["replicas"]
            ready = sum(map(_is_ready, self.world.pods_of(name)))
            status = {
                "observedGeneration": self.generation,
                "updatedReplicas": wanted,
                "readyReplicas": ready,
            }
            return {**obj, "metadata": {**obj["metadata"], "generation": self.generation}, "status": status}
        for condition in obj.get("status", {}).get("conditions", []) if obj.get("kind") == "Pod" else []:
            condition.setdefault("lastTransitionTime", stamp(LONG_AGO))
        return obj

    # --- what the other servers read

    def list_merges(self, asked: JsonObject) -> JsonObject:
        return {"merges": [*self.merges]}

    def list_deploys(self, asked: JsonObject) -> JsonObject:
        return {"deploys": []}

    def get_commit(self, asked: JsonObject) -> JsonObject:
        return self.commits[str(asked["sha"])]

    def search_runbooks(self, asked: JsonObject) -> JsonObject:
        return {"pages": [{"id": "p1", "title": f"When {asked['alertname']} fires"}], "source": "folder"}

    def get_runbook(self, asked: JsonObject) -> JsonObject:
        return {
            "id": asked["id"],
            "title": "What to do",
            "markdown": "Look at the last release first.",
            "url": "",
        }


def _is_ready(pod: dict[str, Any]) -> bool:
    return any(each["type"] == "Ready" and each["status"] == "True" for each in pod["status"]["conditions"])


@dataclass
class Deed:
    """One possible write: the ground it stands on, what it would change, its undo, and the doing."""

    target: JsonObject
    uid: str
    fields: JsonObject
    after: JsonObject
    undo: JsonObject
    do: Callable[[], None]
    generation: int | None = None
    blast: JsonObject = field(default_factory=lambda: {"pods": 0, "away": 0, "budget": "none"})

    @property
    def diff(self) -> str:
        lines = [f"-{name}: {self.fields.get(name)}\n+{name}: {value}" for name, value in self.after.items()]
        return "\n".join(lines)

    @property
    def preview(self) -> JsonObject:
        ground: JsonObject = {"uid": self.uid, "generation": self.generation, "fields": self.fields}
        told: JsonObject = {"before": self.fields, "after": self.after, "diff": self.diff, "undo": self.undo}
        return {"target": self.target, "ground": ground, **told, "warnings": [], "blast": self.blast}

    def result(self, key: str) -> JsonObject:
        told: JsonObject = {"before": self.fields, "after": self.after, "diff": self.diff, "undo": self.undo}
        more: JsonObject = {"key": key, "already_done": False, "generation": self.generation, "warnings": []}
        return {"changed": True, "target": self.target, **told, **more}


def _deployment(town: Town, asked: JsonObject) -> tuple[dict[str, Any], JsonObject]:
    obj = town.object(str(asked["kind"]), str(asked["name"]))
    target: JsonObject = {
        "cluster": "lab", "kind": "Deployment", "namespace": "acme", "name": asked["name"],
        "uid": obj["metadata"]["uid"],
    }  # fmt: skip
    return obj, target


def _scale(town: Town, asked: JsonObject) -> Deed:
    obj, target = _deployment(town, asked)
    before, after, name = obj["spec"]["replicas"], int(str(asked["replicas"])), str(asked["name"])

    def do() -> None:
        obj["spec"]["replicas"] = after
        town.generation += 1
        gone = town.world.pods_of(name)
        town.world.lists["pods"] = [pod for pod in town.world.lists["pods"] if pod not in gone]
        for number in range(after):
            new_pod(town, name, f"{name}-r1-n{town.generation}{number}")

    place: JsonObject = {each: asked[each] for each in ("kind", "namespace", "name")}
    undo: JsonObject = {
        "tool": "scale", "arguments": {**place, "replicas": before}, "statement": f"Scale back to {before}.",
    }  # fmt: skip
    blast: JsonObject = {"pods": abs(after - before), "replicas_before": before, "replicas_after": after}
    blast |= {"away": max(before - after, 0), "ready": before, "budget": "none"}
    fields: JsonObject = {"/spec/replicas": before}
    return Deed(
        target, str(target["uid"]), fields, {"/spec/replicas": after}, undo, do, town.generation, blast
    )


def new_pod(town: Town, owner: str, name: str) -> None:
    """A pod of the present template, ready from now on."""
    template = town.object("Deployment", owner)["spec"]["template"]
    since = {"type": "Ready", "status": "True", "lastTransitionTime": stamp(town.clock.now())}
    town.world.pod(owner, name, template, conditions=[since])


def deploy(town: Town, name: str, image: str) -> None:
    """Give a workload another image, and pods that run it."""
    obj = town.object("Deployment", name)
    obj["spec"]["template"]["spec"]["containers"][0]["image"] = image
    town.generation += 1
    gone = town.world.pods_of(name)
    town.world.lists["pods"] = [pod for pod in town.world.lists["pods"] if pod not in gone]
    for number in range(obj["spec"]["replicas"]):
        new_pod(town, name, f"{name}-r1-n{town.generation}{number}")


def _set_image(town: Town, asked: JsonObject) -> Deed:
    obj, target = _deployment(town, asked)
    before = obj["spec"]["template"]["spec"]["containers"][0]["image"]
    pointer, name, image = "/spec/template/spec/containers/0/image", str(asked["name"]), str(asked["image"])
    place: JsonObject = {each: asked[each] for each in ("kind", "namespace", "name", "container")}
    undo: JsonObject = {
        "tool": "set_image", "arguments": {**place, "image": before}, "statement": f"Back to {before}.",
    }  # fmt: skip
    blast: JsonObject = {"pods": obj["spec"]["replicas"], "replicas_before": obj["spec"]["replicas"]}
    blast |= {"away": 0, "ready": obj["spec"]["replicas"], "budget": "none"}
    return Deed(
        target, str(target["uid"]), {pointer: before}, {pointer: image}, undo,
        lambda: deploy(town, name, image), town.generation, blast,
    )  # fmt: skip


def _rollout_undo(town: Town, asked: JsonObject) -> Deed:
    """Back to the first revision, which ran release 1.0."""
    old = "reg.example/orders:1.0"
    place: JsonObject = {each: asked[each] for each in ("kind", "namespace", "name")}
    deed = _set_image(town, {**place, "container": "main", "image": old})
    undo: JsonObject = {
        "tool": "rollout_undo",
        "arguments": {**place, "to_revision": 2},
        "statement": "Forward again.",
    }
    return replace(deed, undo=undo)


def _create_revert(town: Town, asked: JsonObject) -> Deed:
    number = asked["number"]
    target: JsonObject = {"cluster": "", "kind": "PullRequest", "name": f"#{number}", "uid": f"pull-{number}"}
    undo: JsonObject = {
        "tool": None,
        "arguments": {},
        "statement": "Close the pull request; nothing of it is deployed.",
    }
    merged: JsonObject = {
        "/merge_sha": next(str(m["merge_sha"]) for m in town.merges if m["number"] == number)
    }
    return Deed(target, f"pull-{number}", merged, {"/pull_request": "open"}, undo, lambda: None)


def _merge(town: Town, asked: JsonObject) -> Deed:
    branch = str(asked["head_branch"])
    target: JsonObject = {"cluster": "", "kind": "PullRequest", "name": branch, "uid": branch}
    undo: JsonObject = {"tool": None, "arguments": {}, "statement": "Merge the release again."}
    return Deed(
        target, "", {}, {"/merged": True}, undo, lambda: deploy(town, "orders", "reg.example/orders:1.0")
    )


def _create_issue(town: Town, asked: JsonObject) -> Deed:
    number = 1 + sum(effect.tool == "create_issue" for effect in town.effects)
    target: JsonObject = {"cluster": "", "kind": "Issue", "namespace": "acme/shop", "name": f"#{number}"}
    undo: JsonObject = {"tool": None, "arguments": {}, "statement": "A person closes it."}
    url = f"https://forge.example/acme/shop/issues/{number}"
    return Deed(target, "", {}, {"/title": asked["title"], "/url": url}, undo, lambda: None)


WRITES: dict[str, Callable[[Town, JsonObject], Deed]] = {
    "scale": _scale,
    "set_image": _set_image,
    "rollout_undo": _rollout_undo,
    "create_revert_pr": _create_revert,
    "merge_pr": _merge,
    "create_issue": _create_issue,
}
