"""Checks, statuses and deployments as the REST API shows them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from infrastructure.lab.forge.api.shapes_account import Links, node_id, number_of, stamp, user_shape
from infrastructure.lab.forge.records import CheckRun, Deployment, DeploymentStatus, Status

Json = Any


def check_run_shape(run: CheckRun, links: Links) -> dict[str, Json]:
    return {
        "id": run.id,
        "name": run.name,
        "node_id": node_id("CheckRun", run.id),
        "head_sha": run.head_sha,
        "external_id": "",
        "url": f"{links.api}/check-runs/{run.id}",
        "html_url": f"{links.html}/runs/{run.id}",
        "details_url": f"{links.html}/runs/{run.id}",
        "status": run.status,
        "conclusion": run.conclusion,
        "started_at": stamp(run.started_at),
        "completed_at": stamp(run.completed_at),
        "output": {
            "title": run.title,
            "summary": run.summary,
            "text": None,
            "annotations_count": 0,
            "annotations_url": f"{links.api}/check-runs/{run.id}/annotations",
        },
        "check_suite": {"id": number_of(f"suite:{run.head_sha}")},
        "app": {"id": 15368, "slug": "github-actions", "name": "GitHub Actions"},
        "pull_requests": [],
    }


def status_shape(status: Status, links: Links) -> dict[str, Json]:
    creator = user_shape(status.creator, links)
    return {
        "url": f"{links.api}/statuses/{status.sha}",
        "id": status.id,
        "node_id": node_id("StatusContext", status.id),
        "avatar_url": creator["avatar_url"],
        "state": status.state,
        "description": status.description,
        "target_url": status.target_url,
        "context": status.context,
        "created_at": stamp(status.created_at),
        "updated_at": stamp(status.created_at),
        "creator": creator,
    }


def combined_state(statuses: Sequence[Status]) -> str:
    """GitHub's rule: any failure or error wins, then pending (also when there is none), else success."""
    states = {status.state for status in statuses}
    if states & {"failure", "error"}:
        return "failure"
    return "success" if states == {"success"} else "pending"


def deployment_shape(deployment: Deployment, links: Links) -> dict[str, Json]:
    url = f"{links.api}/deployments/{deployment.id}"
    return {
        "url": url,
        "id": deployment.id,
        "node_id": node_id("Deployment", deployment.id),
        "task": deployment.task,
        "original_environment": deployment.environment,
        "environment": deployment.environment,
        "description": deployment.description,
        "created_at": stamp(deployment.created_at),
        "updated_at": stamp(deployment.updated_at),
        "statuses_url": f"{url}/statuses",
        "repository_url": links.api,
        "creator": user_shape(deployment.creator, links),
        "sha": deployment.sha,
        "ref": deployment.ref,
        "payload": deployment.payload,
        "transient_environment": False,
        "production_environment": deployment.environment == "production",
        "performed_via_github_app": None,
    }


def deployment_status_shape(
    status: DeploymentStatus, deployment: Deployment, links: Links
) -> dict[str, Json]:
    url = f"{links.api}/deployments/{deployment.id}"
    return {
        "url": f"{url}/statuses/{status.id}",
        "id": status.id,
        "node_id": node_id("DeploymentStatus", status.id),
        "state": status.state,
        "creator": user_shape(status.creator, links),
        "description": status.description,
        "environment": status.environment,
        "target_url": status.log_url,
        "log_url": status.log_url,
        "environment_url": "",
        "created_at": stamp(status.created_at),
        "updated_at": stamp(status.created_at),
        "deployment_url": url,
        "repository_url": links.api,
        "performed_via_github_app": None,
    }
