"""`python -m infrastructure.lab.gate`: a lab, and doors to it from other containers, as one process to look after."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from infrastructure.lab.gate.advertised import KUBECONFIG, doors, kubeconfig_for, readers
from infrastructure.lab.gate.doors import Doors
from infrastructure.lab.gate.publishing import publish, withdraw
from infrastructure.lab.places import LabFile

READERS = ("k8s", "prometheus", "loki", "github", "notion", "agent")
_LOOK_SECONDS = 0.2


def main(arguments: Sequence[str] | None = None) -> int:
    asked, lab_words = _parser().parse_known_args(arguments)
    return asyncio.run(_live(asked, lab_words))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m infrastructure.lab.gate",
        description="Starts a lab and opens fixed ports to it; other arguments go to `infrastructure.lab up`.",
    )
    parser.add_argument("--dir", type=Path, required=True, help="the lab's folder")
    parser.add_argument("--out", type=Path, required=True, help="one folder in it for each reader")
    parser.add_argument("--seen-at", type=PurePosixPath, required=True, help="where readers see their folder")
    parser.add_argument("--host", required=True, help="what the neighbours call this host")
    parser.add_argument("--listen", default="0.0.0.0", help="address to listen on")  # noqa: S104 # nosec B104
    return parser


async def _live(asked: argparse.Namespace, lab_words: Sequence[str]) -> int:
    """The lab's exit code; it ends when the lab ends, and the lab when it is told to."""
    withdraw(asked.out, READERS)
    lab = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "infrastructure.lab", "up", "--foreground", "--dir", str(asked.dir)),
        *lab_words,
    )
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, _pass_on, lab, number)
    opened = Doors(asked.listen)
    ended = asyncio.ensure_future(lab.wait())
    try:
        facts = await _facts(asked.dir, lab.pid, ended)
        if facts is not None:
            await _open(asked, facts, opened)
        return await ended
    finally:
        withdraw(asked.out, READERS)
        await opened.close()
        _pass_on(lab, signal.SIGTERM)
        await lab.wait()


def _pass_on(lab: asyncio.subprocess.Process, number: signal.Signals) -> None:
    if lab.returncode is None:
        lab.send_signal(number)


async def _facts(directory: Path, pid: int, ended: asyncio.Future[int]) -> LabFile | None:
    """What this lab, and no earlier one, says of itself once it is up; None where it ended first."""
    while not ended.done():
        facts = LabFile.read(directory)
        if facts and facts.pid == pid:
            return facts
        await asyncio.sleep(_LOOK_SECONDS)
    return None


async def _open(asked: argparse.Namespace, lab: LabFile, opened: Doors) -> None:
    kubeconfig = _read(lab.agent_kubeconfig)
    await opened.open(doors(lab, kubeconfig))
    for reader, variables in readers(lab, asked.host, asked.seen_at).items():
        files = {KUBECONFIG: kubeconfig_for(kubeconfig, asked.host)} if reader == "k8s" else {}
        publish(asked.out, reader, variables, files)
    print(f"neighbours reach the lab at {asked.host}", file=sys.stderr, flush=True)


def _read(path: str) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(Path(path).read_text())
    return document


if __name__ == "__main__":
    raise SystemExit(main())
