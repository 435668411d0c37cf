"""`sre-agent approve`, `reject`, `cancel`, `retry`: what a person decides about an incident."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from rich.text import Text

from sre_agent.api.views import Answered, PlanList, PlanLook, PlanView
from sre_agent.cli.client import Client
from sre_agent.cli.exits import CommandFailed, ExitCode
from sre_agent.cli.journal_details import step_lines
from sre_agent.cli.reach_lines import beside_lines, look_lines
from sre_agent.cli.screen import confirm, console, print_json, working
from sre_agent.cli.session import AsJson, IncidentName, Reason, client_of
from sre_agent.domain.incident import Incident
from sre_agent.domain.law import Answer, Verdict
from sre_agent.domain.shown import one_line

_SHORTEST_DIGEST = 8
Plan = Annotated[
    str, typer.Option("--plan", help="Digest of the plan you have seen, or its first 8 characters or more.")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Answer for the newest plan without being asked.")]


def approve(  # noqa: PLR0913 - one parameter for each option
    context: typer.Context,
    incident: IncidentName,
    plan: Plan = "",
    reason: Reason = "",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Say yes to exactly one plan.

    Without --plan it shows the newest plan, with its diff, and asks. A yes counts for this plan alone: when anything
    it stands on changes, you are asked again.

    Examples:

      sre-agent approve inc_1kjsggve02b9yzpx

      sre-agent approve inc_1kjsggve02b9yzpx --plan 5c827e5468f6 --reason "seen the diff"
    """
    with client_of(context) as client:
        chosen = _chosen(client, incident, plan)
        if not plan and not yes:
            _ask_for_yes(chosen, _look(client, incident, chosen))
        body = {"plan_digest": chosen.digest, "reason": reason}
        with working("answering"):
            said = client.post(f"/api/v1/incidents/{incident}/approve", Answered, body)
    _report(said, as_json=as_json)


def break_glass(
    context: typer.Context,
    incident: IncidentName,
    reason: Annotated[
        str,
        typer.Option("--reason", "-r", help="Why it cannot wait; everybody is told, 10 characters or more."),
    ],
    plan: Plan = "",
    as_json: AsJson = False,
) -> None:
    """Approve one plan ALONE, where the law asks for more people or for somebody else. Everybody is told.

    What the law denies stays denied. Asks for your password once more (your token, where your account has no
    password); without a terminal it is read from the first line of standard input. The yes holds ten minutes.

    Example:

      sre-agent break-glass inc_1kjsggve02b9yzpx --reason "checkout is down, nobody else answers"
    """
    with client_of(context) as client:
        chosen = _chosen(client, incident, plan)
        if not plan:
            _ask_for_yes(chosen, _look(client, incident, chosen))
        body = {"plan_digest": chosen.digest, "reason": reason, "credential": _credential()}
        with working("answering"):
            said = client.post(f"/api/v1/incidents/{incident}/break-glass", Answered, body)
    console(error=True).print(Text("BREAK-GLASS: journal, audit and every channel say so.", style="bold red"))
    _report(said, as_json=as_json)


def _credential() -> str:
    """Never an argument or a variable: those lie about."""
    if sys.stdin.isatty():
        return str(typer.prompt("Your password once more", hide_input=True, err=True))
    return sys.stdin.readline().strip()


def reject(
    context: typer.Context,
    incident: IncidentName,
    reason: Annotated[
        str, typer.Option("--reason", "-r", help="Why not; the next plan and whoever takes over name it.")
    ],
    plan: Plan = "",
    as_json: AsJson = False,
) -> None:
    """Say no to exactly one plan; another is planned without it, or people take over, with your reason.

    Example:

      sre-agent reject inc_1kjsggve02b9yzpx --reason "not during the sale"
    """
    with client_of(context) as client, working("answering"):
        chosen = _chosen(client, incident, plan)
        body = {"plan_digest": chosen.digest, "reason": reason}
        said = client.post(f"/api/v1/incidents/{incident}/reject", Answered, body)
    _report(said, as_json=as_json)


def cancel(
    context: typer.Context, incident: IncidentName, reason: Reason = "", as_json: AsJson = False
) -> None:
    """Stop working on an incident. The runner stops before its next step; steps that are done stay done.

    Example:

      sre-agent cancel inc_1kjsggve02b9yzpx --reason "a drill"
    """
    with client_of(context) as client, working("cancelling"):
        row = client.post(f"/api/v1/incidents/{incident}/cancel", Incident, {"reason": reason})
    _report_row(row, as_json=as_json, hint="")


