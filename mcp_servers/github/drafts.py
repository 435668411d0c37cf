"""A write before it is made: what it stands on, what it would change, and how it is told. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from mcp_servers.github.changes import whole
from mcp_servers.kit.contract import Blast, Fields, Ground, Preview, Target, Undo, WriteResult

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Draft:
    target: Target
    ground: Ground
    before: Fields
    after: Fields
    diff: str
    undo: Undo
    warnings: Sequence[str] = ()
    notes: Sequence[str] = field(default=())

    def preview(self) -> Preview:
        return Preview(
            target=self.target,
            ground=self.ground,
            before=self.before,
            after=self.after,
            diff=self.diff,
            undo=self.undo,
            warnings=list(self.warnings),
            blast=Blast(away=0, budget="none", notes=list(self.notes)),
        )

    def result(self, key: str, *, changed: bool = True) -> WriteResult:
        return WriteResult(
            changed=changed,
            target=self.target,
            before=self.before,
            after=self.after,
            diff=self.diff,
            undo=self.undo,
            key=key,
            warnings=list(self.warnings),
        )

    def of_pull(self, pull: Json, repository: str) -> Draft:
        """With the pull request that it became."""
        made: Fields = {
            "/pull_request/number": pull["number"],
            "/pull_request/url": pull.get("html_url") or "",
            "/head_sha": pull["head"]["sha"],
        }
        return replace(
            self,
            target=pull_target(repository, pull["number"]),
            before={**self.before, **dict.fromkeys(made)},
            after={**self.after, **made},
            undo=close_by_hand(pull["number"], pull["head"]["ref"]),
        )


def pull_target(repository: str, number: int | None, branch: str = "") -> Target:
    name = f"#{number}" if number is not None else branch
    return Target(
        kind="PullRequest", namespace=repository, name=name, uid=f"{repository}{name}" if number else ""
    )


def close_by_hand(number: int | None, branch: str) -> Undo:
    named = f"pull request #{number}" if number else "the pull request"
    return Undo(
        tool=None,
        statement=f"Nothing runs differently until it is merged: close {named} and delete the branch {branch}.",
    )


def patches(files: Sequence[Json]) -> str:
    """GitHub's patches of a pull request's files as one diff; it gives none for large or binary files."""
    return whole(
        f"--- {_side('a', one, 'added', one.get('previous_filename') or one['filename'])}\n"
        f"+++ {_side('b', one, 'removed', one['filename'])}\n{one.get('patch') or '(no text patch)'}\n"
        for one in files
    )


def _side(letter: str, file: Json, absent: str, path: str) -> str:
    return "/dev/null" if file["status"] == absent else f"{letter}/{path}"


def found_again(pull: Json, files: Sequence[Json], repository: str, key: str) -> WriteResult:
    """The result of a step whose pull request was found by its key."""
    state = "merged" if pull.get("merged") else str(pull["state"])
    draft = Draft(
        target=pull_target(repository, pull["number"]),
        ground=Ground(),
        before={},
        after={},
        diff=patches(files),
        undo=close_by_hand(pull["number"], pull["head"]["ref"]),
        warnings=[] if state == "open" else [f"Pull request #{pull['number']} is {state} by now."],
    )
    return draft.of_pull(pull, repository).result(key)
