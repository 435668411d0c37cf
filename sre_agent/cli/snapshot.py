"""`sre-agent snapshot`: recorded incidents as folders."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sre_agent.cli.exits import CommandFailed, ExitCode
from sre_agent.cli.screen import console, print_json
from sre_agent.cli.session import AsJson
from sre_agent.snapshots.content import Snapshot, SnapshotRefused
from sre_agent.snapshots.reading import read_snapshot

app = typer.Typer(help="Record an incident as a folder, or check one.", no_args_is_help=True)


@app.command()
def check(
    where: Annotated[Path, typer.Argument(help="A folder, or the folder as .tar.gz.", metavar="DIR")],
    as_json: AsJson = False,
) -> None:
    """Say whether a snapshot can be read, what it holds, and which of its files are broken.

    Example:

      sre-agent snapshot check incident/
    """
    try:
        snapshot = read_snapshot(where)
    except SnapshotRefused as refusal:
        raise CommandFailed(ExitCode.USAGE, str(refusal)) from None
    told = holdings(snapshot)
    if as_json:
        print_json(told)
    else:
        screen = console()
        for name, what in told.items():
            screen.print(
                f"{name}: {what}"
                if not isinstance(what, list)
                else "\n".join([f"{name}:", *(f"  - {one}" for one in what)])
            )
    if snapshot.problems:
        raise CommandFailed(ExitCode.USAGE, f"{len(snapshot.problems)} of its files cannot be read whole")


def holdings(snapshot: Snapshot) -> dict[str, object]:
    """What a snapshot holds; None is what was not collected."""

    def size(part: object) -> int | None:
        return len(part) if isinstance(part, (tuple, list, dict)) else None

    return {
        "captured_at": snapshot.captured_at.isoformat(),
        "namespace": snapshot.namespace,
        "complaint": snapshot.complaint,
        "kubernetes": {plural: len(found) for plural, found in sorted(snapshot.kubernetes.items())},
        "logs": size(snapshot.logs),
        "metrics": size(snapshot.metrics),
        "alerts": size(snapshot.alerts),
        "topology": size(snapshot.topology),
        "probes": size(snapshot.probes),
        "changes": size(snapshot.changes),
        "runbooks": size(snapshot.runbooks),
        "problems": [f"{one.path}: {one.reason}" for one in snapshot.problems],
    }
