"""People and the repository as the REST API shows them. Pure."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from infrastructure.lab.forge.options import ForgeOptions
from infrastructure.lab.forge.template import Person

Json = Any


@dataclass(frozen=True)
class Links:
    """Addresses of things: `root` is where the API is served, `repo` is owner/name."""

    root: str
    repo: str

    @property
    def api(self) -> str:
        return f"{self.root}/repos/{self.repo}"

    @property
    def html(self) -> str:
        return f"{self.root}/{self.repo}"

    @property
    def owner(self) -> str:
        return self.repo.split("/")[0]


def stamp(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def number_of(name: str) -> int:
    """A stable id for something that is known by its name."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big") % 90_000_000 + 10_000_000


def node_id(kind: str, name: object) -> str:
    return base64.b64encode(f"{kind}:{name}".encode()).decode()


def user_shape(login: str, links: Links) -> dict[str, Json]:
    url = f"{links.root}/users/{login}"
    bot = login.endswith("[bot]")
    return {
        "login": login,
        "id": number_of(login),
        "node_id": node_id("User", login),
        "avatar_url": f"{links.root}/avatars/{number_of(login)}",
        "gravatar_id": "",
        "url": url,
        "html_url": f"{links.root}/{login}",
        "followers_url": f"{url}/followers",
        "following_url": f"{url}/following{{/other_user}}",
        "gists_url": f"{url}/gists{{/gist_id}}",
        "starred_url": f"{url}/starred{{/owner}}{{/repo}}",
        "subscriptions_url": f"{url}/subscriptions",
        "organizations_url": f"{url}/orgs",
        "repos_url": f"{url}/repos",
        "events_url": f"{url}/events{{/privacy}}",
        "received_events_url": f"{url}/received_events",
        "type": "Bot" if bot else "Organization" if login == links.owner else "User",
        "user_view_type": "public",
        "site_admin": False,
    }


def full_user_shape(person: Person, links: Links, created_at: datetime) -> dict[str, Json]:
    unknown = dict.fromkeys(("company", "location", "hireable", "bio", "twitter_username"), None)
    return {
        **user_shape(person.login, links),
        **unknown,
        "name": person.name,
        "email": person.email,
        "blog": "",
        "public_repos": 0,
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "created_at": stamp(created_at),
        "updated_at": stamp(created_at),
    }


_TEMPLATES: Mapping[str, str] = {
    "archive_url": "/{archive_format}{/ref}",
    "assignees_url": "/assignees{/user}",
    "blobs_url": "/git/blobs{/sha}",
    "branches_url": "/branches{/branch}",
    "collaborators_url": "/collaborators{/collaborator}",
    "comments_url": "/comments{/number}",
    "commits_url": "/commits{/sha}",
    "compare_url": "/compare/{base}...{head}",
    "contents_url": "/contents/{+path}",
    "contributors_url": "/contributors",
    "deployments_url": "/deployments",
    "downloads_url": "/downloads",
    "events_url": "/events",
    "forks_url": "/forks",
    "git_commits_url": "/git/commits{/sha}",
    "git_refs_url": "/git/refs{/sha}",
    "git_tags_url": "/git/tags{/sha}",
    "hooks_url": "/hooks",
    "issue_comment_url": "/issues/comments{/number}",
    "issue_events_url": "/issues/events{/number}",
    "issues_url": "/issues{/number}",
    "keys_url": "/keys{/key_id}",
    "labels_url": "/labels{/name}",
    "languages_url": "/languages",
    "merges_url": "/merges",
    "milestones_url": "/milestones{/number}",
    "notifications_url": "/notifications{?since,all,participating}",
    "pulls_url": "/pulls{/number}",
    "releases_url": "/releases{/id}",
    "stargazers_url": "/stargazers",
    "statuses_url": "/statuses/{sha}",
    "subscribers_url": "/subscribers",
    "subscription_url": "/subscription",
    "tags_url": "/tags",
    "teams_url": "/teams",
    "trees_url": "/git/trees{/sha}",
}


@dataclass(frozen=True)
class RepositoryFacts:
    created_at: datetime
    pushed_at: datetime
    open_issues: int
    may_write: bool


def repository_shape(options: ForgeOptions, links: Links, facts: RepositoryFacts) -> dict[str, Json]:
    return {
        "id": number_of(links.repo),
        "node_id": node_id("Repository", links.repo),
        "name": options.name,
        "full_name": links.repo,
        "private": True,
        "visibility": "private",
        "owner": user_shape(options.owner, links),
        "html_url": links.html,
        "description": "The shop: its services and how they are deployed",
        "url": links.api,
        **{name: links.api + path for name, path in _TEMPLATES.items()},
        "created_at": stamp(facts.created_at),
        "updated_at": stamp(facts.pushed_at),
        "pushed_at": stamp(facts.pushed_at),
        "default_branch": "main",
        "language": "Python",
        "open_issues": facts.open_issues,
        "open_issues_count": facts.open_issues,
        "permissions": {
            "admin": False,
            "maintain": False,
            "push": facts.may_write,
            "triage": facts.may_write,
            "pull": True,
        },
        **_CONSTANTS,
    }


_CONSTANTS: Mapping[str, Json] = {
    "fork": False,
    "archived": False,
    "disabled": False,
    "is_template": False,
    "homepage": None,
    "license": None,
    "mirror_url": None,
    "topics": [],
    "size": 128,
    "forks": 0,
    "forks_count": 0,
    "network_count": 0,
    "stargazers_count": 0,
    "subscribers_count": 0,
    "watchers": 0,
    "watchers_count": 0,
    "has_issues": True,
    "has_projects": False,
    "has_wiki": False,
    "has_pages": False,
    "has_downloads": False,
    "has_discussions": False,
    "allow_merge_commit": True,
    "allow_squash_merge": True,
    "allow_rebase_merge": True,
    "allow_auto_merge": False,
    "allow_update_branch": False,
    "allow_forking": False,
    "delete_branch_on_merge": False,
    "squash_merge_commit_title": "PR_TITLE",
    "squash_merge_commit_message": "COMMIT_MESSAGES",
    "merge_commit_title": "MERGE_MESSAGE",
    "merge_commit_message": "PR_TITLE",
    "web_commit_signoff_required": False,
}
