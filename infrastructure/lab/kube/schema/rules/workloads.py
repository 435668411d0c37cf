"""The rules of the workload kinds."""

from __future__ import annotations

from collections.abc import Iterator

from infrastructure.lab.kube.objects import cron, selectors
from infrastructure.lab.kube.objects.failures import (
    FieldProblem,
    forbidden_field,
    invalid_value,
    required,
    unsupported,
)
from infrastructure.lab.kube.objects.tree import Obj, dig
from infrastructure.lab.kube.schema.rules import pods
from infrastructure.lab.kube.schema.rules.numbers import count_or_percent, label_selector, not_negative

_STRATEGIES = ("Recreate", "RollingUpdate")
_UPDATES = ("OnDelete", "RollingUpdate")
_CONCURRENCY = ("Allow", "Forbid", "Replace")


def deployment(obj: Obj) -> Iterator[FieldProblem]:
    spec = obj.get("spec", {})
    yield from _selected_template(spec)
    for name in ("replicas", "minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds"):
        yield from not_negative(spec.get(name), f"spec.{name}")
    if spec.get("progressDeadlineSeconds", 600) <= spec.get("minReadySeconds", 0):
        text = "must be greater than minReadySeconds"
        yield invalid_value("spec.progressDeadlineSeconds", spec.get("progressDeadlineSeconds"), text)
    yield from _strategy(spec.get("strategy", {}))


def _strategy(strategy: Obj) -> Iterator[FieldProblem]:
    kind = strategy.get("type", "RollingUpdate")
    rolling = strategy.get("rollingUpdate")
    if kind not in _STRATEGIES:
        yield unsupported("spec.strategy.type", kind, _STRATEGIES)
    elif kind == "Recreate" and rolling is not None:
        yield forbidden_field(
            "spec.strategy.rollingUpdate", "may not be specified when strategy `type` is 'Recreate'"
        )
    elif rolling is not None:
        for name in ("maxUnavailable", "maxSurge"):
            yield from count_or_percent(rolling.get(name), f"spec.strategy.rollingUpdate.{name}")
        if rolling.get("maxUnavailable") in (0, "0%") and rolling.get("maxSurge") in (0, "0%"):
            yield invalid_value(
                "spec.strategy.rollingUpdate.maxUnavailable",
                rolling["maxUnavailable"],
                "may not be 0 when `maxSurge` is 0",
            )


def replica_set(obj: Obj) -> Iterator[FieldProblem]:
    spec = obj.get("spec", {})
    yield from _selected_template(spec)
    for name in ("replicas", "minReadySeconds"):
        yield from not_negative(spec.get(name), f"spec.{name}")


def stateful_set(obj: Obj) -> Iterator[FieldProblem]:
    spec = obj.get("spec", {})
    yield from _selected_template(spec)
    yield from not_negative(spec.get("replicas"), "spec.replicas")
    kind = dig(spec, "updateStrategy", "type", default="RollingUpdate")
    if kind not in _UPDATES:
        yield unsupported("spec.updateStrategy.type", kind, _UPDATES)
    if spec.get("podManagementPolicy", "OrderedReady") not in ("OrderedReady", "Parallel"):
        yield unsupported(
            "spec.podManagementPolicy", spec["podManagementPolicy"], ("OrderedReady", "Parallel")
        )


def daemon_set(obj: Obj) -> Iterator[FieldProblem]:
    yield from _selected_template(obj.get("spec", {}))


def _selected_template(spec: Obj) -> Iterator[FieldProblem]:
    claims = frozenset(
        dig(one, "metadata", "name", default="") for one in spec.get("volumeClaimTemplates", ())
    )
    selector = spec.get("selector")
    labels = dig(spec, "template", "metadata", "labels", default={})
    if selector is None:
        yield required("spec.selector")
    elif not selector.get("matchLabels") and not selector.get("matchExpressions"):
        yield invalid_value("spec.selector", selector, "empty selector is invalid for deployment")
    else:
        problems = list(label_selector(selector, "spec.selector"))
        yield from problems
        if not problems and not selectors.selects(selector, labels):
            text = "`selector` does not match template `labels`"
            yield invalid_value("spec.template.metadata.labels", labels, text)
    yield from pods.template(spec.get("template", {}), "spec.template", claims=claims)


def job(obj: Obj) -> Iterator[FieldProblem]:
    yield from _job_spec(obj.get("spec", {}), "spec")


def _job_spec(spec: Obj, path: str) -> Iterator[FieldProblem]:
    for name in (
        "parallelism",
        "completions",
        "backoffLimit",
        "activeDeadlineSeconds",
        "ttlSecondsAfterFinished",
    ):
        yield from not_negative(spec.get(name), f"{path}.{name}")
    template = spec.get("template", {})
    if dig(template, "spec", "restartPolicy") == "Always":
        yield FieldProblem(
            "FieldValueRequired",
            f"{path}.template.spec.restartPolicy",
            'Required value: valid values: "OnFailure", "Never"',
        )
    yield from pods.template(template, f"{path}.template", restart=("Always", "OnFailure", "Never"))


def cron_job(obj: Obj) -> Iterator[FieldProblem]:
    spec = obj.get("spec", {})
    schedule = spec.get("schedule", "")
    if not schedule:
        yield required("spec.schedule")
    else:
        try:
            cron.parse(schedule)
        except cron.NotASchedule as error:
            yield invalid_value("spec.schedule", schedule, str(error))
    if spec.get("concurrencyPolicy", "Allow") not in _CONCURRENCY:
        yield unsupported("spec.concurrencyPolicy", spec["concurrencyPolicy"], _CONCURRENCY)
    for name in ("startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit"):
        yield from not_negative(spec.get(name), f"spec.{name}")
    yield from _job_spec(dig(spec, "jobTemplate", "spec", default={}), "spec.jobTemplate.spec")
