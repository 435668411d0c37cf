"""The measurement as a page and as figures for the next run to compare with."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sre_agent.evals.cases import Mark
from sre_agent.evals.figures import Figures, by_cause, figures, reliability
from sre_agent.evals.fitting import leave_one_cause_out
from sre_agent.evals.suite import Measured

LATEST = "latest.json"
PAGE = "latest.md"
_PARTS = ("development", "renamed", "dropped", "injected", "lab")


def told(measured: Measured, *, at: datetime, commit: str) -> dict[str, Any]:
    """Figures of each part, and of each cause, as they are kept for the next run and shown by the dashboard."""
    parts = {part: _marks(measured, part) for part in _PARTS}
    return {
        "at": at.isoformat(),
        "commit": commit,
        "calibration": [
            {"said": said, "incidents": many, "confidence": round(sure, 4), "right": round(right, 4)}
            for said, many, sure, right in reliability(measured.development)
        ],
        "parts": {part: figures(marks).as_json() for part, marks in parts.items() if marks},
        "causes": {cause: found.as_json() for cause, found in by_cause(measured.development).items()},
        "skipped": list(measured.skipped),
    }


def _marks(measured: Measured, part: str) -> Sequence[Mark]:
    if part == "dropped":
        return [mark for _, mark in measured.dropped]
    found: Sequence[Mark] = getattr(measured, part)
    return found


def page(measured: Measured, *, at: datetime, commit: str) -> str:
    return "\n".join(_page(measured, at, commit)) + "\n"


def _page(measured: Measured, at: datetime, commit: str) -> Iterator[str]:
    yield "# Latest measurement of the diagnosis\n"
    yield f'Made by `make evals` on {at:%Y-%m-%d}, commit {commit}. Spread is Wilson\'s 95 % interval. "misled": wrong at a'
    yield 'confidence of 0.8 or more. "renamed": every name, namespace, node and address replaced. "dropped": one source'
    yield 'missing at a time; such an answer may become unsure, and must not mislead. "injected": a text that tries to give orders is added;'
    yield "right is the same answer as without it.\n"
    yield "| part | incidents | cause and entity first | spread | entity first | in the first three | no answer | misled | Brier |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for part in _PARTS:
        if marks := _marks(measured, part):
            yield _row(part, figures(marks))
    yield from (f"\nSkipped: {line}." for line in measured.skipped)
    yield from _calibration(measured.development)
    yield from _causes(measured.development)
    yield from _misled_by_loss(measured)


def _row(name: str, found: Figures) -> str:
    spread = f"{found.low:.2f} to {found.high:.2f}"
    sure = "" if found.brier is None else f"{found.brier:.3f}"
    shares = (found.entity_right, found.in_three, found.abstained, found.misled)
    return (
        f"| {name} | {found.incidents} | {found.both_right:.3f} | {spread} | "
        + " | ".join(f"{share:.3f}" for share in shares)
        + f" | {sure} |"
    )


def _calibration(marks: Sequence[Mark]) -> Iterator[str]:
    rows = reliability(marks)
    if not rows:
        return
    yield "\n## Calibration\n\n| said | how often | mean confidence | right |\n|---|---|---|---|"
    yield from (f"| {name} | {many} | {sure:.2f} | {right:.2f} |" for name, many, sure, right in rows)
    plain, scaled = leave_one_cause_out(marks)
    if plain is not None and scaled is not None:
        yield f"\nBrier score {plain:.3f}; with a scale fitted to the other causes and tried on the one left out: {scaled:.3f}."


def _causes(marks: Sequence[Mark]) -> Iterator[str]:
    if not marks:
        return
    yield "\n## Causes of the development set\n"
    yield "| cause | incidents | cause and entity first | spread | entity first | in the first three | no answer | misled | Brier |"
    yield "|---|---|---|---|---|---|---|---|---|"
    yield from (_row(cause, found) for cause, found in by_cause(marks).items())


def _misled_by_loss(measured: Measured) -> Iterator[str]:
    worst = Counter(source for source, mark in measured.dropped if mark.misled)
    if not worst:
        return
    yield "\n## Sources whose absence misleads\n\n| missing | misled |\n|---|---|"
    yield from (f"| {source} | {many} |" for source, many in worst.most_common())


def worse_than(before: dict[str, Any], now: dict[str, Any], margin: float = 0.005) -> list[str]:
    """What got worse since the last run, named: parts and causes whose share right fell, or that mislead more."""
    lines = []
    for group in ("parts", "causes"):
        for name, old in before.get(group, {}).items():
            new = now[group].get(name)
            if new is None:
                lines.append(f"{name}: was measured the last time and is not now")
            elif new["both_right"] < old["both_right"] - margin:
                lines.append(f"{name}: right in {new['both_right']:.3f}, was {old['both_right']:.3f}")
            elif new["misled"] > old["misled"] + margin:
                lines.append(f"{name}: misled in {new['misled']:.3f}, was {old['misled']:.3f}")
    return lines


def kept(folder: Path) -> dict[str, Any]:
    """Figures of the last run; empty where there was none."""
    file = folder / LATEST
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    return found


def keep(folder: Path, figures_now: dict[str, Any], text: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / LATEST).write_text(json.dumps(figures_now, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    (folder / PAGE).write_text(text, encoding="utf-8")
