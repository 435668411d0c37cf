"""From a snapshot's path to its answer: read, draw the picture, diagnose, plan, and keep only words that stand."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

from sre_agent.domain.diagnosis import Diagnosis, Hypothesis
from sre_agent.domain.evidence import Unknown
from sre_agent.offline.answer import Answer, plan_told
from sre_agent.offline.beginning import began
from sre_agent.offline.framing import alerts_of, frame_of_snapshot, looked_into, named_in
from sre_agent.offline.planning import planned
from sre_agent.offline.standing import Texts
from sre_agent.orient.engine import Thinking, diagnose
from sre_agent.picture.recorded import picture_of_snapshot
from sre_agent.picture.world import Picture
from sre_agent.policy.reading import LawFile
from sre_agent.policy_engine import PolicyEngine
from sre_agent.snapshots.content import Snapshot
from sre_agent.snapshots.reading import read_snapshot
from sre_agent.snapshots.store import Files, open_files

DEFAULT_LAW = Path(__file__).parent.parent / "config" / "policies.yaml"


@cache
def default_law() -> PolicyEngine:
    """The law as it is shipped."""
    return PolicyEngine.read([LawFile(DEFAULT_LAW.name, DEFAULT_LAW.read_text(encoding="utf-8"))])


def answer_for(where: Path) -> Answer:
    """The answer for the snapshot at a path. Raises SnapshotRefused, naming file and place."""
    began = time.perf_counter()
    files = open_files(where)
    snapshot = read_snapshot(where, files)
    picture = picture_of_recording(snapshot)
    diagnosis = with_standing_words(diagnose(picture, Thinking(may_ask=False)).diagnosis, files, snapshot)
    plan = planned(diagnosis, picture, default_law())
    return Answer(
        name=where.name.removesuffix(".gz").removesuffix(".tar"),
        diagnosis=diagnosis,
        plan=plan_told(plan),
        tool_calls=len(files.paths()),
        seconds=time.perf_counter() - began,
    )


def diagnosis_of(snapshot: Snapshot) -> tuple[Diagnosis, Picture]:
    """The diagnosis of a snapshot in memory, and the picture it was made from; excerpts are not looked up again."""
    picture = picture_of_recording(snapshot)
    return diagnose(picture, Thinking(may_ask=False)).diagnosis, picture


def picture_of_recording(snapshot: Snapshot) -> Picture:
    """The picture, framed by its alerts and by the objects that the complaint names."""
    alerts, unknowns = alerts_of(snapshot)
    picture = picture_of_snapshot(snapshot, frame_of_snapshot(snapshot, alerts))
    frame = picture.frame
    named = named_in(frame.complaint, picture.inventory)
    if frame.complaint and not named and not alerts:
        named = looked_into(picture)
    if not alerts and (start := began(picture.series)):
        frame = replace(frame, started_at=start)
    entities = tuple(dict.fromkeys([*frame.entities, *named]))
    framed = replace(frame, entities=entities)
    return replace(picture, frame=framed, unknowns=(*picture.unknowns, *unknowns))


def with_standing_words(diagnosis: Diagnosis, files: Files, snapshot: Snapshot) -> Diagnosis:
    """The diagnosis with each excerpt looked up again in the file it names."""
    cited = {citation.source for one in diagnosis.hypotheses for citation in one.evidence}
    texts = Texts(_texts(cited, files, snapshot))
    hypotheses = tuple(_standing(one, texts) for one in diagnosis.hypotheses)
    return diagnosis.model_copy(update={"hypotheses": hypotheses})


def _texts(cited: set[str], files: Files, snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    logs = {log.path: log for log in snapshot.logs or ()}
    known = set(files.paths())
    for path in sorted(cited):
        if path in logs:
            yield path, "\n".join(logs[path].lines)
        elif path in known:
            yield path, files.read(path).decode("utf-8", errors="replace")


def _standing(one: Hypothesis, texts: Texts) -> Hypothesis:
    kept = tuple(citation for citation in one.evidence if texts.stands(citation))
    return one if len(kept) == len(one.evidence) else one.model_copy(update={"evidence": kept})


def refused_answer(where: str, reason: str) -> dict[str, object]:
    """What a batch writes for a snapshot that cannot be read: no claim, and why."""
    unknown = Unknown(what=where, why=reason, would_have_told="everything")
    return {
        "outcome": "insufficient_evidence",
        "reason": f"the snapshot cannot be read: {reason}",
        "hypotheses": [],
        "plan": [],
        "timeline": [],
        "unknowns": [f"{unknown.what}: {unknown.why}"],
        "tool_calls": 0,
        "seconds": 0.0,
    }
