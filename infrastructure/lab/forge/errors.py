"""What can go wrong in the forge outside its API."""

from __future__ import annotations


class ForgeError(Exception):
    """Any failure of the forge; the message says what to do."""


class GitMissing(ForgeError):
    """The `git` program is absent or too old."""


class FolderTaken(ForgeError):
    """The repository's folder exists already and was not made by the forge."""


class GitFailed(ForgeError):
    """A git command ended with an error."""

    def __init__(self, arguments: tuple[str, ...], code: int, message: str) -> None:
        super().__init__(f"git {' '.join(arguments)} ended with {code}: {message.strip() or 'no message'}")
        self.code = code
        self.message = message.strip()


class TemplateWrong(ForgeError):
    """The repository template contradicts itself; the message names the commit and the file."""


class ChangeRefused(ForgeError):
    """A change could not be merged: nothing changed, its checks failed, or it conflicts."""
