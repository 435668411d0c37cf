"""Finds Prometheus and Alertmanager on the PATH, or unpacks the distribution's packages into a cache folder, as any user."""

from __future__ import annotations

import os
import shutil
import subprocess  # apt-get and dpkg-deb have no other interface  # nosec B404
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from infrastructure.lab.telemetry.relocation import needs_relocation, relocate

Say = Callable[[str], None]
REMEDY = (
    "Install them (Debian or Ubuntu: `sudo apt-get install prometheus prometheus-alertmanager`), or put"
    " `prometheus` and `alertmanager` on the PATH."
)
_APT_SECONDS = 180


class ProgramsMissing(Exception):
    """A program could not be had; the message says what to do."""


@dataclass(frozen=True)
class Wanted:
    """A program, the package that carries it, and what it is called there."""

    program: str
    package: str
    inside: str
    asks: str = "--version"
    """The option that makes it say which one it is, and end."""


@dataclass(frozen=True)
class Programs:
    """Paths of programs that were seen to start."""

    prometheus: Path
    alertmanager: Path


PROMETHEUS = Wanted("prometheus", "prometheus", "usr/bin/prometheus")
ALERTMANAGER = Wanted("alertmanager", "prometheus-alertmanager", "usr/bin/prometheus-alertmanager")


def default_cache(environment: Mapping[str, str]) -> Path:
    """`$XDG_CACHE_HOME/sre-agent`, or `~/.cache/sre-agent`."""
    home = environment.get("XDG_CACHE_HOME") or Path(environment.get("HOME", ".")) / ".cache"
    return Path(home) / "sre-agent"


def fetch_programs(cache: Path, say: Say) -> Programs:
    """Blocking. Raises ProgramsMissing."""
    alertmanager = obtain(ALERTMANAGER, cache, say)
    if alertmanager.is_relative_to(cache) and needs_relocation(alertmanager):
        alertmanager = relocate(alertmanager, cache / ALERTMANAGER.package)
    return Programs(obtain(PROMETHEUS, cache, say), alertmanager)


def obtain(wanted: Wanted, cache: Path, say: Say) -> Path:
    """Blocking. Raises ProgramsMissing."""
    for candidate in _candidates(wanted, cache):
        if candidate.is_file() and _starts(candidate, wanted):
            return candidate
    _unpack(wanted, cache, say)
    program = cache / wanted.package / wanted.inside
    if not program.is_file():
        raise ProgramsMissing(f"the package {wanted.package} holds no {wanted.inside}. {REMEDY}")
    if not _starts(program, wanted):
        raise ProgramsMissing(
            f"{program} does not start on this machine (`{program} {wanted.asks}`). {REMEDY}"
        )
    return program


def _candidates(wanted: Wanted, cache: Path) -> list[Path]:
    names = (wanted.program, Path(wanted.inside).name)
    on_path = [Path(found) for name in names if (found := shutil.which(name))]
    return [*on_path, cache / wanted.package / wanted.inside]


def _starts(program: Path, wanted: Wanted) -> bool:
    try:
        return _run([str(program), wanted.asks], seconds=20).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _unpack(wanted: Wanted, cache: Path, say: Say) -> None:
    for tool in ("apt-get", "dpkg-deb"):
        if not shutil.which(tool):
            raise ProgramsMissing(
                f"{wanted.program} is not on the PATH, and there is no {tool} to get it with. {REMEDY}"
            )
    work = cache / "download"
    work.mkdir(parents=True, exist_ok=True)
    say(f"getting the package {wanted.package} (once; kept in {cache})")
    package = _download(wanted, cache, work, say)
    target = cache / f"{wanted.package}.new"
    shutil.rmtree(target, ignore_errors=True)
    unpacked = _run(["dpkg-deb", "-x", str(package), str(target)])
    if unpacked.returncode:
        raise ProgramsMissing(f"{package.name} cannot be unpacked: {_last_line(unpacked)}. {REMEDY}")
    shutil.rmtree(cache / wanted.package, ignore_errors=True)
    os.replace(target, cache / wanted.package)
    package.unlink()


def _download(wanted: Wanted, cache: Path, work: Path, say: Say) -> Path:
    """With the machine's package lists; where it has none, with lists of our own."""
    for stale in work.glob(f"{wanted.package}_*.deb"):
        stale.unlink()
    tried = _run(["apt-get", "download", wanted.package], folder=work)
    if tried.returncode:
        say("asking for the package lists (about half a minute)")
        lists = _own_lists(cache)
        updated = _run(["apt-get", *lists, "update"], folder=work)
        if updated.returncode:
            raise ProgramsMissing(f"the package lists cannot be had: {_last_line(updated)}. {REMEDY}")
        tried = _run(["apt-get", *lists, "download", wanted.package], folder=work)
    found = sorted(work.glob(f"{wanted.package}_*.deb"))
    if tried.returncode or not found:
        raise ProgramsMissing(f"the package {wanted.package} cannot be had: {_last_line(tried)}. {REMEDY}")
    return found[-1]


def _own_lists(cache: Path) -> list[str]:
    """Options that keep apt's state in the cache folder, so that no root is needed."""
    apt = cache / "apt"
    for folder in ("lists/partial", "cache/archives/partial", "log"):
        (apt / folder).mkdir(parents=True, exist_ok=True)
    places = {"Dir::State::Lists": "lists", "Dir::Cache": "cache", "Dir::Log": "log"}
    options = [part for name, where in places.items() for part in ("-o", f"{name}={apt / where}/")]
    return [*options, "-o", "APT::Sandbox::User=", "-o", "Debug::NoLocking=1"]


def _run(
    command: list[str], *, folder: Path | None = None, seconds: float = _APT_SECONDS
) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(  # noqa: S603  # fixed programs, own arguments  # nosec B603
            command, cwd=folder, capture_output=True, text=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, 124, "", f"no answer within {seconds:g} s")


def _last_line(done: subprocess.CompletedProcess[str]) -> str:
    lines = [line for line in (done.stderr + done.stdout).splitlines() if line.strip()]
    return lines[-1].strip() if lines else f"exit code {done.returncode}"
