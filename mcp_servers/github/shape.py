"""GitHub's answers as ours. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from mcp_servers.github import asks
from mcp_servers.kit.limits import shortened

Json = Mapping[str, Any]

PATCH_CHARS: Final = 20_000
BODY_CHARS: Final = 20_000
MOST_FILES: Final = 300
_PASSED: Final = frozenset({"success", "neutral", "skipped"})
_OF_STATUS: Final = {"success": "success", "pending": "pending"}


def touches(paths: Iterable[str], service: str) -> bool:
    """Whether a path lies under services/<service>/ or has a part (or a file's stem) of that name."""
    wanted = service.lower()
    for path in paths:
        *folders, name = path.lower().split("/")
        if wanted in folders or wanted == name.split(".", 1)[0]:
            return True
    return not service


def names(text: str, service: str) -> bool:
    """Whether a text names the service as a word of its own: `cart`, but not `cart-worker`."""
    return re.search(rf"(?<![\w-]){re.escape(service)}(?![\w-])", text, re.IGNORECASE) is not None


def merge(pull: Json, files: Sequence[str]) -> asks.Merge:
    return asks.Merge(
        number=pull["number"],
        title=pull["title"],
        author=login(pull.get("user")),
        merged_at=pull["merged_at"],
        merge_sha=pull.get("merge_commit_sha") or "",
        base=pull["base"]["ref"],
        url=pull.get("html_url") or "",
        files=list(files[:MOST_FILES]),
        labels=[label["name"] for label in pull.get("labels") or ()],
    )


def deploy(found: Json, latest: Json | None) -> asks.Deploy:
    said = latest or {}
    return asks.Deploy(
        id=found["id"],
        sha=found["sha"],
        ref=found.get("ref") or "",
        environment=found.get("environment") or "",
        created_at=found["created_at"],
        creator=login(found.get("creator")),
        state=said.get("state") or "pending",
        description=said.get("description") or found.get("description") or "",
        url=said.get("log_url") or said.get("target_url") or found.get("url") or "",
        payload=found.get("payload") or None,
    )


def deploy_names(found: Json, service: str) -> bool:
    told = json.dumps(found.get("payload") or "", ensure_ascii=False)
    return any(
        names(text, service)
        for text in (told, found.get("description") or "", found.get("environment") or "")
    )


def commit(found: Json) -> asks.Commit:
    return asks.Commit(sha=found["sha"], author=author(found), at=dated(found), title=title(found))


def author(found: Json) -> str:
    """The account where GitHub knows it, else the name that git has."""
    return login(found.get("author")) or ((found.get("commit") or {}).get("author") or {}).get("name") or ""


def dated(found: Json) -> str:
    """When it reached its branch: the committer's date, which a rebase or squash renews."""
    inner = found.get("commit") or {}
    return (inner.get("committer") or inner.get("author") or {}).get("date") or ""


def title(found: Json) -> str:
    return message(found).split("\n", 1)[0]


def message(found: Json) -> str:
    return str((found.get("commit") or {}).get("message") or "")


def login(account: Json | None) -> str:
    return str((account or {}).get("login") or "")


def changed_files(files: Sequence[Json]) -> list[asks.ChangedFile]:
    return [
        asks.ChangedFile(
            path=one["filename"],
            status=one["status"],
            additions=one.get("additions") or 0,
            deletions=one.get("deletions") or 0,
            patch=shortened(one.get("patch") or "", PATCH_CHARS),
            previous_path=one.get("previous_filename") or "",
        )
        for one in files[:MOST_FILES]
    ]


def checks(runs: Sequence[Json], statuses: Sequence[Json], required: Sequence[str]) -> list[asks.Check]:
    """One line for each check: the newest run of a name counts, and a required one that is absent is expected."""
    states: dict[str, str] = {}
    for status in statuses:
        states[status["context"]] = _OF_STATUS.get(status["state"], "failure")
    for run in sorted(runs, key=lambda one: one.get("started_at") or ""):
        states[run["name"]] = _state_of(run)
    for name in required:
        states.setdefault(name, "expected")
    return [
        asks.Check(name=name, state=state, required=name in required)
        for name, state in sorted(states.items())
    ]


def _state_of(run: Json) -> str:
    if run.get("status") != "completed":
        return "pending"
    return "success" if run.get("conclusion") in _PASSED else "failure"


def deciding(found: Sequence[asks.Check]) -> list[asks.Check]:
    """The checks that decide: the required ones, or all where the branch requires none."""
    return [one for one in found if one.required] or list(found)


def all_passed(found: Sequence[asks.Check]) -> bool:
    return all(one.state == "success" for one in deciding(found))


def seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()
