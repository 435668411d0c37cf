"""The catalogue of failure modes, as the diagnosis reads it."""

from __future__ import annotations

from docs.generate.markdown import code, table
from docs.generate.markdown import page as whole_page
from sre_agent.catalogue.cause import Cause
from sre_agent.catalogue.index import entries
from sre_agent.domain.diagnosis import Layer


def page() -> str:
    causes = [entry.cause for entry in entries().values()]
    layers = [(layer, [cause for cause in causes if cause.layer == layer]) for layer in Layer]
    parts = [
        f"## {layer.value.replace('_', ' ').capitalize()}\n\n" + "\n\n".join(map(_section, found))
        for layer, found in layers
        if found
    ]
    return whole_page(
        "Causes",
        f"The {len(causes)} failure modes the diagnosis knows, by layer: what speaks for each, what rules it out, what it is\n"
        "mistaken for, and the remedies that fit. A cause named in an incident has its code here.",
        table(
            ("layer", "causes"),
            [
                (layer.value.replace("_", " "), code(*(one.code for one in found)))
                for layer, found in layers
                if found
            ],
        ),
        *parts,
    )


def _section(cause: Cause) -> str:
    lines = [f"### `{cause.code}`", "", f"{cause.title}. {cause.description}", ""]
    lines += [f"- **found on**: {', '.join(cause.entity_kinds)} ({cause.depth.name.lower()})"]
    lines += [f"- **speaks for it**: {_list(cause.supports)}"] if cause.supports else []
    lines += [f"- **rules it out**: {_list(cause.rules_out)}"] if cause.rules_out else []
    lines += [f"- **not to be mistaken for** `{one.code}`: {one.told_apart_by}" for one in cause.neighbours]
    lines += [f"- **remedies**: {code(*cause.remedies) or 'none that a tool could carry out'}"]
    return "\n".join(lines)


def _list(texts: tuple[str, ...]) -> str:
    return "; ".join(text.rstrip(".") for text in texts)
