"""The stories: what is wrong in the town, what people do meanwhile, and how it has to end."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sre_agent.domain.incident import Outcome, Status
from sre_agent.domain.law import Answer
from sre_agent.testing.model import ScriptedModel
from tests.scenarios.lives import Life
from tests.scenarios.signals import Illness, Signals
from tests.scenarios.stage import Stage
from tests.scenarios.town import Town, deploy
from tests.scenarios.virtual import LoopClock, live
from tests.worlds import ONSET, World, stamp

Act = Callable[[Stage], Awaitable[None]]


def shop(clock: LoopClock) -> Town:
    """web → orders → stock, all well."""
    world = World()
    world.deployment("web", env=[{"name": "ORDERS_URL", "value": "http://orders:80"}])
    world.deployment("orders", env=[{"name": "STOCK_URL", "value": "http://stock:80"}])
    world.deployment("stock")
    town = Town(clock, world, Signals(("web", "orders", "stock")))
    for name in ("web", "orders", "stock"):
        for number in range(2):
            town.logs[f"{name}-r1-{number}", False] = [f'{stamp(ONSET)} {{"level":"info","msg":"served"}}']
    town.signals.firings = [(ONSET, clock.now())]
    return town


def ill(town: Town, *services: str) -> None:
    town.signals.illnesses.append(Illness(services, ONSET - timedelta(seconds=15)))


def scale_to_zero(town: Town, *, told: bool = True) -> None:
    """Somebody scaled stock to zero; `told`: an event says how many it had."""
    world = town.world
    town.object("Deployment", "stock")["spec"]["replicas"] = 0
    world.lists["pods"] = [pod for pod in world.lists["pods"] if pod["metadata"]["labels"]["app"] != "stock"]
    if told:
        world.event(
            "Deployment", "stock", "ScalingReplicaSet", "Scaled down replica set stock-r1 to 0 from 2"
        )
    ill(town, "orders", "web")


def release(town: Town) -> None:
    """Pull request 7 was merged and deployed, and orders throws since."""
    orders = town.object("Deployment", "orders")
    template = json.loads(json.dumps(orders["spec"]["template"]))
    template["spec"]["containers"][0]["image"] = "reg.example/orders:abc1234"
    orders["spec"]["template"] = template
    town.world.replica_set("orders", 2, template, ONSET - timedelta(seconds=25))
    stack = 'Traceback\\n  File \\"services/orders/app.py\\", line 12, in total\\nKeyError: \\"currency\\"'
    line = f'{stamp(ONSET)} {{"level":"error","msg":"failed","error":"KeyError","stack":"{stack}"}}'
    for number in range(2):
        town.logs[f"orders-r1-{number}", False] = [line]
    merge = {
        "number": 7, "title": "Round totals", "author": "kim", "merged_at": stamp(ONSET - timedelta(seconds=60)),
        "merge_sha": "abc1234def", "files": ["services/orders/app.py"],
    }  # fmt: skip
    town.merges.append({**merge})
    patch = "@@ -10,3 +10,3 @@\n-    return round(total, 2)\n+    return total[currency]"
    town.commits["abc1234def"] = {
        "sha": "abc1234def", "author": "kim", "at": stamp(ONSET - timedelta(seconds=60)), "message": "Round totals",
        "files": [{"path": "services/orders/app.py", "status": "modified", "patch": patch}], "pull_request": 7,
    }  # fmt: skip


def wrong_image(town: Town) -> None:
    """orders was given a tag that does not exist; its pods cannot start."""
    orders = town.object("Deployment", "orders")
    template = json.loads(json.dumps(orders["spec"]["template"]))
    template["spec"]["containers"][0]["image"] = "reg.example/orders:9.9"
    orders["spec"]["template"] = template
    town.world.replica_set("orders", 2, template, ONSET - timedelta(seconds=20))
    reason = {"reason": "ImagePullBackOff", "message": 'Back-off pulling image "reg.example/orders:9.9"'}
    status = {"name": "main", "ready": False, "restartCount": 0, "state": {"waiting": reason}}
    town.world.pod(
        "orders", "orders-r2-0", template, phase="Pending",
        conditions=[{"type": "Ready", "status": "False"}], containerStatuses=[status],
    )  # fmt: skip
    words = 'Failed to pull image "reg.example/orders:9.9": rpc error: reg.example/orders:9.9: not found'
    town.world.event("Pod", "orders-r2-0", "Failed", words)
    ill(town, "orders", "web")


# --- how each town is set up


def zero(town: Town) -> None:
    scale_to_zero(town)
    town.cures["scale"] = lambda asked: asked["name"] == "stock" and asked["replicas"] == 2


def bad_release(town: Town) -> None:
    release(town)
    ill(town, "orders", "web")
    town.cures |= {"merge_pr": lambda asked: True, "rollout_undo": lambda asked: True}


def bad_image(town: Town) -> None:
    wrong_image(town)
    town.cures["set_image"] = lambda asked: asked["image"] == "reg.example/orders:1.0"


def two_suspects(town: Town) -> None:
    """stock is scaled to zero, which nobody misses; the release is what hurts, and says so only later."""
    scale_to_zero(town)
    release(town)
    complaints = {pod: town.logs.pop((pod, False)) for pod in ("orders-r1-0", "orders-r1-1")}

    async def complains() -> None:
        town.logs |= {(pod, False): lines for pod, lines in complaints.items()}

    town.happenings["scale"] = [complains]
    town.cures["merge_pr"] = lambda asked: True


def no_help(town: Town) -> None:
    scale_to_zero(town)


def untold(town: Town) -> None:
    scale_to_zero(town, told=False)


def all_well(town: Town) -> None:
    pass


def unseen(town: Town) -> None:
    town.signals.knows_requests = False
    town.logs.clear()


def flaps(town: Town) -> None:
    starts = [ONSET - timedelta(minutes=minutes) for minutes in (20, 15, 10, 5)]
    town.signals.firings = [(start, start + timedelta(seconds=30)) for start in starts] + town.signals.firings


def half_blind(town: Town) -> None:
    zero(town)
    town.down.add("github")
    town.slow.add("notion.search_runbooks")


def without_prometheus(town: Town) -> None:
    zero(town)
    town.down.add("prometheus")


# --- what people do


async def nobody(stage: Stage) -> None:
    """Goes home."""


async def approves(stage: Stage) -> None:
    while not stage.incident.status.is_final:
        await stage.clock.sleep(timedelta(seconds=1))
        if stage.incident.status is not Status.AWAITING_APPROVAL:
            continue
        plans = await stage.archive.plans(stage.incident_id)
        if plans and plans[0].ruling is not None and not plans[0].approvals:
            await stage.clock.sleep(timedelta(seconds=5))
            await stage.answer(Answer.YES, reason="go ahead")


async def rejects(stage: Stage) -> None:
    """Says no to the first plan; whatever is planned next, another person answers or nobody does."""
    await stage.until(Status.AWAITING_APPROVAL)
    await stage.clock.sleep(timedelta(seconds=5))
    await stage.answer(Answer.NO, reason="the pull request has other people's work on it")


async def rejects_then_approves(stage: Stage) -> None:
    await rejects(stage)
    await approves(stage)


async def rejects_all(stage: Stage) -> None:
    while not stage.incident.status.is_final:
        await stage.clock.sleep(timedelta(seconds=5))
        plans = await stage.archive.plans(stage.incident_id)
        asked = stage.incident.status is Status.AWAITING_APPROVAL and plans[0].ruling is not None
        if asked and not plans[0].approvals:
            await stage.answer(Answer.NO, reason="the release is needed today")


async def moves_the_ground(stage: Stage) -> None:
    """Somebody changes the very object while the question stands; then the first plan is approved, then the new one."""
    await stage.until(Status.AWAITING_APPROVAL)
    deploy(stage.town, "orders", "reg.example/orders:9.8")
    wrong = stage.town.world.pods_of("orders")
    stage.town.world.lists["pods"] = [pod for pod in stage.town.world.lists["pods"] if pod not in wrong]
    again = World(lists=stage.town.world.lists)
    template = stage.town.object("Deployment", "orders")["spec"]["template"]
    again.replica_set("orders", 3, template, stage.clock.now())
    reason = {"reason": "ImagePullBackOff", "message": 'Back-off pulling image "reg.example/orders:9.8"'}
    status = {"name": "main", "ready": False, "restartCount": 0, "state": {"waiting": reason}}
    again.pod(
        "orders", "orders-r3-0", template, phase="Pending",
        conditions=[{"type": "Ready", "status": "False"}], containerStatuses=[status],
    )  # fmt: skip
    words = 'Failed to pull image "reg.example/orders:9.8": rpc error: reg.example/orders:9.8: not found'
    again.event("Pod", "orders-r3-0", "Failed", words, at=stage.clock.now())
    await approves(stage)


def cancels_at(tool: str, *, after: str = "") -> Act:
    """A person cancels it while this tool is called; `after`: only once that other one has been."""

    async def cancels(stage: Stage) -> None:
        async def waits() -> None:
            stage.town.happenings[tool] = [stage.cancel]

        stage.town.happenings |= {after: [waits]} if after else {tool: [stage.cancel]}

    return cancels


async def resolves_early(stage: Stage) -> None:
    """The alert resolves by itself while specialists look."""

    async def resolves() -> None:
        await stage.fire(status="resolved", service="orders")

    stage.town.happenings["search_runbooks"] = [resolves]


@dataclass(frozen=True)
class Story:
    name: str
    set_up: Callable[[Town], None]
    people: Act
    status: Status
    outcome: Outcome
    deeds: tuple[str, ...] = ()
    cause: str = ""
    service: str = "orders"
    question: str = ""
    golden: bool = False
    alert_says: str = ""
    """What the alert's annotation says besides its summary."""
    model: Callable[[LoopClock], ScriptedModel] | None = None
    """A language model, made anew for each telling."""


