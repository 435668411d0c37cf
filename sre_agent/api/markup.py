"""HTML in which nothing can be forgotten to be escaped: text becomes markup only through here."""

from __future__ import annotations

from html import escape

from sre_agent.domain.shown import visible


class Markup(str):
    """A string that is HTML already."""

    __slots__ = ()


Child = Markup | str | int | float | None


def el(tag: str, *children: Child, **attributes: str | int | float | bool | None) -> Markup:
    """An element. Text is escaped, Markup is not; `class_` is `class`, `http_equiv` is `http-equiv`; None and False fall away."""
    told = "".join(_attribute(name, value) for name, value in attributes.items() if value is not None)
    if tag in _VOID:
        return Markup(f"<{tag}{told}>")
    return Markup(f"<{tag}{told}>{join(*children)}</{tag}>")


def join(*children: Child) -> Markup:
    return Markup("".join(_child(child) for child in children if child is not None))


_VOID = frozenset({"meta", "link", "input", "br", "hr"})


def _child(child: Markup | str | int | float) -> str:
    return child if isinstance(child, Markup) else escape(visible(str(child)))


def _attribute(name: str, value: str | int | float | bool) -> str:
    if value is False:
        return ""
    name = name.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{escape(visible(str(value)))}"'
