"""Folds a stack trace, spread over many log lines, into one event: what was thrown, why, and where in own code.

Knows Java and its kin, Python, JavaScript, Go, .NET, Ruby, PHP, Rust and Elixir. Pure and streaming.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

_MOST_LINES: Final = 400

_CONTINUES: Final = re.compile(
    r"[ \t]+\S|Caused by:|Suppressed:|Traceback \(most recent call last\)|\.{3} \d+ (?:more|common frames)|"
    r"goroutine \d+ \[|created by |\[signal |During handling of the above|The above exception was|"
    r"from \S+:\d+:in |\S+\.rb:\d+:in [`'][^'`]+'\s*$|#\d+ \S|[Ss]tack (?:back)?trace:|--- End of |note: run with `RUST_BACKTRACE"
)
_PYTHON_START: Final = "Traceback (most recent call last)"
_GO_START: Final = re.compile(r"(?:panic:|fatal error:|goroutine \d+ \[)")
_GO_CALL: Final = re.compile(r"[\w./*()\[\]{}-]+\(.*\)$|exit status \d+$")

_FRAMES: Final = (
    ("python", re.compile(r"File \"(?P<file>[^\"]+)\", line (?P<line>\d+), in (?P<function>\S+)")),
    (
        "java",
        re.compile(
            r"^\s*at (?:[\w.@-]+/)?(?P<function>[\w.$<>]+)\((?P<file>[\w$]+\.\w+|Native Method|Unknown Source)(?::(?P<line>\d+))?\)"
        ),
    ),
    (
        "dotnet",
        re.compile(r"^\s*at (?P<function>[\w.<>`+]+)\([^)]*\)(?: in (?P<file>.+):line (?P<line>\d+))?\s*$"),
    ),
    ("rust", re.compile(r"^\s+at (?P<file>\S+\.rs):(?P<line>\d+)")),
    (
        "javascript",
        re.compile(r"^\s*at (?:async )?(?P<function>[^()\n]+?) \((?P<file>[^()\n]+?):(?P<line>\d+):\d+\)"),
    ),
    ("javascript", re.compile(r"^\s*at (?:async )?(?P<file>[^()\s]+):(?P<line>\d+):\d+\s*$")),
    ("go", re.compile(r"^\s+(?P<file>\S+\.go):(?P<line>\d+)(?: \+0x[0-9a-f]+)?\s*$")),
    ("ruby", re.compile(r"(?P<file>\S+\.rb):(?P<line>\d+):in [`'](?P<function>[^'`]+)'")),
    (
        "elixir",
        re.compile(r"^\s+\([\w.]+ [\w.-]+\) (?P<file>\S+\.exs?):(?P<line>\d+): (?P<function>\S+)"),
    ),
    ("php", re.compile(r"^#\d+ (?P<file>\S+\.php)\((?P<line>\d+)\): (?P<function>[\w\\:>-]+)")),
)
_FOREIGN: Final = re.compile(
    r"site-packages|dist-packages|/lib/python\d|<frozen |node_modules|node:|internal/|/usr/(?:local/)?(?:go|lib)/|"
    r"/go/pkg/mod/|/gems/|/ruby/|/vendor/|/rustc/|\.cargo/|"
    r"^(?:java|javax|jakarta|jdk|sun|kotlin|kotlinx|scala|akka|groovy|System|Microsoft|runtime|"
    r"org\.(?:springframework|apache|hibernate|eclipse|jboss|postgresql|mariadb)|"
    r"com\.(?:sun|zaxxer|fasterxml|mysql|mongodb|google\.common)|io\.(?:netty|grpc|undertow|vertx|micrometer)|"
    r"reactor|feign|okhttp3|redis\.clients)\."
)
_QUALIFIED: Final = re.compile(r"(?:[a-z][\w$]*\.)+[A-Z][\w$]*(?:Error|Exception|Throwable|Failure)\b")
_RUST_PANIC: Final = re.compile(r"thread '.*' panicked at .*:$")
_THROWN: Final = re.compile(
    r"(?:[\w.$]+\.)?[A-Z]\w*(?:Error|Exception|Failure|Interrupt|Exit|Warning|Timeout)\b"
)


@dataclass(frozen=True, slots=True)
class Frame:
    """One place in a stack. `own` is False when every frame belonged to libraries."""

    function: str
    file: str
    line: int | None
    own: bool

    @property
    def place(self) -> str:
        """Where, without the line number, so that two builds of one program say the same."""
        name = re.split(r"[\\/]", self.file)[-1]
        return f"{self.function} ({name})" if self.function and name else self.function or name


@dataclass(frozen=True, slots=True)
class Story:
    """A folded stack: the exception's own line, the deepest cause that it names, the top frame of own code."""

    headline: str
    cause: str = ""
    frame: Frame | None = None