def retry(
    context: typer.Context, incident: IncidentName, reason: Reason = "", as_json: AsJson = False
) -> None:
    """Investigate an escalated or closed incident again, or hurry one that is under way.

    Example:

      sre-agent retry inc_1kjsggve02b9yzpx --reason "the cluster is reachable again"
    """
    with client_of(context) as client, working("asking"):
        row = client.post(f"/api/v1/incidents/{incident}/retry", Incident, {"reason": reason})
    _report_row(row, as_json=as_json, hint=f"Next: sre-agent incidents watch {row.id}")


def _elsewhere(client: Client, incident: str) -> str:
    """Where the plan is to be found, for an incident that joined another."""
    leader = client.get(f"/api/v1/incidents/{incident}", Incident).merged_into
    return f"it joined {leader}: sre-agent incidents show {leader}" if leader else ""


def _chosen(client: Client, incident: str, wanted: str) -> PlanView:
    """The newest plan, or the one whose digest begins like this; the platform refuses any but the newest."""
    plans = client.get(f"/api/v1/incidents/{incident}/plans", PlanList).items
    if not plans:
        raise CommandFailed(
            ExitCode.REFUSED, f"incident {incident} has no plan to answer", hint=_elsewhere(client, incident)
        )
    if not wanted:
        return plans[0]
    if len(wanted) < _SHORTEST_DIGEST:
        raise CommandFailed(
            ExitCode.USAGE, f"--plan needs at least {_SHORTEST_DIGEST} characters of the digest"
        )
    fitting = [each for each in plans if each.digest.startswith(wanted)]
    if len(fitting) != 1:
        newest = plans[0].digest[:12]
        raise CommandFailed(
            ExitCode.NOT_FOUND, f"no plan of {incident} begins with {wanted}; the newest is {newest}"
        )
    return fitting[0]


def _look(client: Client, incident: str, chosen: PlanView) -> PlanLook:
    """The world as it is now, beside the plan."""
    with working("looking at the world again"):
        return client.post(f"/api/v1/incidents/{incident}/plans/{chosen.digest}/look", PlanLook, {})


def _ask_for_yes(chosen: PlanView, look: PlanLook) -> None:
    screen = console(error=True)
    screen.print(
        Text(
            one_line(f"Plan {chosen.digest[:12]} for {chosen.plan.cause} on {chosen.plan.entity}"),
            style="bold",
        )
    )
    for step in chosen.plan.steps:
        for line in step_lines(step):
            screen.print(Text("  ") + line)
    for judgement in chosen.ruling.judgements if chosen.ruling else ():
        if judgement.verdict is Verdict.NEEDS_APPROVAL:
            screen.print(
                Text("  " + one_line(f"asked by rule {judgement.rule}: {judgement.sentence}"), style="yellow")
            )
    for line in (*beside_lines(chosen.plan), *look_lines(look.steps)):
        screen.print(Text("  ") + line)
    if look.moved:
        raise CommandFailed(
            ExitCode.REFUSED,
            "the plan is void: what it stands on has changed since it was made",
            hint="A new plan is being made; look at that: sre-agent incidents show "
            + chosen.plan.incident_id,
        )
    if not confirm("Approve exactly this plan?"):
        raise CommandFailed(
            ExitCode.USAGE,
            "nothing was approved",
            hint=f"without a terminal, name what you have seen: --plan {chosen.digest[:12]}, or --yes",
        )


def _report(said: Answered, *, as_json: bool) -> None:
    if as_json:
        print_json(said.model_dump(mode="json"))
        return
    people = f" {said.people} of {said.people_needed} people have said yes." if said.people_needed > 1 else ""
    goes_on = _what_follows(said)
    words = f"{said.by} said {said.answer} to plan {said.plan_digest[:12]}.{people}{goes_on}"
    console().print(Text(one_line(words), style="green" if said.answer == "yes" else "yellow"))
    console().print(f"Next: sre-agent incidents watch {said.incident_id}")


def _what_follows(said: Answered) -> str:
    if said.answer is Answer.NO:
        return " It is planned again without what was rejected; where nothing else is safe, people take over."
    return " The runner goes on." if said.complete else " It waits for the others."


def _report_row(row: Incident, *, as_json: bool, hint: str) -> None:
    if as_json:
        print_json(row.model_dump(mode="json"))
        return
    console().print(Text(one_line(f"{row.id} is {row.status}. {row.title}")))
    if hint:
        console().print(hint)
