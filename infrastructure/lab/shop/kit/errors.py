"""What a service may answer instead of a result, and why a program may refuse to start."""

from __future__ import annotations


class HttpError(Exception):
    """An answer with this status; the text goes to the caller."""

    status = 500


class BadRequest(HttpError):
    status = 400


class NotFound(HttpError):
    status = 404


class Conflict(HttpError):
    status = 409


class Overloaded(HttpError):
    """No worker free and no room left in the queue."""

    status = 503


class SettingWrong(Exception):
    """A setting is missing or cannot be used: the program does not start."""
