"""Probes that are wrong about a healthy container: by port, path, protocol or timing; and starts that outlast them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from pydantic import JsonValue

from sre_agent.catalogue.asking import Probe, killed, timings
from sre_agent.catalogue.cause import DECISIVE, SLIGHT, STRONG, Cause, Entry, Lead, Neighbour
from sre_agent.catalogue.probing import Judged, Wrong, judged_probes
from sre_agent.catalogue.rollouts import revision_before
from sre_agent.catalogue.words import brief
from sre_agent.domain.diagnosis import Layer
from sre_agent.domain.evidence import Citation
from sre_agent.picture.objects import items
from sre_agent.picture.world import Picture

WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "Pod")


def _find(code: str, kind: str, wrong: Wrong) -> Callable[[Picture], Iterable[Lead]]:
    def find(picture: Picture) -> Iterable[Lead]:
        for one in judged_probes(picture):
            if one.probe.kind == kind and one.wrong is wrong:
                yield _lead(picture, one, code)

    return find


def _startup(picture: Picture) -> Iterable[Lead]:
    """Whatever is wrong with a startup probe shows as a start that it does not allow."""
    for one in judged_probes(picture):
        if one.probe.kind == "startup":
            yield _lead(picture, one, "startup_probe_too_short")


def _lead(picture: Picture, one: Judged, code: str) -> Lead:
    owner, view, probe = one.subject.owner, one.view, one.probe
    field = f"{probe.kind}Probe"
    ended = killed(picture, view) if probe.kind != "readiness" else ()
    return Lead(
        cause=code,
        entity=owner.ref,
        weight=DECISIVE if one.firm else STRONG + (SLIGHT if ended else 0.0),
        statement=f"{owner.ref}: the {probe.kind} probe of {view.name} {_words(one)}; it "
        f"{'keeps a container out that runs' if probe.kind == 'readiness' else 'ends a container that runs'}."
        + (f" ({brief(one.events[-1].message, 140)})" if one.events else ""),
        citations=(
            *(event.quote() for event in one.events[-2:]),
            *(event.quote() for event in ended[-1:]),
            view.quote(field),
            *_ports(one),
        ),
        hints=_hints(picture, one, field),
    )


def _ports(one: Judged) -> tuple[Citation, ...]:
    return (one.view.quote("ports"),) if one.view.ports and one.wrong is Wrong.PORT else ()


def _words(one: Judged) -> str:
    probe = one.probe
    if one.wrong is Wrong.PORT:
        return f"asks port {probe.port}, but the program listens on {one.right}"
    if one.wrong is Wrong.PATH:
        return f"asks path {probe.path}, which the program does not serve" + (
            f" (another probe asks {one.right})" if one.right else ""
        )
    if one.wrong is Wrong.PROTOCOL:
        return f"speaks {_tongue(probe)}, which the program does not speak on port {probe.port}" + (
            f" (it speaks {one.right})" if one.right else ""
        )
    told = ", ".join(f"{name} {value}" for name, value in timings(probe).items())
    return f"gives too little time ({told or 'by its defaults: a second'})"


def _tongue(probe: Probe) -> str:
    return probe.scheme if probe.handler == "httpGet" else probe.handler


def _hints(picture: Picture, one: Judged, field: str) -> dict[str, JsonValue]:
    name = one.view.name

    def of_container(spec: object) -> object:
        return [each.get(field) for each in items(spec, "containers") if each.get("name") == name]

    hints: dict[str, JsonValue] = {
        "container": name,
        "probe": one.probe.kind,
        "timings": {**timings(one.probe)},
    }
    if one.wrong is Wrong.PORT:
        hints["port"] = one.right
    elif one.wrong is Wrong.PATH:
        hints["path"] = one.right
    elif one.wrong is Wrong.PROTOCOL and one.right in ("HTTP", "HTTPS"):
        hints["scheme"] = one.right
    return {**hints, **revision_before(picture, one.subject.owner, of_container)}


_cause = partial(Cause, layer=Layer.RUNTIME, entity_kinds=WORKLOADS)
_HARM = {"liveness": "kills a healthy container", "readiness": "keeps a healthy container out"}
_FAULTS = {
    Wrong.PORT: (
        "asks the wrong port",
        "asks a port on which nothing listens",
        ("the probe is refused, and its port is none that the container declares",),
        ("the probe asks a declared port",),
        ("path", "the port answers, with an HTTP status of 400 or more"),
    ),
    Wrong.PATH: (
        "asks the wrong path",
        "asks a path that the program does not serve",
        ("the probe fails with status 404, 405 or 410",),
        ("the answer is 5xx: the program itself is not well",),
        ("protocol", "the answer is not understood at all, or is of another protocol"),
    ),
    Wrong.PROTOCOL: (
        "speaks the wrong protocol",
        "speaks a protocol that the program does not speak on that port",
        ("'malformed HTTP response', 'server gave HTTP response to HTTPS client'", "another probe asks the same port in another way"),
        ("the answer is an HTTP status",),
        ("port", "nothing listens on the port at all"),
    ),
    Wrong.TIMING: (
        "gives too little time",
        "asks the right question too early, too often, or with too little time for an answer",
        ("the probe times out, or gives up within seconds of the start, and the program is ended by a signal",),
        ("the program ends itself with an error",),
        ("path", "the probe is answered in time, with an HTTP error"),
    ),
}  # fmt: skip


def _entry(kind: str, wrong: Wrong) -> Entry:
    title, text, supports, rules_out, (other, told) = _FAULTS[wrong]
    code = f"{kind}_probe_incorrect_{wrong.value}"
    return Entry(
        _cause(
            code=code,
            title=f"The {kind} probe {title}",
            description=f"The probe {text}, and {_HARM[kind]}.",
            supports=supports,
            rules_out=rules_out,
            neighbours=(
                Neighbour(f"{kind}_probe_incorrect_{other}", told),
                Neighbour(
                    "application_startup_crash", "the container ends by itself, with an error of its own"
                ),
            ),
            remedies=(f"repair_probe_{wrong.value}", "undo_rollout", "mend_probe_by_hand"),
        ),
        _find(code, kind, wrong),
    )


ENTRIES = (
    *(_entry(kind, wrong) for kind in _HARM for wrong in Wrong),
    Entry(
        _cause(
            code="startup_probe_too_short",
            title="The start takes longer than the startup probe allows",
            description="The startup probe gives up before the program is up, and it is started again and again.",
            supports=("'failed startup probe, will be restarted'",),
            rules_out=("the program ends itself", "there is no startup probe"),
            neighbours=(
                Neighbour("liveness_probe_incorrect_timing", "it is the liveness probe that ends it"),
                Neighbour("application_startup_crash", "the program ends itself while it starts"),
            ),
            remedies=("undo_rollout", "mend_probe_by_hand"),
        ),
        _startup,
    ),
)
