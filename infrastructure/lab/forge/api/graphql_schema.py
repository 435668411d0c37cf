"""The part of GitHub's GraphQL schema the forge can answer: repository, objects, history, blame, pull requests."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from infrastructure.lab.forge.api.desk import MAIN, Desk
from infrastructure.lab.forge.api.shapes_account import Links, node_id, stamp
from infrastructure.lab.forge.api.shapes_git import login_of
from infrastructure.lab.forge.objects import BlameRange, Commit, Signature
from infrastructure.lab.forge.records import Pull
from infrastructure.lab.forge.repository import CommitQuery

Arguments = Mapping[str, Any]
PAGE = 100


@dataclass(frozen=True)
class Node:
    """A value of an object type."""

    type: str
    source: Any


class NotResolved(Exception):
    """GitHub's NOT_FOUND error: the field is null and the message says why."""


Resolver = Callable[[Any, Arguments], Awaitable[Any]]
INTERFACES: Mapping[str, tuple[str, ...]] = {
    "GitObject": ("Commit", "Blob", "Tree"),
    "Node": ("Commit", "Blob", "Tree", "Repository", "PullRequest", "Ref", "User"),
    "Actor": ("User",),
    "RepositoryOwner": ("User",),
}


class Schema:
    """Type → field → resolver."""

    def __init__(self, desk: Desk, links: Links, login: str) -> None:
        self._desk = desk
        self._repository = desk.shop.repository
        self._links = links
        self._login = login
        self.types: Mapping[str, Mapping[str, Resolver]] = {
            "Query": {"repository": self._find_repository, "viewer": _constant(Node("User", login))},
            "Repository": self._repository_fields(),
            "Ref": {
                "name": _given(lambda ref: ref),
                "prefix": _constant("refs/heads/"),
                "target": self._target,
            },
            "Commit": self._commit_fields(),
            "BlameRange": {**_RANGE, "commit": self._blamed_commit},
            "GitActor": {**_ACTOR, "user": _given(self._account)},
            "User": {"login": _given(lambda login: login), "name": _given(self._name)},
            "PullRequest": self._pull_fields(),
            **_PLAIN,
        }

    def _repository_fields(self) -> Mapping[str, Resolver]:
        options = self._desk.shop.options
        return {
            "id": _constant(node_id("Repository", options.repository)),
            "name": _constant(options.name),
            "nameWithOwner": _constant(options.repository),
            "url": _constant(self._links.html),
            "isPrivate": _constant(True),
            "owner": _constant(Node("User", options.owner)),
            "defaultBranchRef": _constant(Node("Ref", MAIN)),
            "ref": self._ref,
            "object": self._object,
            "pullRequest": self._pull,
        }

    def _commit_fields(self) -> Mapping[str, Resolver]:
        return {
            "id": _given(lambda commit: node_id("Commit", commit.sha)),
            "oid": _given(lambda commit: commit.sha),
            "abbreviatedOid": _given(lambda commit: commit.short),
            "message": _given(lambda commit: commit.message),
            "messageHeadline": _given(lambda commit: commit.title),
            "messageBody": _given(lambda commit: commit.body),
            "authoredDate": _given(lambda commit: stamp(commit.author.at)),
            "committedDate": _given(lambda commit: stamp(commit.committer.at)),
            "author": _given(lambda commit: Node("GitActor", commit.author)),
            "committer": _given(lambda commit: Node("GitActor", commit.committer)),
            "url": _given(lambda commit: f"{self._links.html}/commit/{commit.sha}"),
            "associatedPullRequests": self._associated,
            "parents": self._parents,
            "history": self._history,
            "blame": self._blame,
        }

    def _pull_fields(self) -> Mapping[str, Resolver]:
        issues = self._desk.shop.records.issues
        return {
            "id": _given(lambda pull: node_id("PullRequest", pull.number)),
            "number": _given(lambda pull: pull.number),
            "title": _given(lambda pull: issues[pull.number].title),
            "body": _given(lambda pull: issues[pull.number].body),
            "url": _given(lambda pull: f"{self._links.html}/pull/{pull.number}"),
            "state": _given(self._pull_state),
            "merged": _given(lambda pull: pull.merged_at is not None),
            "mergedAt": _given(lambda pull: stamp(pull.merged_at)),
            "createdAt": _given(lambda pull: stamp(issues[pull.number].created_at)),
            "baseRefName": _given(lambda pull: pull.base_ref),
            "headRefName": _given(lambda pull: pull.head_ref),
            "headRefOid": _given(lambda pull: pull.head_sha),
            "author": _given(lambda pull: Node("User", issues[pull.number].author)),
            "mergeCommit": self._merge_commit,
        }

    async def _find_repository(self, _: Any, arguments: Arguments) -> Node:
        asked = f"{arguments.get('owner')}/{arguments.get('name')}"
        if asked.lower() != self._desk.shop.options.repository.lower():
            raise NotResolved(f"Could not resolve to a Repository with the name '{asked}'.")
        return Node("Repository", asked)

    async def _ref(self, _: Any, arguments: Arguments) -> Node | None:
        name = str(arguments.get("qualifiedName", "")).removeprefix("refs/heads/")
        return Node("Ref", name) if name in await self._repository.branches() else None

    async def _target(self, ref: str, _: Arguments) -> Node:
        return await self._commit_node((await self._repository.branches())[ref])

    async def _object(self, _: Any, arguments: Arguments) -> Node | None:
        expression = str(arguments.get("expression") or arguments.get("oid") or "")
        revision, colon, path = expression.partition(":")
        sha = await self._repository.resolve(revision or "HEAD")
        if sha is None:
            return None
        if not colon:
            return await self._commit_node(sha)
        entry = await self._repository.entry(sha, path) if path else None
        if entry is None:
            return Node("Tree", await self._repository.tree_sha(sha)) if not path else None
        if entry.kind == "tree":
            return Node("Tree", entry.sha)
        return Node("Blob", (entry.sha, await self._repository.blob(entry.sha)))

    async def _commit_node(self, sha: str) -> Node:
        return Node("Commit", await self._repository.commit(sha))

    async def _pull(self, _: Any, arguments: Arguments) -> Node:
        number = arguments.get("number")
        pull = self._desk.shop.records.pulls.get(number) if isinstance(number, int) else None
        if pull is None:
            raise NotResolved(f"Could not resolve to a PullRequest with the number of {number}.")
        return Node("PullRequest", pull)

    async def _blame(self, commit: Commit, arguments: Arguments) -> Node:
        path = str(arguments.get("path", ""))
        ranges = await self._repository.blame(commit.sha, path)
        if ranges is None:
            raise NotResolved(f"Could not resolve file for path '{path}'.")
        return Node("Blame", ranges)

    async def _blamed_commit(self, item: BlameRange, _: Arguments) -> Node:
        return await self._commit_node(item.sha)

    async def _associated(self, commit: Commit, arguments: Arguments) -> Node:
        pulls = await self._desk.pulls.of_commit(commit.sha)
        return _connection([Node("PullRequest", pull) for pull in pulls], arguments)

    async def _parents(self, commit: Commit, arguments: Arguments) -> Node:
        parents = await self._repository.commits(commit.parents)
        return _connection([Node("Commit", parent) for parent in parents], arguments)

    async def _history(self, commit: Commit, arguments: Arguments) -> Node:
        path = str(arguments.get("path") or "")
        query = CommitQuery(
            commit.sha, paths=(path,) if path else (), limit=min(int(arguments.get("first") or PAGE), PAGE)
        )
        commits = await self._repository.commits(await self._repository.list_shas(query))
        return _connection([Node("Commit", item) for item in commits], arguments)

    async def _merge_commit(self, pull: Pull, _: Arguments) -> Node | None:
        return await self._commit_node(pull.merge_sha) if pull.merge_sha else None

    def _pull_state(self, pull: Pull) -> str:
        if pull.merged_at:
            return "MERGED"
        return self._desk.shop.records.issues[pull.number].state.upper()

    def _account(self, who: Signature) -> Node | None:
        login = login_of(who, self._desk.shop.records)
        return Node("User", login) if login else None

    def _name(self, login: str) -> str:
        return self._desk.shop.records.person(login).name


