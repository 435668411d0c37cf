"""`sre-agent route`: whom the supervisor would wake for an alert, and each one's first queries."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sre_agent.cli.exits import CommandFailed, ExitCode
from sre_agent.cli.offline import AsJson, print_json, print_table, read_bytes


def route(
    alert: Annotated[Path, typer.Option("--alert", help="An Alertmanager webhook payload (JSON).")],
    as_json: AsJson = False,
) -> None:
    """Say whom an alert would wake and what each would ask first; needs no platform.

    Example:  sre-agent route --alert payload.json
    """
    # imported here: only this command needs the parser of payloads and expressions
    from sre_agent.errors import BadInput
    from sre_agent.intake.payload import delivery_of
    from sre_agent.intake.routing import routed
    from sre_agent.intake.settings import IntakeSettings

    try:
        delivery = delivery_of(read_bytes(alert, "an Alertmanager webhook payload"), redact=str)
    except BadInput as wrong:
        raise CommandFailed(
            ExitCode.USAGE,
            f"{alert} is no Alertmanager webhook payload (version 4): {wrong}",
            hint="Give the JSON that Alertmanager posts to a webhook receiver.",
        ) from None
    answer = routed(delivery, IntakeSettings())
    if as_json:
        print_json(answer.model_dump(mode="json"))
        return
    typer.echo(answer.why + ("" if answer.investigate else " (not investigated)"))
    print_table(
        ("specialist", "first query"), [(each.specialist.value, each.query) for each in answer.queries]
    )
