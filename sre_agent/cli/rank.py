"""`sre-agent rank metrics` and `rank changes`: who is at fault, from series or from changes, with no platform at hand."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sre_agent.cli.exits import CommandFailed, ExitCode
from sre_agent.cli.offline import AsJson, print_json, print_table, read_bytes

if TYPE_CHECKING:
    from sre_agent.signals.changes.rank import Ranked
    from sre_agent.signals.ranking.blame import Blame

app = typer.Typer(no_args_is_help=True, help="Rank what may be at fault, with no platform at hand.")

_SHOWN = 15


@app.callback()
def rank() -> None:
    """Rank what may be at fault, with no platform at hand."""


@app.command()
def metrics(  # noqa: PLR0913 - each is an option of the command
    table: Annotated[
        Path,
        typer.Option(
            "--from", help="CSV: `time` (Unix seconds), then one column `<service>_<metric>` a series."
        ),
    ],
    at: Annotated[float, typer.Option("--at", help="Unix seconds: when it began, or was alerted.")],
    graph: Annotated[Path | None, typer.Option("--graph", help="CSV with the columns caller,callee.")] = None,
    target: Annotated[str, typer.Option("--target", help="The service whose users complain.")] = "",
    target_metric: Annotated[str, typer.Option("--target-metric", help="What they complain of.")] = "",
    services: Annotated[
        str, typer.Option("--services", help="Names with commas between, where metrics hold `_` themselves.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Rank services and their series by how well they explain what began at a known time.

    Example:  sre-agent rank metrics --from series.csv --at 1700000000 --graph edges.csv --target frontend
    """
    # imported here: numbers cost a quarter of a second that no other command should pay
    from sre_agent.signals.ranking.blame import blame
    from sre_agent.signals.ranking.suspects import Asked
    from sre_agent.signals.ranking.table import TableError, read_graph, read_table

    try:
        series = read_table(
            _text(table, "a CSV of series"), [name.strip() for name in services.split(",") if name.strip()]
        )
        edges = read_graph(_text(graph, "a CSV of edges")) if graph else ()
    except TableError as wrong:
        raise CommandFailed(ExitCode.USAGE, f"{table}: {wrong}" if graph is None else str(wrong)) from None
    if not series.times[0] < at <= series.times[-1] + series.step:
        raise CommandFailed(
            ExitCode.USAGE,
            f"--at {at:.0f} lies outside of the table's times ({series.times[0]:.0f} to {series.times[-1]:.0f})",
            hint="Give the Unix second at which it began or was alerted; rows before it tell what is normal.",
        )
    _show_blame(blame(series, Asked(at, edges, target, target_metric)), as_json)


def _text(path: Path, what: str) -> str:
    return read_bytes(path, what).decode("utf-8-sig", errors="replace")


def _show_blame(found: Blame, as_json: bool) -> None:
    if as_json:
        print_json(_document(found))
        return
    typer.echo("Nothing is out of what it ever was." if found.healthy else "Most suspicious first:")
    print_table(
        ("rank", "service", "score"),
        [(str(rank), one.service, f"{one.score:.3f}") for rank, one in enumerate(found.services[:_SHOWN], 1)],
    )
    typer.echo("")
    print_table(
        ("rank", "service", "metric", "score", "since"),
        [
            (str(rank), one.service, one.metric, f"{one.score:.3f}", _moment(one.strange.onset))
            for rank, one in enumerate(found.suspects[:_SHOWN], 1)
        ],
    )


def _moment(seconds: float | None) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S") if seconds is not None else ""


def _document(found: Blame) -> dict[str, Any]:
    return {
        "services": [
            {"rank": rank, "service": one.service, "score": one.score}
            for rank, one in enumerate(found.services, 1)
        ],
        "metrics": [
            {
                "rank": rank,
                "service": one.service,
                "metric": one.metric,
                "score": round(one.score, 6),
                "onset": one.strange.onset,
            }
            for rank, one in enumerate(found.suspects, 1)
        ],
        "healthy": found.healthy,
    }


@app.command()
def changes(
    snapshot: Annotated[
        Path, typer.Option("--from", help="An incident snapshot (folder or .tar.gz) with changes.json.")
    ],
    as_json: AsJson = False,
) -> None:
    """Rank the changes of a recorded incident by how likely each brought it about; or say that none did.

    Example:  sre-agent rank changes --from incident-42.tar.gz
    """
    # imported here: see `metrics`
    from sre_agent.signals.changes.rank import ranked
    from sre_agent.signals.changes.symptoms import symptoms_of
    from sre_agent.snapshots.content import SnapshotRefused
    from sre_agent.snapshots.reading import read_snapshot

    try:
        recorded = read_snapshot(snapshot)
    except SnapshotRefused as refused:
        raise CommandFailed(ExitCode.USAGE, str(refused)) from None
    if recorded.changes is None:
        problem = next(
            (one.reason for one in recorded.problems if one.path == "changes.json"), "it is not there"
        )
        raise CommandFailed(
            ExitCode.USAGE,
            f"{snapshot}: changes.json should hold a list of changes: {problem}",
            hint="An empty list means that changes were collected and there was none.",
        )
    _show_changes(ranked(recorded.changes, recorded.topology or (), symptoms_of(recorded)), as_json)


def _show_changes(found: Ranked, as_json: bool) -> None:
    if as_json:
        rows = [{"rank": rank, **asdict(one)} for rank, one in enumerate(found.changes, 1)]
        print_json({"changes": rows, "none_to_blame": found.none_to_blame})
        return
    typer.echo("No change fits what fails." if found.none_to_blame else "Most likely first:")
    print_table(
        ("rank", "revision", "service", "score", "why"),
        [
            (
                str(rank),
                one.revision,
                one.service or "",
                f"{one.score:.3f}",
                "; ".join(why.says for why in one.why),
            )
            for rank, one in enumerate(found.changes[:_SHOWN], 1)
        ],
    )
