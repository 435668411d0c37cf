"""Pods without a node because of where they may run: selector, affinity, taints, cordoned nodes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import JsonValue

from sre_agent.catalogue.cause import DECISIVE, SLIGHT, STRONG, Cause, Entry, Lead, Neighbour
from sre_agent.catalogue.placing import Fit, affinity_terms
from sre_agent.catalogue.rollouts import revision_before
from sre_agent.catalogue.subjects import WORKLOADS
from sre_agent.catalogue.unplaced import Unplaced, blamed, rival_of_cordon, unplaced
from sre_agent.domain.diagnosis import Layer
from sre_agent.domain.evidence import Citation
from sre_agent.picture.objects import dig, items, mapping
from sre_agent.picture.world import Picture


def _hindered(picture: Picture, reason: str) -> Iterable[tuple[Unplaced, tuple[Fit, ...], float]]:
    """(pods without a node for this reason, nodes concerned, weight)."""
    for one in unplaced(picture):
        found, nodes, agreed = blamed(one)
        if found == reason:
            yield one, nodes, DECISIVE if agreed else STRONG
        elif found == "cordon" and rival_of_cordon(picture, one) == reason:
            yield one, one.fits, DECISIVE - SLIGHT


def _selector(picture: Picture) -> Iterable[Lead]:
    for one, nodes, weight in _hindered(picture, "selector"):
        wanted = one.pod.mapping("spec", "nodeSelector")
        told = ", ".join(f"{key}={value}" for key, value in wanted.items())
        yield Lead(
            cause="node_selector_mismatch",
            entity=one.subject.owner.ref,
            weight=weight,
            statement=f"{one.subject.owner.ref} gets no node: its nodeSelector ({told}) matches none of them"
            f"{_nearly(wanted, nodes)}.",
            citations=(*one.words(), *_field(one, "nodeSelector")),
            hints={
                "selector": dict(wanted),
                **_undo(picture, one, lambda spec: mapping(spec, "nodeSelector")),
            },
            unseen=one.unseen,
        )


def _nearly(wanted: Mapping[str, str], nodes: tuple[Fit, ...]) -> str:
    """The values that nodes do have for the labels it wants."""
    found = {
        f"{key}={fit.node.labels[key]}"
        for fit in nodes
        for key in wanted
        if key in fit.node.labels and fit.node.labels[key] != wanted[key]
    }
    return f" (nodes have {', '.join(sorted(found)[:4])})" if found else " (no node carries the label)"


def _affinity(picture: Picture) -> Iterable[Lead]:
    for one, _, weight in _hindered(picture, "affinity"):
        told = "; ".join(_term(term) for term in affinity_terms(one.pod.mapping("spec")))
        yield Lead(
            cause="node_affinity_mismatch",
            entity=one.subject.owner.ref,
            weight=weight,
            statement=f"{one.subject.owner.ref} gets no node: its required node affinity ({told or 'see the pod'}) "
            "matches none of them.",
            citations=(*one.words(), *_terms(one)),
            hints={
                "affinity": True,
                **_undo(picture, one, lambda spec: dig(spec, "affinity", "nodeAffinity")),
            },
            unseen=one.unseen,
        )


def _term(term: Mapping[str, Any]) -> str:
    parts = [*items(term, "matchExpressions"), *items(term, "matchFields")]
    return " and ".join(
        f"{part.get('key')} {part.get('operator')} {','.join(map(str, part.get('values') or ()))}".strip()
        for part in parts
    )


def _terms(one: Unplaced) -> tuple[Citation, ...]:
    required = "requiredDuringSchedulingIgnoredDuringExecution"
    path = ("spec", "affinity", "nodeAffinity", required, "nodeSelectorTerms")
    return (one.pod.quote(*path),) if one.pod.dig(*path) else ()


def _field(one: Unplaced, name: str) -> tuple[Citation, ...]:
    return (one.pod.quote("spec", name),) if one.pod.dig("spec", name) else ()


def _undo(picture: Picture, one: Unplaced, part: Any) -> dict[str, JsonValue]:
    return revision_before(picture, one.subject.owner, part)


def _taint(picture: Picture) -> Iterable[Lead]:
    for one, nodes, weight in _hindered(picture, "taint"):
        taints = {_written(taint): fit.node.name for fit in nodes for taint in fit.taints}
        told = ", ".join(f"{taint} on {node}" for taint, node in sorted(taints.items())[:4])
        yield Lead(
            cause="taint_toleration_mismatch",
            entity=one.subject.owner.ref,
            weight=weight,
            statement=f"{one.subject.owner.ref} gets no node: those that would fit are tainted"
            f"{f' ({told})' if told else ''}, and it does not tolerate that.",
            citations=(*one.words(), *(fit.node.quote("spec", "taints") for fit in nodes[:3])),
            hints={
                "nodes": [fit.node.name for fit in nodes],
                "taints": [*sorted(taints)],
                **_undo(picture, one, lambda spec: items(spec, "tolerations")),
            },
            unseen=one.unseen,
        )


def _written(taint: Mapping[str, Any]) -> str:
    """As `kubectl taint` takes it."""
    value = f"={taint['value']}" if taint.get("value") else ""
    return f"{taint.get('key')}{value}:{taint.get('effect')}"


def _cordon(picture: Picture) -> Iterable[Lead]:
    for one, nodes, weight in _hindered(picture, "cordon"):
        names = [fit.node.name for fit in nodes]
        yield Lead(
            cause="node_cordon_mismatch",
            entity=one.subject.owner.ref,
            weight=weight,
            statement=f"{one.subject.owner.ref} gets no node: those that would fit "
            f"({', '.join(names[:4]) or 'see the scheduler'}) are cordoned.",
            citations=(*one.words(), *(fit.node.quote("spec", "unschedulable") for fit in nodes[:3])),
            hints={"nodes": list(names)},
            unseen=one.unseen,
        )


def _cause(code: str, title: str, description: str, **told: Any) -> Cause:
    return Cause(
        code=code, layer=Layer.RUNTIME, entity_kinds=WORKLOADS, title=title, description=description, **told
    )


ENTRIES = (
    Entry(
        _cause(
            "node_selector_mismatch",
            "No node carries the labels it selects",
            "The pod's nodeSelector names labels that no node has, so the scheduler finds none.",
            supports=("the pod waits for a node, and every node lacks a label of its nodeSelector",),
            rules_out=("a node carries all the labels", "the pod has a node"),
            neighbours=(
                Neighbour(
                    "node_affinity_mismatch", "the pod has no nodeSelector, but a required node affinity"
                ),
                Neighbour("taint_toleration_mismatch", "a node does carry the labels, and is tainted"),
                Neighbour("node_cordon_mismatch", "a node does carry the labels, and is cordoned"),
            ),
            remedies=("undo_rollout", "mend_selector_by_hand"),
        ),
        _selector,
    ),
    Entry(
        _cause(
            "node_affinity_mismatch",
            "No node meets its required affinity",
            "The pod's required node affinity holds for no node.",
            supports=("the pod waits for a node, and no term of its required affinity holds for any",),
            rules_out=("a term holds for a node", "the affinity is only preferred"),
            neighbours=(
                Neighbour("node_selector_mismatch", "what matches no node is the nodeSelector"),
                Neighbour(
                    "pod_anti_affinity_conflict", "what keeps it away is other pods, not labels of nodes"
                ),
            ),
            remedies=("undo_rollout", "mend_affinity_by_hand"),
        ),
        _affinity,
    ),
    Entry(
        _cause(
            "taint_toleration_mismatch",
            "The nodes that would fit are tainted",
            "Nodes that suit the pod carry a taint that it does not tolerate.",
            supports=(
                "the pod waits for a node, and each node that suits its labels has an untolerated taint",
            ),
            rules_out=("the taint is the cordon's own, or that of an ill node",),
            neighbours=(
                Neighbour("node_cordon_mismatch", "the taint is node.kubernetes.io/unschedulable"),
                Neighbour("node_not_ready", "the taint is node.kubernetes.io/not-ready or unreachable"),
            ),
            remedies=("undo_rollout", "tolerate_by_hand"),
        ),
        _taint,
    ),
    Entry(
        _cause(
            "node_cordon_mismatch",
            "The nodes that would fit are cordoned",
            "Somebody keeps new pods away from every node that suits this one.",
            supports=("the pod waits for a node, and each node that suits it is unschedulable",),
            rules_out=("a node that suits it is schedulable",),
            neighbours=(
                Neighbour("taint_toleration_mismatch", "the node carries another taint than the cordon's"),
                Neighbour("node_selector_mismatch", "no node suits its labels in the first place"),
            ),
            remedies=("uncordon",),
        ),
        _cordon,
    ),
)
