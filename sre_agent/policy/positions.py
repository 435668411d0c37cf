"""Where in a file a place within one of its scalars is. Pure."""

from __future__ import annotations

import yaml


def position(node: yaml.Node, source: str, *, line: int, column: int) -> tuple[int, int]:
    """Line and column in the file of a line and column in a scalar's value.

    Folding and quoting change white space and add marks, so the place is found by counting the
    other characters.
    """
    value_lines = str(node.value).split("\n")
    before = "\n".join(value_lines[: line - 1]) + value_lines[min(line, len(value_lines)) - 1][: column - 1]
    wanted = sum(1 for character in before if not character.isspace())
    start, end = node.start_mark.index, node.end_mark.index
    index = _start_of_content(source, start, end)
    while index < end and (wanted > 0 or source[index].isspace()):
        wanted -= not source[index].isspace()
        index += 1
    line_start = source.rfind("\n", 0, index) + 1
    return source.count("\n", 0, index) + 1, index - line_start + 1


def _start_of_content(source: str, start: int, end: int) -> int:
    """After the opening quote, or on the line after the mark of a block (`|`, `>`)."""
    if source[start] in "|>":
        return source.index("\n", start, end) + 1
    return start + (source[start] in "'\"")
