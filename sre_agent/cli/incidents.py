"""`sre-agent incidents`: find them, read one, watch one think."""

from __future__ import annotations

from typing import Annotated, Final

import typer
from rich.table import Table
from rich.text import Text

from sre_agent.api.views import AlertList, HypothesisList, IncidentList, PlanList
from sre_agent.cli.client import Client
from sre_agent.cli.exits import CommandFailed, ExitCode
from sre_agent.cli.following import Followed
from sre_agent.cli.journal_details import step_lines
from sre_agent.cli.journal_printer import JournalPrinter
from sre_agent.cli.reach_lines import beside_lines
from sre_agent.cli.screen import console, print_json, working
from sre_agent.cli.session import AsJson, IncidentName, client_of
from sre_agent.domain.incident import Incident, Status
from sre_agent.domain.shown import one_line

app = typer.Typer(no_args_is_help=True, help="Find incidents, read one, watch one being worked on.")

STATUS_STYLE: Final = {
    Status.AWAITING_APPROVAL: "bold yellow",
    Status.RESOLVED: "green",
    Status.ESCALATED: "bold red",
    Status.CLOSED: "dim",
}
Brief = Annotated[bool, typer.Option("--brief", help="Only the story, without tool calls and mechanics.")]
WellOnly = Annotated[
    bool, typer.Option("--exit-code", help="Exit with 10 unless the incident ends resolved.")
]


@app.command("list")
def list_incidents(  # noqa: PLR0913 - one parameter for each option
    context: typer.Context,
    status: Annotated[
        list[Status] | None, typer.Option(help="Only these; may be given several times.")
    ] = None,
    namespace: Annotated[str, typer.Option("--namespace", "-n", help="Only this namespace.")] = "",
    text: Annotated[str, typer.Option(help="Words in title, summary, namespace or cause.")] = "",
    size: Annotated[int, typer.Option(min=1, max=200, help="How many.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List incidents, newest first.

    Examples:

      sre-agent incidents list

      sre-agent incidents list --status awaiting_approval --json

      sre-agent incidents list -n shop --text checkout
    """
    query: dict[str, str | int | list[str]] = {
        "status": [each.value for each in status or []],
        "namespace": namespace,
        "text": text,
        "size": size,
    }
    with client_of(context) as client, working("asking the platform"):
        found = client.get("/api/v1/incidents", IncidentList, query)
    if as_json:
        print_json(found.model_dump(mode="json"))
        return
    if not found.items:
        console().print('No incidents. Send alerts to POST /webhook/alert, or ask: sre-agent ask "…"')
        return
    console().print(_table(found))
    console().print(
        f"{len(found.items)} of {found.total}. Next: sre-agent incidents show {found.items[0].id}"
    )


def _table(found: IncidentList) -> Table:
    table = Table(box=None, pad_edge=False)
    for head in ("incident", "opened (UTC)", "status", "severity", "title", "conclusion"):
        table.add_column(head, no_wrap=head != "conclusion", overflow="fold")
    for each in found.items:
        table.add_row(
            Text(each.id),
            f"{each.opened_at:%m-%d %H:%M:%S}",
            Text(each.status, style=STATUS_STYLE.get(each.status, "cyan")),
            Text(each.severity),
            Text(one_line(each.title, 60)),
            Text(conclusion(each)),
        )
    return table


@app.command("show")
def show_incident(context: typer.Context, incident: IncidentName, as_json: AsJson = False) -> None:
    """Show one incident: what it is, why, what is planned, and what was left alone.

    Examples:

      sre-agent incidents show inc_1kjsggve02b9yzpx

      sre-agent incidents show inc_1kjsggve02b9yzpx --json | jq .plans.items[0].digest
    """
    path = f"/api/v1/incidents/{incident}"
    with client_of(context) as client, working("asking the platform"):
        row = client.get(path, Incident)
        alerts = client.get(f"{path}/alerts", AlertList)
        hypotheses = client.get(f"{path}/hypotheses", HypothesisList)
        plans = client.get(f"{path}/plans", PlanList)
    if as_json:
        parts = {"incident": row, "alerts": alerts, "hypotheses": hypotheses, "plans": plans}
        print_json({name: part.model_dump(mode="json") for name, part in parts.items()})
        return
    screen = console()
    screen.print(Text.assemble((one_line(row.title), "bold"), f"  {row.id}"))
    screen.print(
        Text.assemble(
            (row.status, STATUS_STYLE.get(row.status, "cyan")), f"  {row.severity}  {conclusion(row)}"
        )
    )
    for filed in alerts.items:
        screen.print(
            Text(
                "  " + one_line(f"alert {filed.alert.name} ({filed.alert.status}): {filed.grouped_by}"),
                style="dim",
            )
        )
    for each in hypotheses.items[:5]:
        screen.print(
            Text("  " + one_line(f"{each.confidence:.0%} {each.cause} of {each.entity}  {each.statement}"))
        )
    if plans.items:
        screen.print(Text(f"plan {plans.items[0].digest[:12]}"))
        for line in beside_lines(plans.items[0].plan):
            screen.print(Text("  ") + line)
        for step in plans.items[0].plan.steps:
            for line in step_lines(step):
                screen.print(Text("  ") + line)
    screen.print(Text(f"Next: {_next_command(row)}", style="dim"))


def _next_command(row: Incident) -> str:
    if row.status is Status.AWAITING_APPROVAL:
        return f"sre-agent approve {row.id}    or    sre-agent reject {row.id} --reason '…'"
    if row.merged_into is not None:
        return f"sre-agent incidents show {row.merged_into}"
    return f"sre-agent replay {row.id}" if row.status.is_final else f"sre-agent incidents watch {row.id}"


@app.command("watch")
def watch_incidents(
    context: typer.Context,
    incident: Annotated[str, typer.Argument(help="Its id; without one, all incidents.")] = "",
    brief: Brief = False,
    exit_code: WellOnly = False,
) -> None:
    """Watch the journal as it is written; one incident until it ends, all of them until Ctrl-C.

    Examples:

      sre-agent incidents watch

      sre-agent incidents watch inc_1kjsggve02b9yzpx --brief --exit-code
    """
    with client_of(context) as client:
        if incident:
            ended = watch(client, incident, brief=brief)
            end_as(ended, exit_code=exit_code)
            return
        with JournalPrinter(console(), brief=brief, of_many=True) as printer:
            for entry in client.follow():
                printer.print(entry)


def watch(client: Client, incident: str, *, brief: bool = False) -> Incident:
    """Print an incident's journal until it has ended, or the one it joined has; how that ended."""
    followed = Followed(client, client.get(f"/api/v1/incidents/{incident}", Incident))
    with JournalPrinter(console(), brief=brief) as printer:
        for entry in followed.entries():
            printer.print(entry)
    return followed.incident


def end_as(ended: Incident, *, exit_code: bool) -> None:
    console().print(Text(f"{ended.status}: {conclusion(ended)}", style=STATUS_STYLE.get(ended.status, "")))
    if exit_code and ended.status is not Status.RESOLVED:
        raise CommandFailed(ExitCode.NOT_WELL, f"incident {ended.id} ended {ended.status}")


def conclusion(row: Incident) -> str:
    """How it ended and why, on one line; empty while nothing is known."""
    sure = f" ({row.confidence:.0%})" if row.cause and row.confidence is not None else ""
    cause = f"{row.cause} of {row.cause_entity}{sure}" if row.cause else ""
    outcome = row.outcome.replace("_", " ") if row.outcome else ""
    return one_line(" · ".join(part for part in (outcome, cause, row.summary) if part), 300)
