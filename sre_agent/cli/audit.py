"""`sre-agent audit`: who did what, when and why; and the proof that nobody changed the record of it."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from sre_agent.api.audit import AuditList
from sre_agent.cli.client import Query
from sre_agent.cli.exits import CommandFailed, ExitCode
from sre_agent.cli.lines import text_lines, wrong_line
from sre_agent.cli.screen import confirm, console, print_json, working
from sre_agent.cli.session import AsJson, client_of
from sre_agent.domain.audit import AuditCut, AuditHead, AuditProof
from sre_agent.domain.audit_file import prove
from sre_agent.domain.json_lines import BadLine, read_line
from sre_agent.domain.seals import public_key as readable
from sre_agent.domain.shown import one_line
from sre_agent.errors import BadInput

app = typer.Typer(no_args_is_help=True, help="Who did what and why, and the proof that it is all there.")

Since = Annotated[
    datetime | None,
    typer.Option(help="Entries from this moment (UTC) on.", formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]),
]
ExportFile = Annotated[
    Path | None, typer.Argument(help="An exported trail; without it, ask the platform.", metavar="FILE")
]


@app.command("list")
def list_(  # noqa: PLR0913 - each is an option of the command
    context: typer.Context,
    actor: Annotated[str, typer.Option(help="Only what this person or machine did.")] = "",
    action: Annotated[
        str, typer.Option(help="The beginning of an action, as `plan.` or `token.issued`.")
    ] = "",
    subject: Annotated[str, typer.Option(help="An incident's id, or an account's name.")] = "",
    text: Annotated[str, typer.Option(help="Words that stand in an entry.")] = "",
    since: Since = None,
    page: Annotated[int, typer.Option(min=1)] = 1,
    size: Annotated[int, typer.Option(min=1, max=200)] = 50,
    as_json: AsJson = False,
) -> None:
    """Entries of the audit trail, newest first.

    Example:  sre-agent audit list --action plan. --subject INCIDENT
    """
    given = {"actor": actor, "action": action, "subject": subject, "text": text}
    given["since"] = f"{since.isoformat()}Z" if since else ""
    query: Query = {"page": page, "size": size, **{name: said for name, said in given.items() if said}}
    with client_of(context) as client, working("reading the audit trail"):
        found = client.get("/api/v1/audit", AuditList, query)
    if as_json:
        print_json(found.model_dump(mode="json"))
        return
    console().print(_table(found))
    console(error=True).print(f"{len(found.items)} of {found.total}", style="dim")


def _table(found: AuditList) -> Table:
    table = Table(box=None, pad_edge=False)
    for head in ("seq", "when", "who", "what", "on", "why"):
        table.add_column(head, overflow="fold")
    for entry in found.items:
        when = f"{entry.at:%Y-%m-%d %H:%M:%S}"
        words = (entry.actor, entry.action, entry.subject, f"{entry.reason} ({entry.detail})")
        table.add_row(str(entry.seq), when, *(Text(one_line(word, 200)) for word in words))
    return table


@app.command()
def export(
    context: typer.Context,
    file: Annotated[Path | None, typer.Argument(help="Where to; without it, stdout.", metavar="FILE")] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a FILE that is there already.")] = False,
) -> None:
    """The whole trail as JSON lines, to keep elsewhere; `audit verify FILE` proves it without a platform.

    Example:  sre-agent audit export audit.jsonl && sre-agent audit verify audit.jsonl
    """
    if file is not None and not force and (file.exists() or file.is_symlink()):
        raise _is_there(file)
    with client_of(context) as client, working("exporting the audit trail"):
        whole = client.download("/api/v1/audit/export")
    if file is None:
        sys.stdout.buffer.write(whole)
        return
    try:
        with file.open("wb" if force else "xb") as out:
            out.write(whole)
    except FileExistsError:
        raise _is_there(file) from None
    except OSError as wrong:
        raise CommandFailed(ExitCode.BROKEN, f"{file} cannot be written: {wrong.strerror}") from None


def _is_there(file: Path) -> CommandFailed:
    """An export may be the only record of what was cut away, or changed, since."""
    hint = "name a new file, or write over it with --force"
    return CommandFailed(ExitCode.USAGE, f"{file} is there already", hint=hint)


@app.command()
def verify(
    context: typer.Context,
    file: ExportFile = None,
    public_key: Annotated[
        Path | None, typer.Option(help="The platform's audit.pub, from a place you trust; for FILE.")
    ] = None,
    head: Annotated[
        Path | None, typer.Option(help="A head kept elsewhere (audit-head.json); for FILE.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Find any edited, deleted, reordered or cut off entry. Exit code 1 where the trail is not whole.

    Without FILE the platform looks through its own trail, the head outside its database, and the journals of all
    incidents that the trail vouches for. With FILE no platform is needed.

    Example:  sre-agent audit verify audit.jsonl --public-key audit.pub --head audit-head.json
    """
    if file is None:
        with client_of(context) as client, working("looking through the audit trail"):
            proof = client.get("/api/v1/audit/verify", AuditProof, patient=True)
    else:
        proof = _proof_of(file, public_key, head)
    if as_json:
        print_json(proof.model_dump(mode="json"))
    else:
        _tell(proof, trusted=file is None or public_key is not None)
    if not proof.whole:
        raise typer.Exit(ExitCode.BROKEN)


