"""What the forge knows beside git: issues, pull requests, checks, statuses, deployments; frozen values in one store."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from infrastructure.lab.forge.template import Person

FIRST_ID = 1_840_000_000


@dataclass(frozen=True)
class Comment:
    id: int
    body: str
    author: str
    at: datetime


@dataclass(frozen=True)
class Issue:
    """An issue, or the issue side of a pull request."""

    number: int
    title: str
    body: str
    author: str
    created_at: datetime
    updated_at: datetime
    labels: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()
    comments: tuple[Comment, ...] = ()
    closed_at: datetime | None = None
    closed_by: str | None = None
    state_reason: str | None = None

    @property
    def state(self) -> str:
        return "open" if self.closed_at is None else "closed"


@dataclass(frozen=True)
class Pull:
    """The git side of a pull request."""

    number: int
    base_ref: str
    base_sha: str
    head_ref: str
    head_sha: str
    draft: bool = False
    merged_at: datetime | None = None
    merged_by: str | None = None
    merge_sha: str | None = None


@dataclass(frozen=True)
class CheckRun:
    id: int
    name: str
    head_sha: str
    status: str
    started_at: datetime
    conclusion: str | None = None
    completed_at: datetime | None = None
    title: str | None = None
    summary: str | None = None


@dataclass(frozen=True)
class Status:
    id: int
    sha: str
    state: str
    context: str
    description: str | None
    target_url: str | None
    creator: str
    created_at: datetime


@dataclass(frozen=True)
class DeploymentStatus:
    id: int
    state: str
    description: str
    creator: str
    created_at: datetime
    environment: str
    log_url: str = ""


@dataclass(frozen=True)
class Deployment:
    id: int
    sha: str
    ref: str
    task: str
    environment: str
    description: str | None
    payload: Mapping[str, Any]
    creator: str
    created_at: datetime
    statuses: tuple[DeploymentStatus, ...] = ()
    """Newest first."""

    @property
    def updated_at(self) -> datetime:
        return self.statuses[0].created_at if self.statuses else self.created_at


@dataclass
class Records:
    """The store. Everything in it lives as long as the forge does."""

    people: dict[str, Person] = field(default_factory=dict)
    issues: dict[int, Issue] = field(default_factory=dict)
    pulls: dict[int, Pull] = field(default_factory=dict)
    checks: dict[int, CheckRun] = field(default_factory=dict)
    statuses: list[Status] = field(default_factory=list)
    deployments: dict[int, Deployment] = field(default_factory=dict)
    next_number: int = 1
    _ids: itertools.count[int] = field(default_factory=lambda: itertools.count(FIRST_ID))

    def new_id(self) -> int:
        return next(self._ids)

    def new_number(self) -> int:
        number, self.next_number = self.next_number, self.next_number + 1
        return number

    def person(self, login: str) -> Person:
        return self.people.setdefault(login, Person(login, login, f"{login}@users.noreply.github.com"))

    def person_by_email(self, email: str) -> Person | None:
        return next((person for person in self.people.values() if person.email == email), None)

    def save_issue(self, issue: Issue) -> Issue:
        self.issues[issue.number] = issue
        return issue

    def save_pull(self, pull: Pull) -> Pull:
        self.pulls[pull.number] = pull
        return pull

    def touch(self, number: int, now: datetime, **changes: Any) -> Issue:
        return self.save_issue(replace(self.issues[number], updated_at=now, **changes))

    def open_pull_of(self, head_ref: str, base_ref: str) -> Pull | None:
        return next(
            (
                pull
                for pull in self.pulls.values()
                if (pull.head_ref, pull.base_ref) == (head_ref, base_ref) and self.is_open(pull.number)
            ),
            None,
        )

    def is_open(self, number: int) -> bool:
        return self.issues[number].state == "open"

    def checks_of(self, sha: str) -> list[CheckRun]:
        """Newest run first."""
        return [run for run in reversed(self.checks.values()) if run.head_sha == sha]

    def statuses_of(self, sha: str) -> list[Status]:
        """Newest first."""
        return [status for status in reversed(self.statuses) if status.sha == sha]

    def latest_statuses(self, sha: str) -> list[Status]:
        """The newest of each context."""
        latest: dict[str, Status] = {}
        for status in self.statuses_of(sha):
            latest.setdefault(status.context, status)
        return list(latest.values())

    def labels(self) -> list[str]:
        return sorted({label for issue in self.issues.values() for label in issue.labels})

    def deployments_newest_first(self) -> Iterable[Deployment]:
        return sorted(self.deployments.values(), key=lambda item: (item.created_at, item.id), reverse=True)

    def add_deployment_status(self, deployment_id: int, status: DeploymentStatus) -> Deployment:
        deployment = self.deployments[deployment_id]
        updated = replace(deployment, statuses=(status, *deployment.statuses))
        self.deployments[deployment_id] = updated
        return updated
