"""`sre-agent ask`: an investigation started by a question."""

from __future__ import annotations

from typing import Annotated

import typer

from sre_agent.cli.following import Followed
from sre_agent.cli.incidents import Brief, end_as, watch
from sre_agent.cli.screen import console, print_json, working
from sre_agent.cli.session import AsJson, client_of
from sre_agent.domain.incident import Incident


def ask(  # noqa: PLR0913 - one parameter for each option
    context: typer.Context,
    question: Annotated[str, typer.Argument(help="In plain words; quote it.")],
    namespace: Annotated[str, typer.Option("--namespace", "-n", help="Where to look.")] = "",
    service: Annotated[str, typer.Option("--service", "-s", help="What it is about.")] = "",
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Only start it and print its id.")] = False,
    brief: Brief = False,
    as_json: AsJson = False,
) -> None:
    """Ask why something is as it is. The answer comes with its evidence; nothing is changed anywhere.

    Examples:

      sre-agent ask "why is checkout slow?" -n shop

      sre-agent ask "what changed since noon?" -n shop --service payments --no-wait
    """
    body = {"question": question, "namespace": namespace, "service": service}
    with client_of(context) as client:
        with working("asking"):
            opened = client.post("/api/v1/ask", Incident, body)
        if not no_wait and not as_json:
            end_as(watch(client, opened.id, brief=brief), exit_code=False)
            return
        with working("waiting for the answer"):
            told = opened if no_wait else Followed(client, opened).ended()
    if as_json:
        print_json(told.model_dump(mode="json"))
    else:
        console().print(f"{told.id}\nNext: sre-agent incidents watch {told.id}")