def _connection(items: Sequence[Node], arguments: Arguments) -> Node:
    first = arguments.get("first")
    return Node("Connection", list(items)[:first] if isinstance(first, int) else list(items))


def _given(read: Callable[[Any], Any]) -> Resolver:
    async def resolve(source: Any, _: Arguments) -> Any:
        return read(source)

    return resolve


def _constant(value: Any) -> Resolver:
    return _given(lambda _: value)


_RANGE: Mapping[str, Resolver] = {
    "startingLine": _given(lambda item: item.start),
    "endingLine": _given(lambda item: item.end),
    "age": _constant(1),
}
_ACTOR: Mapping[str, Resolver] = {
    "name": _given(lambda who: who.name),
    "email": _given(lambda who: who.email),
    "date": _given(lambda who: stamp(who.at)),
}
_PLAIN: Mapping[str, Mapping[str, Resolver]] = {
    "Blob": {
        "oid": _given(lambda blob: blob[0]),
        "text": _given(lambda blob: blob[1].decode(errors="replace")),
        "byteSize": _given(lambda blob: len(blob[1])),
        "isBinary": _given(lambda blob: b"\0" in blob[1]),
    },
    "Tree": {"oid": _given(lambda sha: sha)},
    "Blame": {"ranges": _given(lambda ranges: [Node("BlameRange", item) for item in ranges])},
    "Connection": {
        "nodes": _given(lambda items: items),
        "totalCount": _given(len),
        "edges": _given(lambda items: [Node("Edge", item) for item in items]),
        "pageInfo": _constant(Node("PageInfo", None)),
    },
    "Edge": {"node": _given(lambda item: item), "cursor": _constant("")},
    "PageInfo": {"hasNextPage": _constant(False), "endCursor": _constant(None)},
}
