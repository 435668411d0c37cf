"""Issues and pull requests as the REST API shows them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from infrastructure.lab.forge.api.shapes_account import Links, node_id, number_of, stamp, user_shape
from infrastructure.lab.forge.records import Comment, Issue, Pull

Json = Any


def label_shape(name: str, links: Links) -> dict[str, Json]:
    return {
        "id": number_of(f"label:{name}"),
        "node_id": node_id("Label", name),
        "url": f"{links.api}/labels/{quote(name)}",
        "name": name,
        "color": "ededed",
        "default": False,
        "description": None,
    }


def comment_shape(comment: Comment, number: int, links: Links) -> dict[str, Json]:
    return {
        "id": comment.id,
        "node_id": node_id("IssueComment", comment.id),
        "url": f"{links.api}/issues/comments/{comment.id}",
        "html_url": f"{links.html}/issues/{number}#issuecomment-{comment.id}",
        "issue_url": f"{links.api}/issues/{number}",
        "user": user_shape(comment.author, links),
        "created_at": stamp(comment.at),
        "updated_at": stamp(comment.at),
        "author_association": "COLLABORATOR",
        "body": comment.body,
    }


def issue_shape(issue: Issue, links: Links, pull: Pull | None = None) -> dict[str, Json]:
    kind = "pull" if pull else "issues"
    url = f"{links.api}/issues/{issue.number}"
    shape: dict[str, Json] = {
        **_thread_shape(issue, links),
        "id": number_of(f"issue:{issue.number}"),
        "node_id": node_id("Issue", issue.number),
        "url": url,
        "repository_url": links.api,
        "labels_url": f"{url}/labels{{/name}}",
        "comments_url": f"{url}/comments",
        "events_url": f"{url}/events",
        "timeline_url": f"{url}/timeline",
        "html_url": f"{links.html}/{kind}/{issue.number}",
        "comments": len(issue.comments),
        "state_reason": issue.state_reason,
        "closed_by": user_shape(issue.closed_by, links) if issue.closed_by else None,
    }
    if pull:
        shape["draft"] = pull.draft
        shape["pull_request"] = {
            "url": f"{links.api}/pulls/{issue.number}",
            "html_url": f"{links.html}/pull/{issue.number}",
            "diff_url": f"{links.html}/pull/{issue.number}.diff",
            "patch_url": f"{links.html}/pull/{issue.number}.patch",
            "merged_at": stamp(pull.merged_at),
        }
    return shape


def _thread_shape(issue: Issue, links: Links) -> dict[str, Json]:
    return {
        "number": issue.number,
        "state": issue.state,
        "locked": False,
        "active_lock_reason": None,
        "title": issue.title,
        "body": issue.body,
        "user": user_shape(issue.author, links),
        "labels": [label_shape(name, links) for name in issue.labels],
        "assignee": user_shape(issue.assignees[0], links) if issue.assignees else None,
        "assignees": [user_shape(login, links) for login in issue.assignees],
        "milestone": None,
        "author_association": "COLLABORATOR",
        "created_at": stamp(issue.created_at),
        "updated_at": stamp(issue.updated_at),
        "closed_at": stamp(issue.closed_at),
    }


@dataclass(frozen=True)
class PullDetail:
    """What only the single pull request shows."""

    commits: int
    additions: int
    deletions: int
    changed_files: int
    mergeable: bool | None
    mergeable_state: str


def pull_shape(pull: Pull, issue: Issue, links: Links, repository: Json) -> dict[str, Json]:
    url = f"{links.api}/pulls/{pull.number}"
    html = f"{links.html}/pull/{pull.number}"
    addresses = {
        "html_url": html,
        "diff_url": f"{html}.diff",
        "patch_url": f"{html}.patch",
        "issue_url": f"{links.api}/issues/{pull.number}",
        "commits_url": f"{url}/commits",
        "review_comments_url": f"{url}/comments",
        "review_comment_url": f"{links.api}/pulls/comments{{/number}}",
        "comments_url": f"{links.api}/issues/{pull.number}/comments",
        "statuses_url": f"{links.api}/statuses/{pull.head_sha}",
    }
    return {
        **_thread_shape(issue, links),
        **addresses,
        "url": url,
        "id": number_of(f"pull:{pull.number}"),
        "node_id": node_id("PullRequest", pull.number),
        "requested_reviewers": [],
        "requested_teams": [],
        "draft": pull.draft,
        "merged_at": stamp(pull.merged_at),
        "merge_commit_sha": pull.merge_sha,
        "head": _part_shape(pull.head_ref, pull.head_sha, links, repository),
        "base": _part_shape(pull.base_ref, pull.base_sha, links, repository),
        "auto_merge": None,
        "_links": {
            "self": {"href": url},
            "html": {"href": html},
            "issue": {"href": addresses["issue_url"]},
            "comments": {"href": addresses["comments_url"]},
            "review_comments": {"href": addresses["review_comments_url"]},
            "review_comment": {"href": addresses["review_comment_url"]},
            "commits": {"href": addresses["commits_url"]},
            "statuses": {"href": addresses["statuses_url"]},
        },
    }


def _part_shape(ref: str, sha: str, links: Links, repository: Json) -> dict[str, Json]:
    return {
        "label": f"{links.owner}:{ref}",
        "ref": ref,
        "sha": sha,
        "user": user_shape(links.owner, links),
        "repo": repository,
    }


def pull_detail_shape(pull: Pull, issue: Issue, links: Links, detail: PullDetail) -> dict[str, Json]:
    return {
        "merged": pull.merged_at is not None,
        "merged_by": user_shape(pull.merged_by, links) if pull.merged_by else None,
        "mergeable": detail.mergeable,
        "rebaseable": detail.mergeable,
        "mergeable_state": detail.mergeable_state,
        "comments": len(issue.comments),
        "review_comments": 0,
        "maintainer_can_modify": False,
        "commits": detail.commits,
        "additions": detail.additions,
        "deletions": detail.deletions,
        "changed_files": detail.changed_files,
    }
