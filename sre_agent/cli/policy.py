"""`sre-agent policy`: check a law, test it by cases, ask why it said what it said, and try it on the past."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

import typer

from sre_agent.cli.session import AsJson, IncidentName, client_of

app = typer.Typer(help="Check, test, explain and try out the law.", no_args_is_help=True)

Profile = Annotated[
    Literal["default", "strict", "read-only"],
    typer.Option(help="Shipped rules laid over the law; they only tighten it."),
]
LawPath = Annotated[
    Path | None,
    typer.Argument(
        help="A law file, or a folder of them; else POLICY_PATH, else the shipped law.", metavar="FILE|DIR"
    ),
]


def _place(path: Path | None) -> Path | None:
    """The path given, or that of the platform's own setting."""
    return path or (Path(os.environ["POLICY_PATH"]) if os.environ.get("POLICY_PATH") else None)


@app.command()
def check(path: LawPath = None, profile: Profile = "default", as_json: AsJson = False) -> None:
    """Read a law as the platform would, and list every mistake with line, column and remedy (exit code 2).

    Test cases beside it (`cases.yaml`, `*.cases.yaml`) are read too.

    Examples:

      sre-agent policy check policies.yaml

      sre-agent policy check /etc/sre-agent/law/ --profile strict --json
    """
    from sre_agent.cli.policy_files import check_law

    check_law(_place(path), profile, as_json=as_json)


@app.command("test")
def put_to_cases(
    folder: Annotated[
        Path | None,
        typer.Argument(
            help="A folder with cases, or one file of them; else the shipped ones.", metavar="DIR|FILE"
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Put laws to their test cases: `cases.yaml` and `*.cases.yaml` in the folder and below (exit code 10 if one fails).

    A case gives variables of the law and the verdict it expects. Names of rules that no case touches are listed.

    Examples:

      sre-agent policy test

      sre-agent policy test /etc/sre-agent/law/
    """
    from sre_agent.cli.policy_files import test_laws

    test_laws(folder, as_json=as_json)


@app.command()
def explain(
    context: typer.Context,
    incident: IncidentName,
    every: Annotated[bool, typer.Option("--all", help="Also the rules that did not match.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say why each step of an incident's plans got its verdict: each rule, whether it matched, and what decided.

    Examples:

      sre-agent policy explain inc_1kjsggve02b9yzpx

      sre-agent policy explain inc_1kjsggve02b9yzpx --all
    """
    from sre_agent.cli.policy_past import explain_incident

    with client_of(context) as client:
        explain_incident(client, incident, every=every, as_json=as_json)


@app.command()
def simulate(
    context: typer.Context,
    path: LawPath = None,
    against: Annotated[
        str,
        typer.Option(
            help="The past: `platform` (asks the running one; an administrator's token), a database file, "
            "or a file that `policy history` wrote.",
            metavar="HISTORY",
        ),
    ] = "platform",
    profile: Profile = "default",
    as_json: AsJson = False,
) -> None:
    """Say what this law would have decided for past plans: counts, and each plan that would have gone another way.

    Nothing is changed and nothing is kept. Plans whose facts are not on file are counted and not guessed at.

    Examples:

      sre-agent policy simulate new-law.yaml

      sre-agent policy simulate new-law/ --against var/sre-agent.db

      sre-agent policy simulate --profile strict --against past.jsonl --json
    """
    from sre_agent.cli.policy_past import simulate_law

    with client_of(context) as client:
        simulate_law(client, _place(path), profile, against, as_json=as_json)


@app.command()
def history(
    context: typer.Context,
    out: Annotated[Path, typer.Option(help="A new file, one JSON object a line.")] = Path("past.jsonl"),
    limit: Annotated[
        int, typer.Option(min=1, max=100_000, help="How many plans, newest incidents first.")
    ] = 5000,
) -> None:
    """Write past plans with their rulings to a file, for `policy simulate --against`.

    Example:

      sre-agent policy history --out past.jsonl
    """
    from sre_agent.cli.policy_past import write_history

    with client_of(context) as client:
        write_history(client, out, limit)
