"""Jobs that gave up or ran out of time, CronJobs that are suspended or miss their time; namespaces that do not go.

Conditions of a Job: Failed with BackoffLimitExceeded, DeadlineExceeded, PodFailurePolicy; events of the CronJob controller
(`FailedNeedsStart`, `MissSchedule`, `TooManyMissedTimes`); conditions of a Namespace that is Terminating (NamespaceFinalizersRemaining …).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from functools import partial

from sre_agent.catalogue.cause import DECISIVE, FAIR, SLIGHT, STRONG, Cause, Depth, Entry, Lead, Neighbour
from sre_agent.catalogue.words import brief, is_timely
from sre_agent.domain.diagnosis import Layer
from sre_agent.domain.entity import EntityRef
from sre_agent.domain.evidence import Citation
from sre_agent.picture.objects import Obj, condition
from sre_agent.picture.times import moment
from sre_agent.picture.world import Picture

RECENT = timedelta(hours=6)
"""A Job that failed longer ago than this is not of this incident, unless it is asked about."""
LONG = 5
"""So long a part of a name stands for it in a complaint."""
_MISSED = re.compile(
    r"too many missed start times?|Missed scheduled time|Cannot determine if job needs to be started", re.I
)


def _top(picture: Picture, job: Obj) -> Obj:
    return picture.inventory.top_owner(job)


def _asked(picture: Picture, *objects: Obj) -> bool:
    """Whether the alerts, or the question, are about one of these."""
    names = {(entity.kind, entity.name) for entity in picture.frame.entities}
    words = picture.frame.complaint.lower()
    labels = {value for alert in picture.frame.alerts for value in alert.labels.values()}
    return any(
        (one.kind, one.name) in names or one.name in labels or _is_named(one.name.lower(), words)
        for one in objects
    )


def _is_named(name: str, words: str) -> bool:
    """By its whole name, or by a long part of it as people inflect it: `invoice-run` by 'no invoices'."""
    parts = [part for part in re.split(r"[^a-z0-9]+", name) if len(part) >= LONG]
    return name in words or any(word.startswith(part) for part in parts for word in words.split())


def _failed(picture: Picture, *reasons: str) -> Iterator[tuple[Obj, str, tuple[Citation, ...]]]:
    """(job, message, where) of each Job that failed for one of these reasons around the incident, and has not succeeded since."""
    for job in picture.inventory.of("Job"):
        told = condition(job, "Failed")
        if (
            told.get("status") == "True"
            and told.get("reason") in reasons
            and _counts(picture, job, moment(told.get("lastTransitionTime")))
        ):
            message = str(told.get("message") or told.get("reason"))
            yield job, message, (job.source.quote(message),)
            continue
        for event in picture.events_about(job):
            if (
                event.reason in reasons
                and is_timely(picture, event)
                and told.get("status") != "True"
                and not _succeeded(job)
            ):
                yield job, event.message, (event.quote(),)


def _counts(picture: Picture, job: Obj, at: datetime | None) -> bool:
    owner = _top(picture, job)
    if _asked(picture, job, owner):
        return True
    later = [
        other
        for other in picture.inventory.of("Job", job.namespace)
        if other is not job and other.owner and other.owner == job.owner and _succeeded(other)
    ]
    newer = any(other.created_at and job.created_at and other.created_at > job.created_at for other in later)
    return not newer and (at is None or at >= picture.onset - RECENT)


def _succeeded(job: Obj) -> bool:
    return condition(job, "Complete").get("status") == "True" or bool(job.dig("status", "succeeded"))


def _backoff(picture: Picture) -> Iterable[Lead]:
    for job, message, cited in _failed(picture, "BackoffLimitExceeded", "PodFailurePolicy"):
        yield _of_job(
            picture,
            "job_backoff_exceeded",
            job,
            f"failed as often as it may ({job.dig('spec', 'backoffLimit') or 6}): {brief(message, 140)}",
            cited,
        )


def _deadline(picture: Picture) -> Iterable[Lead]:
    for job, message, cited in _failed(picture, "DeadlineExceeded"):
        seconds = job.dig("spec", "activeDeadlineSeconds")
        field = (job.quote("spec", "activeDeadlineSeconds"),) if seconds else ()
        yield _of_job(
            picture,
            "job_deadline_exceeded",
            job,
            f"ran longer than its deadline{f' of {seconds} s' if seconds else ''}: {brief(message, 140)}",
            (*cited, *field),
        )


def _of_job(picture: Picture, cause: str, job: Obj, words: str, cited: tuple[Citation, ...]) -> Lead:
    owner = _top(picture, job)
    weight = DECISIVE if _asked(picture, job, owner) else STRONG
    return Lead(
        cause,
        owner.ref,
        weight,
        f"{owner.ref}: Job {job.name} {words}",
        cited,
        hints={"job": job.name, "cronjob": owner.name if owner.kind == "CronJob" else None},
    )


def _suspended(picture: Picture) -> Iterable[Lead]:
    """A CronJob may be suspended for good reason: it is a fault only where somebody misses it."""
    for cron in picture.inventory.of("CronJob"):
        if cron.dig("spec", "suspend") is True and _asked(picture, cron):
            yield Lead(
                cause="cronjob_suspended",
                entity=cron.ref,
                weight=DECISIVE,
                statement=f"{cron.ref} does not run: it is suspended.",
                citations=(cron.quote("spec", "suspend"), cron.quote("spec", "schedule")),
                hints={"cronjob": cron.name},
            )


def _missed(picture: Picture) -> Iterable[Lead]:
    for cron in picture.inventory.of("CronJob"):
        events = [
            event
            for event in picture.events_about(cron)
            if is_timely(picture, event)
            and (
                event.reason in ("FailedNeedsStart", "MissSchedule", "TooManyMissedTimes")
                or _MISSED.search(event.message)
            )
        ]
        if events and cron.dig("spec", "suspend") is not True:
            yield Lead(
                cause="cronjob_missed_schedule",
                entity=cron.ref,
                weight=DECISIVE if _asked(picture, cron) else STRONG,
                statement=f"{cron.ref} misses its schedule: {brief(events[-1].message, 160)}",
                citations=(events[-1].quote(), cron.quote("spec", "schedule")),
                hints={"cronjob": cron.name},
            )


def _terminating(picture: Picture) -> Iterable[Lead]:
    for space in picture.inventory.of("Namespace"):
        asked = moment(space.dig("metadata", "deletionTimestamp"))
        if space.dig("status", "phase") != "Terminating" and asked is None:
            continue
        held = [
            one
            for one in space.items("status", "conditions")
            if one.get("status") == "True"
            and one.get("type")
            in (
                "NamespaceFinalizersRemaining",
                "NamespaceContentRemaining",
                "NamespaceDeletionDiscoveryFailure",
                "NamespaceDeletionContentFailure",
                "NamespaceDeletionGroupVersionParsingFailure",
            )
        ]
        said = [str(one.get("message")) for one in held if one.get("message")]
        late = asked is not None and picture.frame.now - asked > timedelta(minutes=5)
        if not held and not late:
            continue
        yield Lead(
            cause="namespace_terminating_stuck",
            entity=EntityRef(kind="Namespace", name=space.name),
            weight=DECISIVE if held else FAIR + SLIGHT,
            statement=f"Namespace {space.name} should be gone, and is held: {brief(' '.join(said) or 'nobody says by what', 200)}",
            citations=(*(space.source.quote(text) for text in said[:3]), space.quote("status", "phase")),
        )


_cause = partial(Cause, layer=Layer.RUNTIME)
_JOB, _CRON = ("Job", "CronJob"), ("CronJob",)
ENTRIES = (
    Entry(
        _cause(
            code="job_backoff_exceeded", entity_kinds=_JOB, title="The Job failed as often as it may", description="The Job's pods failed until its back-off limit was reached.",
            supports=("the Job's condition Failed says BackoffLimitExceeded",), rules_out=("a later run of the same CronJob succeeded",),
            neighbours=(Neighbour("job_deadline_exceeded", "it ran out of time, not of tries"), Neighbour("application_startup_crash", "its log says why each try failed")),
            remedies=("run_job_again", "rerun_job_by_hand"), depth=Depth.PROXIMATE,
        ),
        _backoff,
    ),
    Entry(
        _cause(
            code="job_deadline_exceeded", entity_kinds=_JOB, title="The Job ran out of time", description="The Job was ended because it ran longer than its activeDeadlineSeconds.",
            supports=("the Job's condition Failed says DeadlineExceeded",), rules_out=("it failed before its deadline",),
            neighbours=(Neighbour("job_backoff_exceeded", "it failed too often, in time"),), remedies=("raise_deadline_by_hand",),
        ),
        _deadline,
    ),
    Entry(
        _cause(
            code="cronjob_suspended", entity_kinds=_CRON, title="The CronJob is suspended", description="The CronJob is suspended, and somebody misses its runs.",
            supports=("spec.suspend is true, and the alert or the question is about it",), rules_out=("nobody misses it",),
            neighbours=(Neighbour("cronjob_missed_schedule", "it is not suspended, and was not started in time"),), remedies=("resume_cronjob_by_hand",),
        ),
        _suspended,
    ),
    Entry(
        _cause(
            code="cronjob_missed_schedule", entity_kinds=_CRON, title="The CronJob misses its schedule", description="The controller did not start the CronJob when it was due.",
            supports=("FailedNeedsStart, MissSchedule: 'too many missed start times'",), rules_out=("it is suspended",),
            neighbours=(Neighbour("cronjob_suspended", "spec.suspend is true"), Neighbour("kube_controller_manager_unavailable", "nothing at all is reconciled")),
            remedies=("run_job_again", "mend_schedule_by_hand"),
        ),
        _missed,
    ),
    Entry(
        _cause(
            code="namespace_terminating_stuck", entity_kinds=("Namespace",), title="The namespace does not go", description="The namespace is Terminating, and finalizers or left-over content hold it.",
            supports=("its conditions name finalizers or content that remain",), rules_out=("it is Active",),
            neighbours=(Neighbour("admission_webhook_unavailable", "a webhook refuses the deletes"),), remedies=("free_namespace_by_hand",),
        ),
        _terminating,
    ),
)  # fmt: skip