@dataclass(slots=True)
class Event:
    """One log event: its first line, and the lines of its stack."""

    at: str
    text: str
    more: list[str] = field(default_factory=list)


def fold(lines: Iterable[tuple[str, str]]) -> Iterator[Event]:
    """(time, line) of ONE stream in time order → events; a stack's lines join the line they belong to."""
    event: Event | None = None
    for at, text in lines:
        if event is not None and len(event.more) < _MOST_LINES and _belongs(event, text):
            event.more.append(text)
            continue
        if event is not None:
            yield event
        event = Event(at=at, text=text)
    if event is not None:
        yield event


def story(text: str, more: str) -> Story:
    """What a folded stack tells. `text` is its first line; `more` the rest (or a structured line's stack field)."""
    lines = more.split("\n")
    return Story(headline=_headline(text, lines), cause=_cause(lines), frame=_top_frame([text, *lines]))


def _belongs(event: Event, text: str) -> bool:
    if text.startswith("{"):
        return False
    if not text.strip():
        return bool(event.more) or event.text.endswith(":") or bool(_GO_START.match(event.text))
    if text.rstrip() == "}" and event.more:
        return True
    if _CONTINUES.match(text):
        return not (text.startswith(_PYTHON_START) and not _may_carry_traceback(event))
    if not event.more and (_RUST_PANIC.match(event.text) or _explains(event.text, text)):
        return True
    if _is_python(event):
        return event.more[-1:] != [] and event.more[-1][:1] in (" ", "\t")
    return bool(_GO_START.match(event.text)) and bool(_GO_CALL.match(text))


def _explains(first: str, text: str) -> bool:
    """The JVM prints what was thrown on a line of its own, below the line that logged it."""
    return bool(_QUALIFIED.match(text)) and not _QUALIFIED.match(first)


def _may_carry_traceback(event: Event) -> bool:
    """A traceback begins below the line that logged it, or below another that it explains."""
    return (
        not event.more
        or event.more[-1].startswith(("During handling", "The above exception"))
        or not event.more[-1].strip()
    )


def _is_python(event: Event) -> bool:
    return event.text.startswith(_PYTHON_START) or any(line.startswith(_PYTHON_START) for line in event.more)


def _headline(text: str, lines: list[str]) -> str:
    """Python says what was thrown at the end, all others at the beginning."""
    if text.startswith(_PYTHON_START) or any(line.startswith(_PYTHON_START) for line in lines):
        thrown = [
            line
            for line in lines
            if line[:1].strip() and not line.startswith(("Traceback", "During", "The above"))
        ]
        if thrown:
            return (
                thrown[-1]
                if text.startswith(_PYTHON_START) or thrown[-1] in text
                else f"{text}: {thrown[-1]}"
            )
    if not text.strip():
        return next((line.strip() for line in lines if _THROWN.search(line)), lines[0].strip())
    if lines and (_RUST_PANIC.match(text) or _explains(text, lines[0])) and lines[0].strip() not in text:
        return f"{text.rstrip(':')}: {lines[0].strip()}"
    return text


def _cause(lines: list[str]) -> str:
    causes = [line.split("Caused by:", 1)[1].strip() for line in lines if "Caused by:" in line]
    return causes[-1] if causes else ""


def _top_frame(lines: list[str]) -> Frame | None:
    frames = list(_frames(lines))
    return next((frame for frame in frames if frame.own), frames[0] if frames else None)


def _frames(lines: list[str]) -> Iterator[Frame]:
    """The innermost call first, whatever the language's order."""
    found = [
        (language, frame)
        for before, line in _with_line_before(lines)
        for language, frame in _read(before, line)
    ]
    python = [frame for language, frame in found if language == "python"]
    yield from reversed(python)
    yield from (frame for language, frame in found if language != "python")


def _with_line_before(lines: list[str]) -> Iterator[tuple[str, str]]:
    return zip(["", *lines], lines, strict=False)


def _read(before: str, line: str) -> Iterator[tuple[str, Frame]]:
    for language, pattern in _FRAMES:
        match = pattern.search(line)
        if match is None:
            continue
        groups = match.groupdict()
        function = groups.get("function") or _function_above(language, before)
        file, number = groups.get("file") or "", groups.get("line")
        own = not (_FOREIGN.search(file) or _FOREIGN.search(function))
        yield language, Frame(
            function=function.strip(), file=file, line=int(number) if number else None, own=own
        )
        return


def _function_above(language: str, before: str) -> str:
    """Go and Rust name the function on the line above its place."""
    if language == "go":
        return re.sub(r"\([^()]*\)$", "", before.strip()).rsplit("/", 1)[-1]
    if language == "rust":
        return re.sub(r"^\d+:\s+(?:0x[0-9a-f]+ - )?", "", before.strip())
    return ""
