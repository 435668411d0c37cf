"""An alert of a node alone names nothing that runs there; what runs on a node that is not ready is looked at with it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sre_agent.catalogue.machines import pods_on
from sre_agent.domain.evidence import Question, Specialist
from sre_agent.observe.scene import NamedCall
from sre_agent.observe.specialists.kubernetes import REPERTOIRE
from sre_agent.picture.reading import Kept, picture_of
from sre_agent.picture.world import Frame

ASKED = Question(id="q", specialist=Specialist.KUBERNETES, ask="nodes", why="are the nodes well?")


def node(name: str, ready: str) -> dict[str, Any]:
    return {"metadata": {"name": name}, "status": {"conditions": [{"type": "Ready", "status": ready}]}}


def pod(name: str, on: str) -> dict[str, Any]:
    owner = {"kind": "ReplicaSet", "name": "web-1", "controller": True}
    return {
        "metadata": {"name": name, "namespace": "front", "ownerReferences": [owner]},
        "spec": {"nodeName": on},
        "status": {"phase": "Running"},
    }


def told(*nodes: dict[str, Any]) -> Kept:
    return Kept("E1", "kubernetes/nodes", {}, {"collected": {"nodes": list(nodes)}})


def followed(*nodes: dict[str, Any]) -> tuple[NamedCall, ...]:
    ask = REPERTOIRE["nodes"]
    assert ask.follow_up is not None
    return ask.follow_up(ASKED, None, [told(*nodes)])  # type: ignore[arg-type]


def test_what_runs_on_a_node_that_is_not_ready_is_asked_in_every_namespace() -> None:
    (asked,) = followed(node("good", "True"), node("lost", "Unknown"))
    assert f"{asked.call.server}.{asked.call.tool}" == "k8s.list_objects"
    assert asked.call.arguments == {"kind": "pods", "field_selector": "spec.nodeName=lost"}


def test_where_the_nodes_are_well_or_very_many_are_not_little_is_asked() -> None:
    assert followed(node("good", "True"), {"metadata": {"name": "untold"}}) == ()
    assert len(followed(*(node(f"n{number}", "False") for number in range(50)))) == 3


def test_its_pods_are_known_then_each_once_though_their_namespace_was_listed_too() -> None:
    (asked,) = followed(node("lost", "Unknown"))
    listed = Kept("E2", asked.name, asked.call.arguments, {"items": [pod("web-1-a", "lost")]})
    namespace = Kept(
        "E3",
        "kubernetes/namespace",
        {},
        {"collected": {"pods": [pod("web-1-a", "lost"), pod("web-1-b", "good")]}},
    )
    frame = Frame(now=datetime(2026, 5, 4, 12, tzinfo=UTC))
    for kept in ([listed], [listed, namespace], [namespace, listed]):
        picture = picture_of(frame, [told(node("lost", "Unknown")), *kept])
        assert pods_on(picture, "lost") == [{"namespace": "front", "name": "web-1-a", "owner": "ReplicaSet"}]
    assert (
        REPERTOIRE["nodes"].claims(ASKED, [told(node("lost", "Unknown")), listed])[-1].sentence
        == "1 pods run on lost"
    )
