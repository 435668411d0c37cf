"""Changes that roll a workload out again: a restart, and going back to an earlier revision. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from mcp_servers.k8s import shape
from mcp_servers.k8s.asks import RolloutRestart, RolloutUndo
from mcp_servers.k8s.blast import of_template
from mcp_servers.k8s.change import Around, Change, JsonMap, UndoPlan
from mcp_servers.k8s.pointers import pointer, put, puts
from mcp_servers.k8s.rollouts import Revision
from mcp_servers.k8s.shape import Json
from mcp_servers.k8s.workload_changes import at_workload, image_fields, refuse_paused
from mcp_servers.kit.errors import Code, ToolError

TEMPLATE: Final = "/spec/template"
RESTARTED: Final = pointer("spec", "template", "metadata", "annotations", "kubectl.kubernetes.io/restartedAt")
NOT_TAKEN_BACK: Final = frozenset({shape.LAST_APPLIED, shape.STEP, shape.EARLIER_STEPS})
CONTROLLERS_OWN: Final = "deployment.kubernetes.io/"


def restart_at(moment: Callable[[], str]) -> Callable[[Json, RolloutRestart, Around], Change]:
    """As `kubectl rollout restart`: a time in the template's annotations makes it a new one."""

    def rollout_restart(item: Json, ask: RolloutRestart, around: Around) -> Change:
        refuse_paused(item)
        return Change(
            tuple(put(item, RESTARTED, moment())),
            (RESTARTED,),
            UndoPlan(
                None, statement="A restart leaves nothing to restore: the pods are new, the template is not."
            ),
            blast=of_template(item, around),
        )

    return rollout_restart


def rollout_undo(item: Json, ask: RolloutUndo, around: Around) -> Change:
    """As `kubectl rollout undo`: the template of the chosen revision replaces the present one."""
    refuse_paused(item)
    _refuse_unobserved(item)
    chosen = _chosen(item, ask, around)
    operations = put(item, TEMPLATE, chosen.template)
    notes = _annotations_of(chosen, item) if operations else {}
    operations += puts(item, notes)
    current = around.revisions.current
    undo = UndoPlan(None, statement="The revision it has now is not kept, so there is no way back to it.")
    if around.revisions.numbered(current) is not None:
        undo = UndoPlan(
            "rollout_undo",
            {**at_workload(item), "to_revision": current},
            f"Go back to revision {current}, the one before this.",
            rests_on=image_fields(chosen.template),
        )
    return Change(tuple(operations), (TEMPLATE, *notes), undo, blast=of_template(item, around))


def _refuse_unobserved(item: Json) -> None:
    """Until the controller has numbered the present template, `the one before` is not what it seems."""
    generation, observed = shape.meta(item).get("generation", 0), shape.status(item).get("observedGeneration")
    if observed is not None and observed < generation:
        raise ToolError(
            Code.UNAVAILABLE,
            f"The controller has not yet seen the last change of {item.get('kind')} {shape.name_of(item)}.",
            try_next="Ask again in a moment.",
        )


def _annotations_of(chosen: Revision, item: Json) -> JsonMap:
    """Pointer → value: what a Deployment's annotations said of that revision, such as its change cause."""
    if item.get("kind") != "Deployment":
        return {}
    told: dict[str, str | None] = (
        {shape.CHANGE_CAUSE: None} if shape.CHANGE_CAUSE in shape.annotated(item) else {}
    )
    for name, value in shape.annotated(chosen.source).items():
        if name not in NOT_TAKEN_BACK and not name.startswith(CONTROLLERS_OWN):
            told[name] = value
    return {
        pointer("metadata", "annotations", name): value
        for name, value in told.items()
        if shape.annotated(item).get(name) != value
    }


def _chosen(item: Json, ask: RolloutUndo, around: Around) -> Revision:
    revisions = around.revisions
    found = revisions.numbered(ask.to_revision) if ask.to_revision else revisions.before_current()
    if found is not None:
        return found
    numbers = ", ".join(str(each.number) for each in revisions.all) or "none"
    wanted = f"no revision {ask.to_revision}" if ask.to_revision else "no earlier revision"
    raise ToolError(
        Code.NOT_FOUND,
        f"{item.get('kind')} {shape.name_of(item)} has {wanted}; kept are: {numbers} (now {revisions.current}).",
        try_next="See rollout_history.",
    )
