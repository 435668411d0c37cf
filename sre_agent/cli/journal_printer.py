"""Prints journal entries as they come: on a terminal live and in colour, elsewhere as whole plain lines."""

from __future__ import annotations

from datetime import datetime

from rich.console import Console
from rich.status import Status
from rich.table import Table
from rich.text import Text

from sre_agent.cli.journal_story import Story, Told
from sre_agent.cli.journal_view import Line, clock_words, is_progress, lines
from sre_agent.domain.journal import JournalEntry
from sre_agent.domain.shown import one_line


class JournalPrinter:
    """With the time since the first entry. `brief` tells the story without the mechanics; `of_many`: several incidents.

    On a terminal the state of a verification is one line that changes; `close` takes it away again.
    """

    def __init__(self, console: Console, *, brief: bool = False, of_many: bool = False) -> None:
        self._console = console
        self._brief = brief
        self._of_many = of_many
        self._since: datetime | None = None
        self._stories: dict[str, Story] = {}
        self._live: Status | None = None

    def __enter__(self) -> JournalPrinter:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """What is still held back is printed, and the line that changes is taken away."""
        self._end_live()
        for incident, story in self._stories.items():
            for told in story.rest():
                self._print(told, incident)

    def print(self, entry: JournalEntry) -> None:
        self._since = self._since or entry.at
        if self._console.is_terminal and not self._of_many and is_progress(entry):
            self._show_live(one_line(entry.text))
            return
        self._end_live()
        for told in self._told(entry):
            self._print(told, entry.incident_id)

    def _told(self, entry: JournalEntry) -> list[Told]:
        if not self._brief:
            return [Told(entry.at, lines(entry))]
        return self._stories.setdefault(entry.incident_id, Story()).tell(entry)

    def _show_live(self, words: str) -> None:
        text = Text(words, style="dim")
        if self._live is None:
            self._live = self._console.status(text)
            self._live.start()
        else:
            self._live.update(text)

    def _end_live(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _print(self, told: Told, incident: str) -> None:
        passed = clock_words(told.at - (self._since or told.at))
        if self._of_many:
            passed = f"{told.at:%H:%M:%S} {incident}"
        for number, line in enumerate(told.lines):
            self._print_line(passed if number == 0 else "", line)

    def _print_line(self, passed: str, line: Line) -> None:
        width = 29 if self._of_many else 8
        sign = Text.assemble(" " * (2 * line.indent), line.sign)
        if not self._console.is_terminal:
            text = Text.assemble(f"{passed:>{width}} ", sign, " ", line.words)
            self._console.print(text, soft_wrap=True)
            return
        grid = Table.grid(padding=(0, 1))
        grid.add_column(width=width, justify="right", style="dim", no_wrap=True)
        grid.add_column(width=2 + 2 * line.indent, no_wrap=True)
        grid.add_column(overflow="fold")
        grid.add_row(passed, sign, line.words)
        self._console.print(grid)
