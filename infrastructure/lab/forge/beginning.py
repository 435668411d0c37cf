"""The forge's beginning: a template's past becomes commits, pull requests, images and deployments."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from infrastructure.lab.forge.past import PastChange, PastWriter
from infrastructure.lab.forge.records import Deployment, DeploymentStatus, Issue, Pull, Records
from infrastructure.lab.forge.registry import Registry
from infrastructure.lab.forge.services import build_images, released_services, touched_services
from infrastructure.lab.forge.template import Template
from infrastructure.lab.forge.workshop import Workshop

DEPLOYER = "github-actions[bot]"
STARTED_AFTER = timedelta(seconds=20)
ROLLED_OUT_AFTER = timedelta(seconds=75)


async def begin(shop: Workshop, registry: Registry, template: Template) -> None:
    """Fill an empty repository with the template's past."""
    walk = PastWriter(template, owner=shop.options.owner, now=shop.now())
    stream, changes = walk.write()
    shop.records.people.update(template.people)
    shop.records.next_number = walk.next_number
    shas = await shop.writer.import_stream(stream)
    before: str | None = None
    for change in changes:
        sha = shas[f":{change.main_mark}"]
        _record_pull(shop, change, shas)
        paths = await shop.repository.changed_paths(before, sha)
        images = await build_images(shop.repository, registry, sha, touched_services(paths))
        released = released_services(paths)
        if released:
            _record_deployment(shop.records, change, sha, {"services": released, "images": images})
        before = sha


def _record_pull(shop: Workshop, change: PastChange, shas: Mapping[str, str]) -> None:
    main_sha = shas[f":{change.main_mark}"]
    shop.checks.record_past(main_sha, change.at)
    if change.number is None or change.head_mark is None or change.base_mark is None:
        return
    commit, head_sha = change.commit, shas[f":{change.head_mark}"]
    shop.checks.record_past(head_sha, change.opened_at)
    shop.records.save_issue(
        Issue(
            number=change.number,
            title=commit.title,
            body=commit.body,
            author=commit.author,
            created_at=change.opened_at,
            updated_at=change.at,
            labels=commit.labels,
            closed_at=change.at,
            closed_by=commit.merged_by,
        )
    )
    shop.records.save_pull(
        Pull(
            number=change.number,
            base_ref="main",
            base_sha=shas[f":{change.base_mark}"],
            head_ref=commit.branch,
            head_sha=head_sha,
            merged_at=change.at,
            merged_by=commit.merged_by,
            merge_sha=main_sha,
        )
    )


def _record_deployment(records: Records, change: PastChange, sha: str, payload: Mapping[str, Any]) -> None:
    started = change.at + STARTED_AFTER
    done = started + ROLLED_OUT_AFTER
    deployment = Deployment(
        id=records.new_id(),
        sha=sha,
        ref="main",
        task="deploy",
        environment="production",
        description=change.commit.title,
        payload=payload,
        creator=DEPLOYER,
        created_at=started,
        statuses=(
            _status(records, "success", "Rolled out", done),
            _status(records, "in_progress", "Rolling out", started),
        ),
    )
    records.deployments[deployment.id] = deployment


def _status(records: Records, state: str, description: str, at: datetime) -> DeploymentStatus:
    return DeploymentStatus(records.new_id(), state, description, DEPLOYER, at, "production")
