"""Measures the ranking commands against sets with known answers, each judged by the scorer that comes with its set.

A set is a folder of the development material; one that is not there is left out. The answers are made by the functions
that the commands call, or by the commands' own processes.
"""

from __future__ import annotations

import json
import subprocess  # nosec B404 - scorers and the tool servers' parts are programs
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sre_agent.intake.payload import delivery_of
from sre_agent.intake.routing import routed
from sre_agent.intake.settings import IntakeSettings
from sre_agent.signals.ranking.blame import blame
from sre_agent.signals.ranking.suspects import Asked
from sre_agent.signals.ranking.table import read_graph, read_table

_MINUTES: Final = 10 * 60


@dataclass(frozen=True)
class Measured:
    """One command's figures, as the set's scorer gave them."""

    command: str
    figures: Mapping[str, Any]


def measured(sets: Path) -> Iterator[Measured]:
    """The figures of every ranking command whose set lies in the folder `sets`."""
    for command, folder, measure in _MEASURES:
        if (sets / folder).is_dir():
            with tempfile.TemporaryDirectory() as answers:
                yield Measured(command, measure(sets, Path(answers)))


def _route(sets: Path, answers: Path) -> Mapping[str, Any]:
    payloads = sets / "alerts-dev" / "payloads"
    for file in sorted(payloads.glob("*.json")):
        answer = routed(delivery_of(file.read_bytes(), redact=str), IntakeSettings())
        (answers / file.name).write_text(answer.model_dump_json(), encoding="utf-8")
    meta = sets / "alerts-dev" / "meta.json"
    return _scored(sets / "score_routing.py", "--payloads", payloads, "--meta", meta, "--answers", answers)


def _metrics(sets: Path, answers: Path) -> Mapping[str, Any]:
    labels = sets / "petshop-dev" / "labels.json"
    for case in sorted(json.loads(labels.read_text(encoding="utf-8"))):
        folder = labels.parent / case
        asked = json.loads((folder / "args.json").read_text(encoding="utf-8"))
        table = read_table((folder / "series.csv").read_text(encoding="utf-8"), asked["services"])
        edges = read_graph((folder / "graph.csv").read_text(encoding="utf-8"))
        found = blame(table, Asked(asked["at"], edges, asked["target"]))
        services = [{"rank": rank, "service": one.service} for rank, one in enumerate(found.services, 1)]
        answer = {"services": services, "metrics": [], "healthy": found.healthy}
        (answers / f"{case}.json").write_text(json.dumps(answer), encoding="utf-8")
    figures = _scored(sets / "score_ranking.py", "--labels", labels, "--predictions", answers)
    return dict(figures["figures"])


def _templates(sets: Path, answers: Path) -> Mapping[str, Any]:
    truth = sets / "loghub-dev"
    for log in sorted(truth.glob("*/messages.log")):
        out = answers / f"{log.parent.name}.csv"
        _run(sys.executable, "-m", "mcp_servers.kit.sentences_file", "--in", log, "--out", out)
    figures = _scored(sets / "score_templates.py", "--truth", truth, "--predictions", answers)
    return dict(figures["mean"])


def _runbooks(sets: Path, answers: Path) -> Mapping[str, Any]:
    folder = sets / "runbooks-dev"
    for kind in ("given", "hidden"):
        (answers / kind).mkdir()
        for query in sorted((folder / "queries" / kind).glob("*.json")):
            words = ("--dir", folder / "pages", "--alert", query, "--top", "5", "--json")
            told = _run(sys.executable, "-m", "mcp_servers.notion.search", *words)
            (answers / kind / query.name).write_text(told, encoding="utf-8")
    both = ("--given", answers / "given", "--hidden", answers / "hidden")
    return _scored(sets / "score_runbooks.py", "--truth", folder / "truth.json", *both)


def _scored(scorer: Path, *arguments: str | Path) -> dict[str, Any]:
    figures: dict[str, Any] = json.loads(_run(sys.executable, scorer, *arguments, "--json"))
    return figures


def _run(*words: str | Path) -> str:
    """Standard output of a program that has to succeed."""
    done = subprocess.run(  # noqa: S603  # nosec B603 - our own modules and the scorers named above
        [str(word) for word in words], capture_output=True, text=True, check=True, timeout=_MINUTES
    )
    return done.stdout


_MEASURES: Final[tuple[tuple[str, str, Callable[[Path, Path], Mapping[str, Any]]], ...]] = (
    ("route", "alerts-dev", _route),
    ("rank metrics", "petshop-dev", _metrics),
    ("logs templates", "loghub-dev", _templates),
    ("runbooks search", "runbooks-dev", _runbooks),
)


def main(arguments: list[str]) -> int:
    """`python -m sre_agent.evals.ranking SETS`: one line of JSON for each command."""
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        sys.stderr.write("usage: python -m sre_agent.evals.ranking SETS   (a folder of development sets)\n")
        return 2
    for one in measured(Path(arguments[0])):
        sys.stdout.write(json.dumps({"command": one.command, "figures": one.figures}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
