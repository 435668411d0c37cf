"""`sre-agent snapshot`: recorded incidents as folders."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from sre_agent.cli.client import Client
from sre_agent.cli.exits import CommandFailed, ExitCode
from sre_agent.cli.following import Followed
from sre_agent.cli.screen import console, print_json, working
from sre_agent.cli.session import AsJson, client_of
from sre_agent.domain.incident import Incident
from sre_agent.snapshots.content import Snapshot, SnapshotRefused
from sre_agent.snapshots.reading import read_snapshot
from sre_agent.snapshots.store import open_files
from sre_agent.snapshots.writing import write_folder

app = typer.Typer(help="Record an incident as a folder, or check one.", no_args_is_help=True)
QUESTION = "What is wrong in namespace {namespace}?"


@app.command()
def capture(  # noqa: PLR0913 - one parameter for each option
    context: typer.Context,
    namespace: Annotated[
        str, typer.Option("--namespace", "-n", help="Look into this namespace now, and record what is seen.")
    ] = "",
    incident: Annotated[str, typer.Option(help="Or: what was known of this incident.")] = "",
    complaint: Annotated[str, typer.Option(help="What a person says is wrong; recorded word for word.")] = "",
    out: Annotated[Path | None, typer.Option(help="A new folder, or a .tar.gz.")] = None,
    as_json: AsJson = False,
) -> None:
    """Record what the platform's tool servers can see, with secrets taken out; nothing is changed.

    Examples:

      sre-agent snapshot capture --namespace shop --out incident/

      sre-agent snapshot capture --incident inc_1kjsggve02b9yzpx --out incident.tar.gz
    """
    if bool(namespace) == bool(incident):
        raise CommandFailed(ExitCode.USAGE, "one of --namespace and --incident is needed")
    target = out or Path(f"snapshot-{namespace or incident}")
    if target.exists() and (target.is_file() or any(target.iterdir())):
        raise CommandFailed(ExitCode.USAGE, f"{target} is there already; name a new folder with --out")
    with client_of(context) as client, working("looking"):
        known = incident or _looked_into(client, namespace, complaint)
        body = client.download(f"/api/v1/incidents/{known}/snapshot")
    _put(body, target)
    told = {"snapshot": str(target), "incident": known}
    if as_json:
        print_json(told)
    else:
        console().print(f"{target}\nNext: sre-agent diagnose --from {target}")


def _looked_into(client: Client, namespace: str, complaint: str) -> str:
    """An investigation that only asks: its evidence is what is recorded."""
    question = complaint or QUESTION.format(namespace=namespace)
    opened = client.post(
        "/api/v1/ask", Incident, {"question": question, "namespace": namespace, "service": ""}
    )
    return Followed(client, opened).ended().id


def _put(body: bytes, target: Path) -> None:
    """Packed where the name says so, else unpacked as a folder that was read by the same careful reader."""
    if target.name.endswith((".tar.gz", ".tgz")):
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(body)
        return
    with tempfile.TemporaryDirectory() as place:
        archive = Path(place) / "snapshot.tar.gz"
        archive.write_bytes(body)
        files = open_files(archive)
        texts = {path: files.read(path).decode("utf-8", errors="replace") for path in files.paths()}
    write_folder(texts, target)


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
