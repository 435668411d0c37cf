"""The lab's commands: up, down, status, list, break, heal, verify."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from infrastructure.lab.asking import ask, running_lab
from infrastructure.lab.faults.model import SERVICES, FaultWrong, fault_names, read_fault
from infrastructure.lab.launching import down_command, up_command
from infrastructure.lab.places import LabFile
from infrastructure.lab.telemetry.packages import default_cache
from infrastructure.lab.telling import fail, public, tell


def main(arguments: Sequence[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = asked.run
    return run(asked)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m infrastructure.lab",
        description="A small shop to break: a cluster, its traffic, its telemetry, and faults to inject.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    starting = _command(commands, "up", up_command, "start everything, and write DIR/lab.json")
    starting.add_argument("--webhook-url", default="", help="where Alertmanager sends alerts")
    starting.add_argument(
        "--webhook-token-file", type=Path, help="file with the bearer token for the webhook"
    )
    starting.add_argument("--kubernetes", default="auto", help="auto | own (the lab's own stand-in)")
    starting.add_argument(
        "--cache", type=Path, default=default_cache(os.environ), help="keeps downloaded programs"
    )
    how = starting.add_mutually_exclusive_group()
    how.add_argument("--foreground", action="store_true", help="stay until interrupted (the default)")
    how.add_argument("--detach", action="store_true", help="return once everything runs")
    _command(commands, "down", down_command, "stop everything that `up` started")
    _command(commands, "status", _status, "what runs, how the shop is, what is broken")
    _command(commands, "list", _list, "the faults there are")
    breaking = _command(commands, "break", _break, "inject a fault")
    breaking.add_argument("name", choices=fault_names(), metavar="FAULT", help=", ".join(fault_names()))
    breaking.add_argument("--service", default="", help=f"into this service: {', '.join(SERVICES)}")
    breaking.add_argument("--node", default="", help="into this node, where the fault is about nodes")
    _command(commands, "heal", _heal, "make everything good again")
    _command(commands, "verify", _verify, "exit 0 when the shop is healthy")
    return parser


def _command(
    commands: Any, name: str, run: Callable[[argparse.Namespace], int], about: str
) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(name, help=about, description=about)
    command.add_argument("--dir", type=Path, default=_default_directory(), help="the lab's folder")
    command.add_argument("--json", action="store_true", help="print JSON")
    command.set_defaults(run=run)
    return command


def _default_directory() -> Path:
    return Path(os.environ.get("SRE_AGENT_HOME", "var")) / "lab"


def _status(asked: argparse.Namespace) -> int:
    lab = running_lab(asked.dir.absolute())
    if lab is None:
        return tell(asked, {"running": False}, "no lab is running; start one with `up`", code=3)
    told = ask(lab, "GET", "/status")
    if "error" in told:
        return fail(told["error"])
    return tell(asked, {"running": True, **public(lab), **told}, _status_text(lab, told))


def _status_text(lab: LabFile, told: Mapping[str, Any]) -> str:
    lines = [
        f"lab      pid {lab.pid}, shop {lab.shop_url}",
        f"telemetry {lab.prometheus_url}, {lab.alertmanager_url}",
    ]
    lines += [f"service  {name}: {ready} ready" for name, ready in told["services"].items()]
    lines.append(f"customers {told['customers']} in the last seconds")
    lines.append(f"alerts   {', '.join(told['alerts']) or 'none'}")
    lines.append(f"broken   {', '.join(told['broken']) or 'nothing'}")
    return "\n".join(lines)


def _list(asked: argparse.Namespace) -> int:
    anywhere = dict.fromkeys(("node", "ingress", "secret"), "its own")
    faults = [read_fault(name, anywhere) for name in fault_names()]
    rows = [
        {"name": f.name, "layer": f.layer, "title": f.title, "service": f.defaults["service"]} for f in faults
    ]
    text = "\n".join(f"{row['name']:<26}{row['layer']:<16}{row['title']} ({row['service']})" for row in rows)
    return tell(asked, {"faults": rows}, text)


def _break(asked: argparse.Namespace) -> int:
    body = {"name": asked.name, "service": asked.service, "node": asked.node}
    try:
        read_fault(asked.name, {"service": asked.service} if asked.service else {})
    except FaultWrong as error:
        return fail(str(error))
    return _order(asked, "/break", body, lambda told: f"done: {told['title']} ({told['where']})")


def _heal(asked: argparse.Namespace) -> int:
    return _order(asked, "/heal", {}, lambda told: f"the shop is healthy again after {told['seconds']:.0f} s")


def _verify(asked: argparse.Namespace) -> int:
    lab = running_lab(asked.dir.absolute())
    if lab is None:
        return fail("no lab is running; start one with `up`")
    told = ask(lab, "GET", "/status")
    complaints = [told["error"]] if "error" in told else told["complaints"]
    text = "; ".join(complaints) or "the shop is healthy"
    return tell(
        asked, {"healthy": not complaints, "complaints": complaints}, text, code=int(bool(complaints))
    )


def _order(
    asked: argparse.Namespace, path: str, body: Mapping[str, str], say: Callable[[Mapping[str, Any]], str]
) -> int:
    lab = running_lab(asked.dir.absolute())
    if lab is None:
        return fail("no lab is running; start one with `up`")
    told = ask(lab, "POST", path, body)
    return fail(told["error"]) if "error" in told else tell(asked, told, say(told))
