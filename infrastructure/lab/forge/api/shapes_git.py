"""Commits, diffs, trees, files and refs as the REST API shows them. Pure."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote

from infrastructure.lab.forge.api.shapes_account import Links, node_id, stamp, user_shape
from infrastructure.lab.forge.objects import Commit, FileDiff, Signature, TreeEntry
from infrastructure.lab.forge.past import MACHINE
from infrastructure.lab.forge.records import Records

Json = Any
PATCH_LINES = 3000
"""GitHub leaves the patch of a larger file out."""
_UNSIGNED = {
    "verified": False,
    "reason": "unsigned",
    "signature": None,
    "payload": None,
    "verified_at": None,
}


def signature_shape(signature: Signature) -> dict[str, Json]:
    return {"name": signature.name, "email": signature.email, "date": stamp(signature.at)}


def login_of(signature: Signature, records: Records) -> str | None:
    if signature.email == MACHINE[1]:
        return "web-flow"
    person = records.person_by_email(signature.email)
    return person.login if person else None


def _account(signature: Signature, records: Records, links: Links) -> Json:
    login = login_of(signature, records)
    return user_shape(login, links) if login else None


def commit_shape(commit: Commit, records: Records, links: Links) -> dict[str, Json]:
    url = f"{links.api}/commits/{commit.sha}"
    return {
        "sha": commit.sha,
        "node_id": node_id("Commit", commit.sha),
        "commit": {
            "author": signature_shape(commit.author),
            "committer": signature_shape(commit.committer),
            "message": commit.message,
            "tree": {"sha": commit.tree, "url": f"{links.api}/git/trees/{commit.tree}"},
            "url": f"{links.api}/git/commits/{commit.sha}",
            "comment_count": 0,
            "verification": _UNSIGNED,
        },
        "url": url,
        "html_url": f"{links.html}/commit/{commit.sha}",
        "comments_url": f"{url}/comments",
        "author": _account(commit.author, records, links),
        "committer": _account(commit.committer, records, links),
        "parents": [
            {
                "sha": parent,
                "url": f"{links.api}/commits/{parent}",
                "html_url": f"{links.html}/commit/{parent}",
            }
            for parent in commit.parents
        ],
    }


def stats_shape(files: Iterable[FileDiff]) -> dict[str, int]:
    counts = [(file.additions, file.deletions) for file in files]
    added, deleted = sum(a for a, _ in counts), sum(d for _, d in counts)
    return {"total": added + deleted, "additions": added, "deletions": deleted}


def file_shape(file: FileDiff, sha: str, links: Links) -> dict[str, Json]:
    path = quote(file.path, safe="")
    shape: dict[str, Json] = {
        "sha": file.sha,
        "filename": file.path,
        "status": file.status,
        "additions": file.additions,
        "deletions": file.deletions,
        "changes": file.additions + file.deletions,
        "blob_url": f"{links.html}/blob/{sha}/{path}",
        "raw_url": f"{links.html}/raw/{sha}/{path}",
        "contents_url": f"{links.api}/contents/{path}?ref={sha}",
    }
    if file.patch is not None and file.additions + file.deletions <= PATCH_LINES:
        shape["patch"] = file.patch
    if file.previous:
        shape["previous_filename"] = file.previous
    return shape


def git_commit_shape(commit: Commit, links: Links) -> dict[str, Json]:
    return {
        "sha": commit.sha,
        "node_id": node_id("Commit", commit.sha),
        "url": f"{links.api}/git/commits/{commit.sha}",
        "html_url": f"{links.html}/commit/{commit.sha}",
        "author": signature_shape(commit.author),
        "committer": signature_shape(commit.committer),
        "message": commit.message,
        "tree": {"sha": commit.tree, "url": f"{links.api}/git/trees/{commit.tree}"},
        "parents": [
            {
                "sha": parent,
                "url": f"{links.api}/git/commits/{parent}",
                "html_url": f"{links.html}/commit/{parent}",
            }
            for parent in commit.parents
        ],
        "verification": _UNSIGNED,
    }


def tree_shape(sha: str, entries: Sequence[TreeEntry], links: Links) -> dict[str, Json]:
    return {
        "sha": sha,
        "url": f"{links.api}/git/trees/{sha}",
        "tree": [_entry_shape(entry, links) for entry in entries],
        "truncated": False,
    }


def _entry_shape(entry: TreeEntry, links: Links) -> dict[str, Json]:
    folder = "trees" if entry.kind == "tree" else "blobs"
    shape: dict[str, Json] = {
        "path": entry.path,
        "mode": entry.mode,
        "type": entry.kind,
        "sha": entry.sha,
        "url": f"{links.api}/git/{folder}/{entry.sha}",
    }
    if entry.size is not None:
        shape["size"] = entry.size
    return shape


def blob_shape(sha: str, content: bytes, links: Links) -> dict[str, Json]:
    return {
        "sha": sha,
        "node_id": node_id("Blob", sha),
        "size": len(content),
        "url": f"{links.api}/git/blobs/{sha}",
        "content": base64.encodebytes(content).decode(),
        "encoding": "base64",
    }


def ref_shape(name: str, sha: str, links: Links) -> dict[str, Json]:
    return {
        "ref": name,
        "node_id": node_id("Ref", name),
        "url": f"{links.api}/git/{quote(name)}",
        "object": {"type": "commit", "sha": sha, "url": f"{links.api}/git/commits/{sha}"},
    }


def content_shape(entry: TreeEntry, ref: str, links: Links, content: bytes | None = None) -> dict[str, Json]:
    """A file (with content when it is asked for by itself) or a folder's line."""
    kind = {"tree": "dir", "commit": "submodule"}.get(entry.kind, "file")
    path = quote(entry.path)
    url = f"{links.api}/contents/{path}?ref={quote(ref)}"
    git_url = f"{links.api}/git/{'trees' if kind == 'dir' else 'blobs'}/{entry.sha}"
    html_url = f"{links.html}/{'tree' if kind == 'dir' else 'blob'}/{quote(ref)}/{path}"
    shape: dict[str, Json] = {
        "name": entry.path.rsplit("/", 1)[-1],
        "path": entry.path,
        "sha": entry.sha,
        "size": entry.size or 0,
        "url": url,
        "html_url": html_url,
        "git_url": git_url,
        "download_url": None if kind == "dir" else f"{links.html}/raw/{quote(ref)}/{path}",
        "type": kind,
        "_links": {"self": url, "git": git_url, "html": html_url},
    }
    if content is not None:
        shape |= {"content": base64.encodebytes(content).decode(), "encoding": "base64"}
    return shape
