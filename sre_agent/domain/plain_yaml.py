"""YAML as a person reads it: a key stands once, an alias stands for a plain list alone, and nothing is deep. Pure."""

from __future__ import annotations

from typing import Any, Final

import yaml

_DEEPEST: Final = 20


def read_plain(text: str) -> Any:
    """The document's value. Raises yaml.MarkedYAMLError, which names line and column, or ValueError."""
    loader = _Plain(text)
    try:
        return loader.get_single_data()
    finally:
        loader.dispose()


class _Plain(yaml.SafeLoader):
    anchors: dict[str, yaml.Node]
    _depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent) and not _is_flat(self.anchors.get(str(event.anchor))):
            raise _wrong(event.start_mark, "an alias stands for a list of plain values alone; write this out")
        self._depth += 1
        if self._depth > _DEEPEST:
            raise _wrong(event.start_mark, f"nothing here is deeper than {_DEEPEST} levels")
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            name = str(key.value)
            if name in seen:
                raise _wrong(key.start_mark, f"the key {name[:80]!r} stands here twice; keep one of them")
            if key.tag == "tag:yaml.org,2002:merge":
                raise _wrong(key.start_mark, "`<<` merges nothing here; write the keys out")
            seen.add(name)
        return super().construct_mapping(node, deep=deep)


def _is_flat(node: yaml.Node | None) -> bool:
    """Lists in lists, each named several times, make a small file a large document."""
    return isinstance(node, yaml.SequenceNode) and all(
        isinstance(item, yaml.ScalarNode) for item in node.value
    )


def _wrong(mark: Any, what: str) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=what, problem_mark=mark)
