"""Settings and flags that people changed while programs ran, and releases of which only the change was recorded."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import timedelta

from pydantic import JsonValue

from sre_agent.catalogue.cause import FAIR, SLIGHT, STRONG, Cause, Entry, Lead, Neighbour
from sre_agent.catalogue.families.agreements import ROTATION
from sre_agent.catalogue.hearing import shortened
from sre_agent.catalogue.recent import Suffering, changed_before, quote_change, staleness, suffering
from sre_agent.catalogue.rollouts import (
    began_before_onset,
    container_of,
    environment_of,
    latest_rollout,
    undo_hints,
)
from sre_agent.catalogue.said import Words, of_speaker, pattern
from sre_agent.domain.diagnosis import Layer
from sre_agent.picture.drift import Drift, drifts_of
from sre_agent.picture.objects import Obj
from sre_agent.picture.source import as_written
from sre_agent.picture.world import ChangeSeen, Picture

_FLAG_NAME = re.compile(
    r"(?:^|[_.-])(?:feature|flag|ff|toggle|experiment|rollout|enable[ds]?|disable[ds]?|use)(?:$|[_.-])", re.I
)
_FLAG_VALUE = re.compile(r"^(?:true|false|on|off|yes|no|enabled|disabled|\d{1,3}%?)$", re.I)
_PULL = re.compile(r"#(\d+)")
AT_ONCE = timedelta(minutes=5)


_ON = r"(?:is |was |are )?(?:switched |turned )?(?:on|enabled|active)\b"
_SAID = Words(
    "feature_flag_regression",
    pattern(
        rf"(?:error|exception|fail|panic|unsupported|unknown|not implemented).{{0,200}}\b(?:feature(?: ?flag)?|flag|toggle|experiment)s? [\"']?[\w.-]{{3,60}}[\"']? {_ON}",
        rf"\b(?:feature(?: ?flag)?|flag|toggle|experiment)s? [\"']?[\w.-]{{3,60}}[\"']? {_ON}.{{0,200}}(?:error|exception|fail|panic|unsupported|not implemented)",
    ),
    "fails in what a feature flag switches on",
    weight=STRONG + SLIGHT,
)
"""A failure that names a flag as switched on, where nobody recorded when it was switched."""


def is_flag(key: str, value: str) -> bool:
    """A switch, not a setting: its name says so and its value is yes, no or a share."""
    return bool(_FLAG_NAME.search(key) and _FLAG_VALUE.match(value.strip()))


def _flag(picture: Picture) -> Iterable[Lead]:
    for seen, workload in changed_before(picture, "flag"):
        if ill := suffering(picture, workload, seen.change.at):
            yield _of_change(picture, "feature_flag_regression", "The flag", (seen, workload), ill)
    for workload, drift, ill in _drifted(picture):
        if is_flag(drift.key, drift.now):
            yield _of_drift("feature_flag_regression", workload, drift, ill)
    yield from _of_rollouts(picture, "feature_flag_regression", flags=True)
    yield from of_speaker(_SAID)(picture)


def _setting(picture: Picture) -> Iterable[Lead]:
    """Settings that changed under a program that goes on running, or with a roll-out that changed nothing else."""
    for seen, workload in changed_before(picture, "config"):
        if ill := suffering(picture, workload, seen.change.at):
            yield _of_change(picture, "bad_config_change", "The setting", (seen, workload), ill)
    for workload, drift, ill in _drifted(picture):
        if not is_flag(drift.key, drift.now) and ill.words:
            yield _of_drift("bad_config_change", workload, drift, ill)
    yield from _of_rollouts(picture, "bad_config_change", flags=False)


def _release(picture: Picture) -> Iterable[Lead]:
    """Releases that only the list of changes tells of: no ReplicaSets were read."""
    for seen, workload in changed_before(picture, "deploy", "merge"):
        known = latest_rollout(picture, workload)
        if known is None and (ill := suffering(picture, workload, seen.change.at)):
            yield _of_change(picture, "bad_deployment", "The release", (seen, workload), ill)


def _of_change(
    picture: Picture, cause: str, what: str, changed: tuple[ChangeSeen, Obj], ill: Suffering
) -> Lead:
    seen, workload = changed
    change = seen.change
    said = f": {shortened(ill.words[-1].text, 120)}" if ill.words else ""
    number = _PULL.search(change.title)
    near = SLIGHT if (picture.onset - change.at).total_seconds() <= 900 else 0.0
    is_setting = change.kind in ("flag", "config") and not ROTATION.search(change.title)
    near += STRONG if is_setting and _at_once(seen, ill) else 0.0
    return Lead(
        cause=cause,
        entity=workload.ref,
        weight=STRONG + near - (staleness(picture, seen) if change.kind in ("deploy", "merge") else 0.0),
        statement=f"{what} {change.title or change.revision} of {change.at:%H:%M:%S} brought the fault of {workload.ref}{said}",
        citations=(quote_change(seen), *ill.citations[:3]),
        change=change,
        hints={**undo_hints(picture, workload), "pull_number": int(number.group(1)) if number else None},
    )


def _at_once(seen: ChangeSeen, ill: Suffering) -> bool:
    """Whether what it says was first said within minutes after the change, by a log that reaches further back."""
    first = [one.first for one in ill.words if one.first is not None]
    return bool(first) and min(first) - seen.change.at <= AT_ONCE


def _drifted(picture: Picture) -> Iterator[tuple[Obj, Drift, Suffering]]:
    """Keys that are no longer as they were applied, of workloads that suffer since the onset and run."""
    for workload in picture.inventory.workloads:
        drifts = list(drifts_of(workload, picture.inventory))
        ill = suffering(picture, workload, picture.onset) if drifts else None
        if ill:
            yield from ((workload, drift, ill) for drift in drifts)


def _of_drift(cause: str, workload: Obj, drift: Drift, ill: Suffering) -> Lead:
    named = any(drift.key.lower() in one.text.lower() for one in ill.words)
    was = repr(drift.applied) if drift.applied is not None else "not there"
    return Lead(
        cause=cause,
        entity=workload.ref,
        weight=FAIR + SLIGHT + (FAIR if named else 0.0),
        statement=f"{workload.ref} suffers since {drift.key} of {drift.holder.ref} is {drift.now!r}; as it was applied it was {was}.",
        citations=(drift.quote_now(), *drift.quote_applied(), *ill.citations[:2]),
        hints={"config_map": drift.holder.name, "key": drift.key, "value": drift.applied},
    )


def _of_rollouts(picture: Picture, cause: str, *, flags: bool) -> Iterator[Lead]:
    """A roll-out shortly before the onset that changed variables and no image."""
    for workload in picture.inventory.workloads:
        rollout = latest_rollout(picture, workload)
        if rollout is None or rollout.before is None or not began_before_onset(picture, rollout.at):
            continue
        changed = _variables(rollout.newest, rollout.before)
        fitting = [one for one in changed if is_flag(one[1], one[3]) is flags]
        ill = suffering(picture, workload, rollout.at) if fitting else None
        if ill:
            yield _of_variable(cause, workload, fitting[0], ill, undo_hints(picture, workload))


def _variables(newest: Obj, before: Obj) -> list[tuple[str, str, str, str]]:
    """(container, variable, value before, value now); none where an image changed too."""
    found = []
    for container in newest.containers():
        name = str(container.get("name"))
        former = container_of(before, name)
        if former.get("image") != container.get("image"):
            return []
        old, new = environment_of(former), environment_of(container)
        found += [(name, key, old.get(key, ""), value) for key, value in new.items() if old.get(key) != value]
    return found


def _of_variable(
    cause: str, workload: Obj, changed: tuple[str, str, str, str], ill: Suffering, undo: dict[str, JsonValue]
) -> Lead:
    container, name, before, now = changed
    return Lead(
        cause=cause,
        entity=workload.ref,
        weight=STRONG,
        statement=f"{workload.ref} suffers since its roll-out changed {name} from {before!r} to {now!r}.",
        citations=(
            workload.source.quote(f'{as_written("name", name)}, {as_written("value", now)}'),
            *ill.citations[:3],
        ),
        hints={**undo, "container": container, "variable": name, "value": before},
    )


ENTRIES = (
    Entry(
        Cause(
            code="feature_flag_regression",
            layer=Layer.BUSINESS_LOGIC,
            entity_kinds=("Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "Pod"),
            title="A feature flag brought the fault",
            description="The workload began to fail when a flag was switched; neither its code nor its other settings changed.",
            supports=(
                "a flag was switched shortly before the first symptom",
                "errors come from what the flag switches on",
            ),
            rules_out=("the flag was switched after the first symptom",),
            neighbours=(
                Neighbour("bad_config_change", "what changed is a setting with a value, not a switch"),
                Neighbour("bad_deployment", "a release came at the same time and touches what fails"),
            ),
            remedies=("restore_setting", "undo_rollout", "switch_flag_back_by_hand"),
        ),
        _flag,
    ),
)
ALSO = (("bad_config_change", _setting), ("bad_deployment", _release))
