"""`sre-agent postmortem`: the draft that the record of an incident gives."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sre_agent.cli.exits import CommandFailed, ExitCode
from sre_agent.cli.screen import console, print_json, working
from sre_agent.cli.session import AsJson, IncidentName, client_of
from sre_agent.reports.markdown import as_markdown
from sre_agent.reports.postmortem import PostMortem


def postmortem(
    context: typer.Context,
    incident: IncidentName,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Write it to this file, which must not exist.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Draft the post-mortem of an incident as Markdown: what happened, why, what was done, what is left to do.

    Examples:

      sre-agent postmortem inc_1kjsggve02b9yzpx --out postmortem.md
    """
    with client_of(context) as client, working("reading the record"):
        draft = client.get(f"/api/v1/incidents/{incident}/postmortem", PostMortem)
    if as_json:
        print_json(draft.model_dump(mode="json"))
    elif out is None:
        console().print(as_markdown(draft), end="", soft_wrap=True)
    else:
        _write(out, as_markdown(draft))
        console().print(f"Written: {out}")


def _write(out: Path, text: str) -> None:
    try:
        with out.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise CommandFailed(ExitCode.USAGE, f"{out} exists already; somebody may have edited it") from None
    except OSError as problem:
        raise CommandFailed(
            ExitCode.USAGE, f"{out} cannot be written ({problem.strerror}); name another file"
        ) from None
