"""The logs specialist: Loki where there is one, else pod logs through the Kubernetes server, and it says which."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from pydantic import JsonValue

from sre_agent.domain.evidence import Question
from sre_agent.observe.repertoire import Ask, Claim
from sre_agent.observe.scene import NamedCall, Scene, stamp, text, tool
from sre_agent.picture.containers import containers_of, is_live
from sre_agent.picture.logs import LogLine, read_line
from sre_agent.picture.objects import Obj, items, objects_in
from sre_agent.picture.reading import Kept
from sre_agent.picture.source import Source
from sre_agent.signals.queries import quoted

TAIL = 200
PODS_AT_MOST = 12
ERROR_WORDS = r"(?i)(error|exception|fatal|panic|traceback|fail|refused|denied|timeout|timed out|x509)"


def _errors(question: Question, scene: Scene) -> tuple[NamedCall, ...]:
    namespace = text(question, "namespace", scene.namespace)
    if not scene.has_loki:
        return (_pods(namespace),)
    selector = f'{{namespace="{quoted(namespace)}"}}'
    return (
        _loki("logs/errors", f"{selector} |~ `{ERROR_WORDS}`", scene, limit=600),
        _loki("logs/lines", selector, scene, limit=400),
    )


def _loki(name: str, logql: str, scene: Scene, *, limit: int) -> NamedCall:
    arguments: dict[str, JsonValue] = {
        "logql": logql,
        "start": stamp(scene.started_at - scene.rate_window),
        "end": stamp(scene.now),
        "limit": limit,
        "direction": "backward",
    }
    return tool(name, "loki.query_logs", arguments, scene.window)


def _pods(namespace: str) -> NamedCall:
    return tool("pods/of-namespace", "k8s.list_objects", {"kind": "pods", "namespace": namespace})


def _workload(question: Question, scene: Scene) -> tuple[NamedCall, ...]:
    if question.entity is None:
        return ()
    namespace, name = question.entity.namespace, question.entity.name
    calls = [_pods(namespace)]
    if scene.has_loki and not question.arguments.get("previous"):
        selector = f'{{namespace="{quoted(namespace)}",pod=~"{quoted(name)}-.*"}}'
        calls.append(_loki("logs/workload", selector, scene, limit=400))
    return tuple(calls)


def _pod_logs(question: Question, scene: Scene, kept: Sequence[Kept]) -> tuple[NamedCall, ...]:
    """Logs of the pods that the first calls listed: the workload's, or those that are not well, first."""
    listed = [
        obj
        for one in kept
        for obj in objects_in("pods", items(one.answer, "items"), Source(one.id, one.name))
    ]
    named = question.entity.name if question.entity else None
    mine = [pod for pod in listed if is_live(pod) and (named is None or _belongs(pod, named))]
    mine.sort(key=_well)
    previous = bool(question.arguments.get("previous"))
    if scene.has_loki and question.ask == "workload" and not previous and len(kept) > 1:
        return ()
    return tuple(call for pod in mine[:PODS_AT_MOST] for call in _logs_of(pod, previous=previous))


def _belongs(pod: Obj, workload: str) -> bool:
    """By owner (a ReplicaSet is named after its Deployment) or, where none is told, by name."""
    owner = pod.owner[1] if pod.owner else pod.name
    return owner == workload or owner.rsplit("-", 1)[0] == workload or pod.name == workload


def _well(pod: Obj) -> bool:
    return all(view.ready for view in containers_of(pod))


def _logs_of(pod: Obj, *, previous: bool) -> list[NamedCall]:
    calls = []
    for view in containers_of(pod):
        ended = view.restarts > 0
        if not view.status or (previous and not ended) or (view.waiting and not ended):
            continue
        arguments: dict[str, JsonValue] = {
            "namespace": pod.namespace,
            "pod": pod.name,
            "container": view.name,
            "previous": previous,
            "tail_lines": TAIL,
        }
        calls.append(tool(f"logs/{pod.namespace}/{pod.name}/{view.name}", "k8s.get_pod_logs", arguments))
    return calls


def _claims(question: Question, kept: Sequence[Kept]) -> tuple[Claim, ...]:
    """The most frequent error messages, with their number."""
    claims: list[Claim] = []
    for one in kept:
        if not one.name.startswith("logs/"):
            continue
        source = Source(one.id, one.name)
        lines = [str(line) for line in one.answer.get("lines") or ()]
        lines += [str(line[1]) for stream in items(one.answer, "streams") for line in stream.get("lines", ())]
        errors = Counter(_gist(line) for raw in lines if (line := read_line(raw, source)).is_error)
        claims += [Claim(f"{count} times: {gist}", (one.id,)) for gist, count in errors.most_common(3)]
    return tuple(claims[:8]) or (Claim("no error lines", tuple(one.id for one in kept[:1])),)


def _gist(line: LogLine) -> str:
    return (line.error or line.message).strip()[:160]


REPERTOIRE = {
    "errors": Ask(_errors, _claims, "which programs complain, and of what", _pod_logs),
    "workload": Ask(_workload, _claims, "what the program itself says", _pod_logs),
}