STORIES = (
    Story(
        "a step of low risk that the law allows", zero, nobody, Status.RESOLVED, Outcome.RECOVERED,
        ("scale",), "deployment_zero_replicas",
    ),
    Story(
        "a release is reverted after approval", bad_release, approves, Status.RESOLVED, Outcome.RECOVERED,
        ("create_revert_pr", "merge_pr"), "bad_deployment", golden=True,
    ),
    Story(
        "every plan is rejected", bad_release, rejects_all, Status.ESCALATED, Outcome.REJECTED, (), "bad_deployment",
    ),
    Story(
        "a plan is rejected, and the next is carried out", bad_release, rejects_then_approves, Status.RESOLVED,
        Outcome.RECOVERED, ("rollout_undo",), "bad_deployment",
    ),
    Story(
        "nobody answers", bad_release, nobody, Status.ESCALATED, Outcome.APPROVAL_EXPIRED, (), "bad_deployment",
    ),
    Story(
        "the ground moves while a person thinks", bad_image, moves_the_ground, Status.RESOLVED,
        Outcome.RECOVERED, ("set_image",), "incorrect_image_reference",
    ),
    Story(
        "the first theory is wrong, the second right", two_suspects, approves, Status.RESOLVED,
        Outcome.RECOVERED, ("scale", "scale", "create_revert_pr", "merge_pr"), "bad_deployment",
    ),
    Story(
        "nothing helps", no_help, nobody, Status.ESCALATED, Outcome.NO_SAFE_ACTION, ("scale", "scale"),
        "service_no_ready_endpoints",
    ),
    Story(
        "no safe step is known", untold, nobody, Status.ESCALATED, Outcome.NO_SAFE_ACTION, (),
        "deployment_zero_replicas",
    ),
    Story("all is well", all_well, nobody, Status.CLOSED, Outcome.HEALTHY),
    Story("too little can be seen", unseen, nobody, Status.ESCALATED, Outcome.INSUFFICIENT_EVIDENCE),
    Story("the alert flaps", flaps, nobody, Status.CLOSED, Outcome.FLAPPING),
    Story(
        "servers are dead or slow", half_blind, approves, Status.RESOLVED, Outcome.RECOVERED, ("scale",),
        "deployment_zero_replicas",
    ),
    Story(
        "recovery cannot be seen", without_prometheus, approves, Status.ESCALATED, Outcome.INSUFFICIENT_EVIDENCE,
        ("scale",), "deployment_zero_replicas",
    ),
    Story(
        "a person asks", zero, nobody, Status.CLOSED, Outcome.ANSWERED, (), "deployment_zero_replicas",
        question="why do orders fail?",
    ),
    Story("the alert resolves by itself", zero, resolves_early, Status.CLOSED, Outcome.RECOVERED_BY_ITSELF,
          (), "deployment_zero_replicas"),
    Story("it is cancelled before anything is done", zero, cancels_at("preview_scale"), Status.CLOSED,
          Outcome.CANCELLED, (), "deployment_zero_replicas"),
    Story("it is cancelled while recovery is watched", zero, cancels_at("topology", after="scale"), Status.CLOSED,
          Outcome.CANCELLED, ("scale",), "deployment_zero_replicas"),
)  # fmt: skip
BY_NAME = {story.name: story for story in STORIES}


