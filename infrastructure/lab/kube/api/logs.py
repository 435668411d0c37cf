"""GET pods/log: what a container wrote, from its node."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from infrastructure.lab.kube.api.desk import Call, Desk
from infrastructure.lab.kube.kubelet.logs import Line
from infrastructure.lab.kube.objects import failures, moments
from infrastructure.lab.kube.objects.tree import Obj, dig, name_of

_SECOND = 1_000_000_000


async def read(desk: Desk, call: Call) -> web.StreamResponse:
    pod = desk.registry.get(call.kind, call.namespace, call.target.name)
    query = call.query
    container = container_of(pod, query.get("container", ""))
    ring = desk.logs.ring(pod, container, previous=_true(query, "previous"))
    lines = ring.lines(tail=_number(query, "tailLines"), since=_since(desk, query))
    stamped = _true(query, "timestamps")
    text = _limited([line.shown(timestamps=stamped) for line in lines], _number(query, "limitBytes"))
    if not _true(query, "follow"):
        return web.Response(body=text, content_type="text/plain")
    response = web.StreamResponse(headers={"Content-Type": "text/plain"})
    response.enable_chunked_encoding()
    await response.prepare(call.request)
    await response.write(text)
    sent = lines[-1].nanoseconds if lines else 0
    async for line in ring.follow():
        if line.nanoseconds > sent:
            await response.write(_bytes(line, stamped))
    return response


def _bytes(line: Line, stamped: bool) -> bytes:
    return line.shown(timestamps=stamped).encode()


def container_of(pod: Obj, asked: str) -> str:
    """Raises ApiError (400) where the choice is not clear."""
    spec = pod["spec"]
    names = [one["name"] for one in spec.get("containers", ())]
    first = [one["name"] for one in spec.get("initContainers", ())]
    if asked in (*names, *first):
        return asked
    if asked:
        raise failures.bad_request(f"container {asked} is not valid for pod {name_of(pod)}")
    preferred = dig(pod, "metadata", "annotations", "kubectl.kubernetes.io/default-container", default="")
    if preferred in names:
        return str(preferred)
    if len(names) == 1:
        return str(names[0])
    text = f"a container name must be specified for pod {name_of(pod)}, choose one of: [{' '.join(names)}]"
    if first:
        text += f" or one of the init containers: [{' '.join(first)}]"
    raise failures.bad_request(text)


def _true(query: Mapping[str, str], name: str) -> bool:
    return query.get(name, "").lower() in ("true", "1")


def _number(query: Mapping[str, str], name: str) -> int | None:
    text = query.get(name, "")
    if not text:
        return None
    if not text.isdigit():
        problem = failures.invalid_value(name, text, "must be greater than or equal to 0")
        raise failures.invalid("", "PodLogOptions", "", [problem])
    return int(text)


def _since(desk: Desk, query: Mapping[str, str]) -> int:
    seconds = _number(query, "sinceSeconds")
    if seconds is not None:
        if seconds < 1:
            problem = failures.invalid_value("sinceSeconds", seconds, "must be greater than 0")
            raise failures.invalid("", "PodLogOptions", "", [problem])
        return int((desk.clock().timestamp() - seconds) * _SECOND)
    if query.get("sinceTime"):
        try:
            return int(moments.parse(query["sinceTime"]).timestamp() * _SECOND)
        except ValueError as error:
            raise failures.bad_request(f"sinceTime: {error}") from error
    return 0


def _limited(lines: list[str], limit: int | None) -> bytes:
    text = "".join(lines).encode()
    return text if limit is None else text[:limit]
