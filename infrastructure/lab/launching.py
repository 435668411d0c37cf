"""The commands that start and stop a lab: in the foreground, or detached with its progress passed on."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess  # starts ourselves  # nosec B404
import sys
import time
from pathlib import Path

from infrastructure.lab.asking import running_lab
from infrastructure.lab.places import MONITORING, LabFile, is_alive
from infrastructure.lab.telemetry.processes import end_leftovers
from infrastructure.lab.telling import fail, note, public, tell

_START_SECONDS = 240.0
_STOP_SECONDS = 25.0
PROGRESS_LOG = "lab.log"


def up_command(asked: argparse.Namespace) -> int:
    if asked.kubernetes not in ("auto", "own"):
        return fail(
            "the shop's programs run only on the lab's own stand-in: no image of them exists that a real cluster"
            " could pull. Leave out --kubernetes; to watch a real cluster give its kubeconfig to the agent"
            " (KUBECONFIG) and no lab is needed."
        )
    directory: Path = asked.dir.absolute()
    running = running_lab(directory)
    if running:
        return tell(asked, {"already": True, **public(running)}, f"the lab runs already (pid {running.pid})")
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "lab.json").unlink(missing_ok=True)
    for name in end_leftovers(directory / MONITORING):
        note(f"ended {name}, left behind by an earlier lab")
    return _detached(asked, directory) if asked.detach else _foreground(asked, directory)


def _foreground(asked: argparse.Namespace, directory: Path) -> int:
    from infrastructure.lab.running import (
        Order,
        run,
    )  # imports the whole lab: the other commands need not wait for it

    order = Order(
        directory=directory,
        cache=asked.cache.absolute(),
        webhook_url=asked.webhook_url,
        webhook_token_file=asked.webhook_token_file and asked.webhook_token_file.absolute(),
    )
    return run(order, note)


def _detached(asked: argparse.Namespace, directory: Path) -> int:
    command = [sys.executable, "-m", "infrastructure.lab", "up", "--foreground", "--dir", str(directory)]
    command += ["--cache", str(asked.cache.absolute())]
    if asked.webhook_url:
        command += ["--webhook-url", asked.webhook_url]
    if asked.webhook_token_file:
        command += ["--webhook-token-file", str(asked.webhook_token_file.absolute())]
    log = directory / PROGRESS_LOG
    with log.open("wb") as output:
        child = subprocess.Popen(  # noqa: S603  # ourselves  # nosec B603
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
    lab = _await_start(child, directory, log)
    if lab is None:
        return fail(f"the lab did not start; its log is {log}")
    return tell(asked, public(lab), f"the lab runs (pid {lab.pid}); stop it with `down --dir {directory}`")


def _await_start(child: subprocess.Popen[bytes], directory: Path, log: Path) -> LabFile | None:
    """Passes on its progress until lab.json is there."""
    deadline, told = time.monotonic() + _START_SECONDS, 0
    while time.monotonic() < deadline:
        ended = child.poll() is not None
        lines = log.read_text(errors="replace").splitlines()
        for line in lines[told:]:
            note(line)
        told = len(lines)
        lab = LabFile.read(directory)
        if lab and lab.pid == child.pid:
            return lab
        if ended:
            return None
        time.sleep(0.1)
    child.terminate()
    return None


def down_command(asked: argparse.Namespace) -> int:
    directory: Path = asked.dir.absolute()
    lab = LabFile.read(directory)
    stopped = lab is not None and is_alive(lab.pid) and _end(lab.pid)
    leftovers = end_leftovers(directory / MONITORING)
    (directory / "lab.json").unlink(missing_ok=True)
    message = "the lab is stopped" if stopped else "no lab was running"
    return tell(asked, {"stopped": stopped, "leftovers": leftovers}, message)


def _end(pid: int) -> bool:
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + _STOP_SECONDS
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    if is_alive(pid):
        os.kill(pid, signal.SIGKILL)
    return True
