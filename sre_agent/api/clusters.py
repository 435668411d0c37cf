"""How each cluster is: what is unfinished in it, and whether the agent can look into it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce

from fastapi import APIRouter
from pydantic import Field

from sre_agent.api.callers import GuardedRoute, Parts
from sre_agent.api.views import View
from sre_agent.domain.alert import Severity
from sre_agent.domain.frozen import Moment
from sre_agent.ports.archive import ClusterWork
from sre_agent.ports.toolbox import ServerState

router = APIRouter(route_class=GuardedRoute, tags=["incidents"])
LOOKS = "k8s"


class ClusterHealth(View):
    cluster: str
    unnamed: bool = Field(
        description="whether incidents whose alerts name no cluster count in it: they are ours"
    )
    unfinished: int
    waiting: int = Field(description="of the unfinished, those that wait for a person")
    worst: Severity | None = Field(description="none where nothing is unfinished")
    oldest: Moment | None = Field(description="since when the oldest unfinished one is open")
    reached: bool | None = Field(description="none: it is another's cluster, of which only alerts come here")
    said: str = Field(description="what is known of it, and what to do where it cannot be reached")


class ClusterList(View):
    items: tuple[ClusterHealth, ...]


@router.get("/clusters", operation_id="list_clusters")
async def list_clusters(parts: Parts) -> ClusterList:
    """Our own cluster first, then every other one in which something is unfinished, the worst first."""
    looks = next((each for each in parts.tools.servers() if each.name == LOOKS), None)
    return ClusterList(items=tuple(_told(parts.settings.cluster, await parts.archive.clusters(), looks)))


def _told(ours: str, busy: Iterable[ClusterWork], looks: ServerState | None) -> Iterable[ClusterHealth]:
    known = {each.cluster: each for each in busy}
    unnamed = known.pop("", None)
    reached = looks is not None and looks.connected
    own = [each for each in (known.pop(ours, None), unnamed) if each]
    work = reduce(ClusterWork.joined, own) if own else None
    yield _health(ours, work, reached, _of_ours(looks)).model_copy(update={"unnamed": unnamed is not None})
    for name, work in known.items():
        yield _health(name, work, None, "Only its alerts come here; the agent cannot look into it.")


def _of_ours(looks: ServerState | None) -> str:
    if looks is None or not looks.configured:
        return "No Kubernetes tool server is set up: set MCP_K8S_URL to look into it."
    if looks.connected:
        return "The Kubernetes tool server answers."
    return f"The Kubernetes tool server does not answer: {looks.error or 'it was not called yet'}."


def _health(name: str, work: ClusterWork | None, reached: bool | None, said: str) -> ClusterHealth:
    return ClusterHealth(
        cluster=name,
        unnamed=False,
        unfinished=work.unfinished if work else 0,
        waiting=work.waiting if work else 0,
        worst=work.worst if work else None,
        oldest=work.oldest if work else None,
        reached=reached,
        said=said,
    )
