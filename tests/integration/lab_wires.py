"""Reads everything that the lab says to anybody: objects, events, logs, metrics, repository, runbooks, rules, alerts."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import aiohttp

from infrastructure.lab.faults.model import fault_names
from infrastructure.lab.kube.objects.failures import ApiError
from infrastructure.lab.stage import Stage

CODES = Path(__file__).with_name("lab_cause_codes.txt")
_KINDS = (
    "pods",
    "services",
    "endpoints",
    "configmaps",
    "secrets",
    "events",
    "nodes",
    "namespaces",
    "serviceaccounts",
    "deployments",
    "statefulsets",
    "replicasets",
    "controllerrevisions",
    "ingresses",
    "poddisruptionbudgets",
    "endpointslices",
    "roles",
    "rolebindings",
    "clusterroles",
    "clusterrolebindings",
    "leases",
)
_WORD = re.compile(r"[a-z0-9_-]+")
_LEAST = 20
"""Less than this is no answer."""
_GITHUB = (
    "pulls?state=all",
    "commits",
    "deployments",
    "branches",
    "issues?state=all",
    "git/trees/main?recursive=1",
)
_PROMETHEUS = (
    "rules",
    "targets",
    "alerts",
    "labels",
    "label/__name__/values",
    "label/alertname/values",
    "label/job/values",
    "status/config",
)


def telling(text: str) -> list[str]:
    """Fault names in any spelling, and cause codes, in a text: what nobody but the lab's own commands may say."""
    small = text.lower()
    words = set(_WORD.findall(small))
    dashed = small.replace("_", "-").replace(" ", "-")
    names = [name for name in fault_names() if name in dashed and _stands_alone(name, small)]
    return sorted([*names, *(words & set(CODES.read_text().split()))])


def _stands_alone(name: str, text: str) -> bool:
    spelt = name.replace("-", "[-_ ]")
    return re.search(rf"(?<![a-z0-9_-]){spelt}(?![a-z0-9_-])", text) is not None


async def tales(stage: Stage) -> list[str]:
    """What was found where."""
    found = []
    async for wire, text in wires(stage):
        if len(text) < _LEAST and not wire.startswith(("logs", "kubernetes", "metrics")):
            found.append(f"{wire}: nothing could be read there: {text!r}")
        for word in await asyncio.to_thread(telling, text):
            found.append(f"{wire}: {word}")
    return found


async def wires(stage: Stage) -> AsyncIterator[tuple[str, str]]:
    """(wire, everything on it)."""
    for kind in _KINDS:
        yield f"kubernetes {kind}", json.dumps(stage.cluster.objects(kind), default=str)
    for pod in stage.cluster.objects("pods", "shop"):
        yield f"logs of {pod['metadata']['name']}", _logs(stage, pod["metadata"]["name"], pod)
    addresses = stage.addresses()
    async with aiohttp.ClientSession() as session:
        async for one in _pages(stage, session):
            yield one
        github = {"Authorization": f"Bearer {addresses['github_token']}"}
        root = f"{addresses['github_api_url']}/repos/{addresses['github_repository']}"
        for path in _GITHUB:
            yield f"github {path}", await _get(session, f"{root}/{path}", github)
        yield "github files", json.dumps(await _repository(stage))
        for path in _PROMETHEUS:
            yield f"prometheus {path}", await _get(session, f"{addresses['prometheus_url']}/api/v1/{path}")
        yield "alertmanager", await _get(session, f"{addresses['alertmanager_url']}/api/v2/alerts")
        async for one in _notion(session, addresses):
            yield one
        query = '{namespace="shop"}'
        loki = f"{addresses['loki_url']}/loki/api/v1/query_range"
        yield "loki", await _get(session, loki, params={"query": query, "limit": "5000"})


def _logs(stage: Stage, pod: str, body: dict) -> str:  # type: ignore[type-arg]
    lines = []
    for status in body.get("status", {}).get("containerStatuses") or ():
        for before in [False, True] if status["restartCount"] else [False]:
            with suppress(ApiError):  # the node's kubelet may be down, the container not yet made
                kept = stage.cluster.pod_logs("shop", pod, status["name"], previous=before)
                lines += [line.text for line in kept]
    return "\n".join(lines)


async def _pages(stage: Stage, session: aiohttp.ClientSession) -> AsyncIterator[tuple[str, str]]:
    """Every page that Prometheus scrapes and that answers."""
    told = json.loads(
        await _get(session, f"{stage.addresses()['prometheus_url']}/api/v1/targets?state=active")
    )
    for target in told["data"]["activeTargets"]:
        if target["health"] == "up":
            yield f"metrics {target['scrapeUrl']}", await _get(session, target["scrapeUrl"])


async def _repository(stage: Stage) -> dict[str, str]:
    return await stage.healer.files()


async def _notion(
    session: aiohttp.ClientSession, addresses: dict[str, str]
) -> AsyncIterator[tuple[str, str]]:
    headers = {"Authorization": f"Bearer {addresses['notion_api_key']}", "Notion-Version": "2025-09-03"}
    async with session.post(f"{addresses['notion_url']}/v1/search", headers=headers, json={}) as answer:
        found = await answer.json()
    yield "notion search", json.dumps(found)
    for page in found["results"]:
        yield f"notion {page['id']}", await _get(
            session, f"{addresses['notion_url']}/v1/blocks/{page['id']}/children", headers
        )


async def _get(
    session: aiohttp.ClientSession,
    url: str,
    headers: dict[str, str] | None = None,
    params: dict[str, str] | None = None,
) -> str:
    try:
        async with session.get(
            url, headers=headers, params=params, timeout=aiohttp.ClientTimeout(total=5)
        ) as answer:
            return await answer.text()
    except (aiohttp.ClientError, TimeoutError):
        return ""