@dataclass
class Told:
    """A story that was told, and what its lives did."""

    stage: Stage
    lives: list[Life] = field(default_factory=list)


def tell(story: Story, *, lives: Sequence[Life] = ()) -> Told:
    """Tell it to its end: first these lives, then one that does not die."""
    return live(_tell(story, list(lives)))


async def _tell(story: Story, lives: list[Life]) -> Told:
    told = await begin(story)
    for life in [*lives, Life()]:
        told.lives.append(life)
        if await told.stage.live(life):
            break
        await told.stage.clock.sleep(life.away)
    await told.stage.go_home()
    return told


def race(story: Story, *lives: Life) -> Told:
    """Tell it with several processes at once."""
    return live(_race(story, list(lives)))


async def _race(story: Story, lives: list[Life]) -> Told:
    told = await begin(story)
    told.lives += lives
    racers = [asyncio.ensure_future(told.stage.live(life)) for life in lives]
    await asyncio.gather(*racers)
    await told.stage.go_home()
    return told


async def begin(story: Story) -> Told:
    """The town is set up, the alert has fired (or the question was asked), and people are at their desks."""
    clock = LoopClock()
    town = shop(clock)
    town.signals.has_golden = story.golden
    story.set_up(town)
    stage = Stage(town, clock, model=story.model(clock) if story.model else None)
    if story.question:
        await stage.ask(story.question, story.service)
    else:
        await stage.fire(says=story.alert_says, service=story.service)
    stage.employ(story.people(stage))
    return Told(stage)
