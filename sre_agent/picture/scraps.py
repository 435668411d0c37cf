"""What readers have gathered on the way to a picture, and the picture made of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from sre_agent.domain.evidence import Unknown
from sre_agent.picture.events import EventView
from sre_agent.picture.golden import golden_signals
from sre_agent.picture.hearsay import Talk, spoken_of, told_of
from sre_agent.picture.inventory import Inventory
from sre_agent.picture.logs import LogChunk
from sre_agent.picture.objects import Obj
from sre_agent.picture.series import Series
from sre_agent.picture.topology import calls_in
from sre_agent.picture.world import ChangeSeen, Firing, Frame, Picture, ProbeResult


@dataclass
class Scraps:
    """What the readers have gathered so far; only used while a picture is being made."""

    objects: list[Obj] = field(default_factory=list)
    logs: list[LogChunk] = field(default_factory=list)
    series: list[Series] = field(default_factory=list)
    probes: list[ProbeResult] = field(default_factory=list)
    changes: list[ChangeSeen] = field(default_factory=list)
    firings: list[Firing] = field(default_factory=list)
    calls: dict[str, tuple[str, ...]] = field(default_factory=dict)
    collected: set[str] = field(default_factory=set)
    unknowns: list[Unknown] = field(default_factory=list)


def assemble(frame: Frame, scraps: Scraps) -> Picture:
    """Index the scraps; call edges that nobody told are read from the workloads' own settings."""
    talk = Talk(scraps.logs, scraps.series, frame.alerts, scraps.calls, frame.namespace)
    heard = [*told_of(scraps.objects, scraps.collected), *spoken_of(talk, scraps.collected)]
    inventory = Inventory([*heard, *scraps.objects])
    calls = {**calls_in(inventory, frame.namespace), **scraps.calls}
    changes = {(seen.change.revision, seen.change.kind): seen for seen in scraps.changes}
    return Picture(
        frame=frame,
        inventory=inventory,
        events=tuple(EventView(obj) for obj in inventory.of("Event")),
        logs=tuple(scraps.logs),
        series=(*scraps.series, *golden_signals(scraps.series)),
        probes=tuple(scraps.probes),
        changes=tuple(sorted(changes.values(), key=lambda seen: seen.change.at)),
        firings=tuple(scraps.firings),
        calls=calls,
        collected=frozenset(scraps.collected),
        unknowns=tuple(scraps.unknowns),
    )