def _proof_of(file: Path, public_key: Path | None, head: Path | None) -> AuditProof:
    pem = _key(public_key) if public_key else ""
    outside = _head(head) if head else None
    hint = "`sre-agent audit export FILE` writes what this command reads"
    try:
        with working("looking through the audit trail"):
            return prove(text_lines(file, hint=hint), key_pem=pem, outside=outside)
    except BadInput as wrong:
        raise CommandFailed(ExitCode.USAGE, f"{file}: {wrong}") from None


def _head(file: Path) -> AuditHead:
    hint = "a head is one line {seq, hash, signature}, as the platform writes it to audit-head.json"
    number, line = next(text_lines(file, hint=hint), (1, ""))
    try:
        return read_line(AuditHead, line)
    except BadLine as wrong:
        raise wrong_line(file, number, wrong.column, f"this is no audit head ({wrong})", hint=hint) from None


def _key(file: Path) -> str:
    hint = "the public key is a file of three lines in PEM form, audit.pub in the platform's key folder"
    pem = "".join(f"{line}\n" for _, line in text_lines(file, hint=hint))
    try:
        readable(pem)
    except BadInput as wrong:
        raise wrong_line(file, 1, 1, str(wrong), hint=hint) from None
    return pem


def _tell(proof: AuditProof, *, trusted: bool) -> None:
    screen = console()
    if not proof.whole:
        where = f"journal of {proof.incident}, entry" if proof.incident else "entry"
        screen.print(f"NOT WHOLE at {where} {proof.broken_at}: {proof.why}", style="red")
        return
    begins = f", after a signed cut at {proof.begins_after}" if proof.begins_after else ""
    screen.print(f"Whole: {proof.entries} entries up to {proof.head.seq}{begins}.", style="green")
    if proof.journals:
        screen.print(f"Journals it vouches for, whole too: {proof.journals}.")
    if not proof.key:
        screen.print("Nothing is signed here: whoever can write the database could have chained it anew.")
    else:
        ask = "" if trusted else "  (the file's own: compare it, or give --public-key)"
        screen.print(f"Signed by the key {proof.key[:16]}…{ask}")
    if proof.outside is None:
        screen.print("No head from outside was compared: a tail cut off with its marks would not show.")


@app.command()
def cut(
    context: typer.Context,
    before: Annotated[
        datetime, typer.Argument(help="Entries older than this (UTC) go.", formats=["%Y-%m-%d"])
    ],
    archive: Annotated[Path, typer.Option(help="The whole trail is exported to this file first.")],
    reason: Annotated[str, typer.Option("--reason", "-r", help="Why; it stands in the trail.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Take old entries away (retention), after exporting and proving them; a signed mark keeps the rest provable.

    Example:  sre-agent audit cut 2025-01-01 --archive audit-2024.jsonl --reason "kept for a year"
    """
    if archive.exists():
        told = f"{archive} is there already: it may be all that is left of what an earlier cut took away"
        raise CommandFailed(ExitCode.USAGE, told, hint="name a new file with --archive")
    export(context, archive)
    proof = _proof_of(archive, None, None)
    if not proof.whole:
        _tell(proof, trusted=False)
        raise typer.Exit(ExitCode.BROKEN)
    if not yes and not confirm(
        f"Exported {proof.entries} entries to {archive}. Take away what is older than {before:%Y-%m-%d}?"
    ):
        raise CommandFailed(ExitCode.REFUSED, "Nothing was taken away.")
    with client_of(context) as client:
        body = {"before": f"{before.isoformat()}Z", "reason": reason}
        mark = client.post("/api/v1/audit/cuts", AuditCut, body, patient=True)
    console().print(f"Taken away up to entry {mark.seq}; the rest follows from a signed mark.")
