"""Deployments and their statuses."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from infrastructure.lab.forge.api.answers import custom, invalid, json_answer, not_found, page_answer
from infrastructure.lab.forge.api.asking import body_of, caller, optional, wanted
from infrastructure.lab.forge.api.desk import REPO, Desk
from infrastructure.lab.forge.api.shapes_delivery import deployment_shape, deployment_status_shape
from infrastructure.lab.forge.records import Deployment, DeploymentStatus

Json = Any
STATES = ("error", "failure", "inactive", "in_progress", "queued", "pending", "success")


class DeploymentRoutes:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._records = desk.shop.records

    def table(self) -> list[web.RouteDef]:
        one = f"{REPO}/deployments/{{id:\\d+}}"
        return [
            web.get(f"{REPO}/deployments", self.listing),
            web.post(f"{REPO}/deployments", self.create),
            web.get(one, self.get),
            web.get(f"{one}/statuses", self.statuses),
            web.post(f"{one}/statuses", self.add_status),
            web.get(f"{one}/statuses/{{status:\\d+}}", self.status),
        ]

    async def listing(self, request: web.Request) -> web.Response:
        asked = {
            name: request.query[name]
            for name in ("sha", "ref", "task", "environment")
            if request.query.get(name)
        }
        found = [
            deployment
            for deployment in self._records.deployments_newest_first()
            if all(getattr(deployment, name) == value for name, value in asked.items())
        ]
        links = self._desk.links(request)
        return page_answer(request, found, lambda deployment: deployment_shape(deployment, links))

    async def create(self, request: web.Request) -> web.Response:
        body = await body_of(request)
        ref = wanted(body, "ref", str)
        sha = await self._desk.sha_of(ref)
        deployment = Deployment(
            id=self._records.new_id(),
            sha=sha,
            ref=ref,
            task=optional(body, "task", str) or "deploy",
            environment=optional(body, "environment", str) or "production",
            description=optional(body, "description", str),
            payload=_payload(body.get("payload")),
            creator=caller(request).login,
            created_at=self._desk.shop.now(),
        )
        self._records.deployments[deployment.id] = deployment
        return json_answer(deployment_shape(deployment, self._desk.links(request)), 201)

    def _found(self, request: web.Request) -> Deployment:
        deployment = self._records.deployments.get(int(request.match_info["id"]))
        if deployment is None:
            raise not_found()
        return deployment

    async def get(self, request: web.Request) -> web.Response:
        return json_answer(deployment_shape(self._found(request), self._desk.links(request)))

    async def statuses(self, request: web.Request) -> web.Response:
        deployment, links = self._found(request), self._desk.links(request)
        return page_answer(
            request,
            deployment.statuses,
            lambda status: deployment_status_shape(status, deployment, links),
        )

    async def status(self, request: web.Request) -> web.Response:
        deployment, wanted_id = self._found(request), int(request.match_info["status"])
        for status in deployment.statuses:
            if status.id == wanted_id:
                return json_answer(deployment_status_shape(status, deployment, self._desk.links(request)))
        raise not_found()

    async def add_status(self, request: web.Request) -> web.Response:
        deployment, body = self._found(request), await body_of(request)
        state = wanted(body, "state", str)
        if state not in STATES:
            raise invalid("DeploymentStatus", "state")
        status = DeploymentStatus(
            id=self._records.new_id(),
            state=state,
            description=optional(body, "description", str) or "",
            creator=caller(request).login,
            created_at=self._desk.shop.now(),
            environment=optional(body, "environment", str) or deployment.environment,
            log_url=optional(body, "log_url", str) or "",
        )
        updated = self._records.add_deployment_status(deployment.id, status)
        return json_answer(deployment_status_shape(status, updated, self._desk.links(request)), 201)


def _payload(value: Json) -> Mapping[str, Json]:
    """An object, or a string that holds one."""
    if isinstance(value, str) and value.strip():
        try:
            value = json.loads(value)
        except ValueError as error:
            raise custom("Deployment", "payload is not JSON") from error
    return value if isinstance(value, dict) else {}
