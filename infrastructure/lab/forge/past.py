"""How a template's past becomes commits: one fast-import stream, and what each change left behind. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from infrastructure.lab.forge.fast_import import StreamCommit, difference, stream_commit
from infrastructure.lab.forge.objects import Signature
from infrastructure.lab.forge.template import Files, PastCommit, Template

MAIN = "refs/heads/main"
MACHINE = ("GitHub", "noreply@github.com")
REVIEW = timedelta(hours=2, minutes=20)
"""How long a past pull request was open, if the commit before it leaves that much room."""


@dataclass(frozen=True)
class PastChange:
    """One change that reached main, by the marks its commits have in the stream."""

    commit: PastCommit
    at: datetime
    opened_at: datetime
    main_mark: int
    base_mark: int | None = None
    head_mark: int | None = None
    """The pull request's own commit; None for a direct push."""
    number: int | None = None


class PastWriter:
    """Walks a template's commits and writes the stream."""

    def __init__(self, template: Template, *, owner: str, now: datetime) -> None:
        self._template = template
        self._owner = owner
        self._now = now
        self._mark = 0
        self._number = template.first_number - 1
        self._parts: list[bytes] = []
        self._changes: list[PastChange] = []
        self._files: Files = {}

    def write(self) -> tuple[bytes, list[PastChange]]:
        """The stream, and its changes oldest first."""
        for commit in self._template.commits:
            self._changes.append(self._change(commit))
            self._files = commit.files
        return b"".join(self._parts), self._changes

    @property
    def next_number(self) -> int:
        return self._number + 1

    def _change(self, commit: PastCommit) -> PastChange:
        at = self._now - commit.ago
        if not self._changes:
            return PastChange(commit, at, at, self._on_main(commit, at, ()))
        previous = self._changes[-1]
        base = previous.main_mark
        if commit.merge == "push":
            return PastChange(commit, at, at, self._on_main(commit, at, (base,)), base)
        opened_at = min(at, max(at - REVIEW, previous.at + timedelta(minutes=1)))
        self._number += 1
        head = self._on_branch(commit, opened_at, base)
        parents = (base, head) if commit.merge == "merge" else (base,)
        main = self._on_main(commit, at, parents)
        return PastChange(commit, at, opened_at, main, base, head, self._number)

    def _on_branch(self, commit: PastCommit, at: datetime, base: int) -> int:
        who = self._who(commit.author, at)
        return self._emit(
            f"refs/pull/{self._number}/head", commit, (who, who), _message(commit.title, commit.body), (base,)
        )

    def _on_main(self, commit: PastCommit, at: datetime, parents: tuple[int, ...]) -> int:
        author = self._who(commit.author, at)
        if commit.merge == "push" or not parents:
            signatures = (author, author)
        elif commit.merge == "merge":
            signatures = (self._who(commit.merged_by, at), Signature(*MACHINE, at))
        else:
            signatures = (author, Signature(*MACHINE, at))
        return self._emit(MAIN, commit, signatures, self._main_message(commit), parents)

    def _main_message(self, commit: PastCommit) -> str:
        if commit.merge == "squash":
            return _message(f"{commit.title} (#{self._number})", commit.body)
        if commit.merge == "merge":
            return _message(
                f"Merge pull request #{self._number} from {self._owner}/{commit.branch}", commit.title
            )
        return _message(commit.title, commit.body)

    def _emit(
        self,
        ref: str,
        commit: PastCommit,
        signatures: tuple[Signature, Signature],
        message: str,
        parents: tuple[int, ...],
    ) -> int:
        self._mark += 1
        puts, takes = difference(self._files, commit.files)
        marks = tuple(f":{parent}" for parent in parents)
        self._parts.append(
            stream_commit(StreamCommit(self._mark, ref, *signatures, message, marks, puts, takes))
        )
        return self._mark

    def _who(self, login: str, at: datetime) -> Signature:
        person = self._template.people[login]
        return Signature(person.name, person.email, at)


def _message(title: str, body: str) -> str:
    return f"{title}\n\n{body}".strip()
