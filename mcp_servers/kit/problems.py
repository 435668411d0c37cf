"""What stops the start of a tool server."""

from __future__ import annotations


class SettingProblem(Exception):
    """A setting that stops the start: its name, what was found, what it should be."""

    def __init__(self, name: str, found: str, expected: str) -> None:
        super().__init__(f"{name} is {found}; it should be {expected}.")
        self.name = name
