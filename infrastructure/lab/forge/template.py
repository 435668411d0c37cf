"""The repository template: files as they are today plus `history.yaml` → every past state, oldest first. Pure but for reading the folder."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml

from infrastructure.lab.forge.errors import TemplateWrong

HISTORY_FILE = "history.yaml"
MERGES = ("push", "squash", "merge", "rebase")
_PLACE = re.compile(r"\{\{ ([A-Z][A-Z0-9_]*) \}\}")
_AGO = re.compile(r"(\d+)([dhms])")
_UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
_IGNORED = ("__pycache__", ".pyc", ".git/")

Files = Mapping[str, bytes]


@dataclass(frozen=True)
class Person:
    login: str
    name: str
    email: str


@dataclass(frozen=True)
class PastCommit:
    """One change of the past and all files as they were after it."""

    author: str
    ago: timedelta
    title: str
    body: str
    merge: str
    merged_by: str
    branch: str
    labels: tuple[str, ...]
    files: Files


@dataclass(frozen=True)
class Template:
    people: Mapping[str, Person]
    first_number: int
    commits: tuple[PastCommit, ...]


def load_template(folder: Path, values: Mapping[str, str]) -> Template:
    """Read a template folder; raises TemplateWrong."""
    if not folder.is_dir():
        raise TemplateWrong(f"no template folder at {folder}")
    root = folder / "tree" if (folder / "tree").is_dir() else folder
    files = {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and not _ignored(path.relative_to(root).as_posix())
    }
    files.pop(HISTORY_FILE, None)
    filled = {name: _fill(name, content, values) for name, content in files.items()}
    written = folder / HISTORY_FILE
    return build_template(filled, _read_history(written, values) if written.exists() else {})


def _ignored(path: str) -> bool:
    return any(part in path for part in _IGNORED)


def _read_history(path: Path, values: Mapping[str, str]) -> dict[str, Any]:
    try:
        loaded = yaml.safe_load(_fill(path.name, path.read_bytes(), values))
    except yaml.YAMLError as error:
        raise TemplateWrong(f"{path.name} is not YAML: {error}") from error
    if not isinstance(loaded, dict):
        raise TemplateWrong(f"{path.name}: expected a mapping with `people` and `commits`")
    return loaded


def _fill(name: str, content: bytes, values: Mapping[str, str]) -> bytes:
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return content

    def value(found: re.Match[str]) -> str:
        if found[1] not in values:
            raise TemplateWrong(f"{name}: `{found[0]}` has no value; give {found[1]} in ForgeOptions.values")
        return values[found[1]]

    return _PLACE.sub(value, text).encode()


def build_template(files: Files, history: Mapping[str, Any]) -> Template:
    """Walk the history backwards from today's files, undoing each commit's changes."""
    commits = history.get("commits") or [{"author": "shop", "ago": "30d", "title": "Lay out the shop"}]
    people = {login: _person(login, about or {}) for login, about in (history.get("people") or {}).items()}
    past: list[PastCommit] = []
    state = dict(files)
    for index in reversed(range(len(commits))):
        commit = commits[index]
        past.append(_past_commit(commit, dict(state)))
        if index == 0 and commit.get("changes"):
            raise TemplateWrong(
                f"{commit['title']!r}: the first commit holds all the rest and has no changes"
            )
        for change in commit.get("changes") or ():
            _undo(state, change, commit["title"])
    past.reverse()
    for login in {name for commit in past for name in (commit.author, commit.merged_by)} - set(people):
        people[login] = _person(login, {})
    return Template(people, int(history.get("first_number", 1)), tuple(past))


def _person(login: str, about: Mapping[str, Any]) -> Person:
    return Person(login, str(about.get("name", login)), str(about.get("email", f"{login}@shop.example")))


def _past_commit(raw: Mapping[str, Any], files: Files) -> PastCommit:
    missing = [key for key in ("author", "ago", "title") if key not in raw]
    if missing:
        raise TemplateWrong(f"a commit of {HISTORY_FILE} lacks {', '.join(missing)}: {dict(raw)!r:.120}")
    author, title, merge = str(raw["author"]), str(raw["title"]), str(raw.get("merge", "push"))
    if merge not in MERGES:
        raise TemplateWrong(f"{title!r}: merge is {merge!r}, expected one of {', '.join(MERGES)}")
    return PastCommit(
        author=author,
        ago=parse_ago(raw["ago"], title),
        title=title,
        body=str(raw.get("body", "")).strip(),
        merge=merge,
        merged_by=str(raw.get("merged_by", author)),
        branch=str(raw.get("branch") or f"{author}/{slug(title)}"),
        labels=tuple(raw.get("labels") or ()),
        files=files,
    )


def parse_ago(text: object, title: str = "") -> timedelta:
    """`12d6h` → a duration."""
    parts = _AGO.findall(str(text))
    if not parts or "".join(number + unit for number, unit in parts) != str(text):
        raise TemplateWrong(f"{title!r}: ago is {text!r}, expected something like 12d6h")
    return timedelta(**{_UNITS[unit]: int(number) for number, unit in parts})


def slug(title: str) -> str:
    return "-".join(re.findall(r"[a-z0-9]+", title.lower()))[:48].strip("-")


def _undo(state: dict[str, bytes], change: Mapping[str, Any], title: str) -> None:
    path = str(change.get("path", ""))
    if change.get("added"):
        if state.pop(path, None) is None:
            raise TemplateWrong(f"{title!r} adds {path}, which is not there afterwards")
    elif "removed" in change:
        if path in state:
            raise TemplateWrong(f"{title!r} removes {path}, which is still there afterwards")
        state[path] = str(change["removed"]).encode()
    else:
        state[path] = _reverse_edit(state, change, title)


def _reverse_edit(state: Files, change: Mapping[str, Any], title: str) -> bytes:
    path = str(change.get("path", ""))
    if path not in state or "before" not in change or "after" not in change:
        raise TemplateWrong(f"{title!r}: {path or 'a change'} needs an existing path, `before` and `after`")
    before, after = str(change["before"]).encode(), str(change["after"]).encode()
    if state[path].count(after) != 1:
        raise TemplateWrong(
            f"{title!r}: {str(change['after'])!r:.80} stands {state[path].count(after)} times in {path}, expected once"
        )
    return state[path].replace(after, before)
