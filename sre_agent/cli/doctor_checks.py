"""What a machine needs, what was found, and the command that mends it; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sre_agent.ports.model import ModelState


class Weight(StrEnum):
    NEEDED = "needed"
    OPTIONAL = "optional"


@dataclass(frozen=True)
class Machine:
    """What was found on this machine. `programs`: name → path, or empty where it is not on the PATH."""

    python: tuple[int, int]
    programs: Mapping[str, str]
    cached: frozenset[str]
    """Programs that lie unpacked in our cache folder."""
    free_ports: Mapping[int, bool]
    open_files: int
    free_gigabytes: float
    docker_engine: bool
    docker_compose: bool
    env_file: bool
    settings_problem: str
    runs_already: bool
    model: ModelState | None = None
    """The language model that the settings name; none where they want none."""


@dataclass(frozen=True)
class Finding:
    """One line of the doctor's report."""

    name: str
    weight: Weight
    well: bool
    found: str
    mend: str = ""


APT = "sudo apt-get install --yes"


def examine(machine: Machine) -> tuple[Finding, ...]:
    """Every check, the needed ones first."""
    found = [*_runtime(machine), *_lab(machine), *_room(machine), *_extras(machine)]
    return tuple(sorted(found, key=lambda one: one.weight is Weight.OPTIONAL))


def _runtime(machine: Machine) -> list[Finding]:
    version = ".".join(map(str, machine.python))
    problem = machine.settings_problem
    return [
        Finding(
            "Python 3.11 to 3.13",
            Weight.NEEDED,
            (3, 11) <= machine.python < (3, 14),
            version,
            f"{APT} python3 python3-venv",
        ),
        _program(machine, "git", Weight.NEEDED, "the lab's repository is a real one", f"{APT} git"),
        Finding(
            "settings",
            Weight.NEEDED,
            not problem,
            problem or ("in .env" if machine.env_file else "defaults"),
            "correct it in .env",
        ),
    ]


def _program(machine: Machine, name: str, weight: Weight, why: str, mend: str) -> Finding:
    path = machine.programs.get(name, "")
    return Finding(name, weight, bool(path), path or f"not on the PATH ({why})", mend)


def _lab(machine: Machine) -> list[Finding]:
    return [_packaged(machine, name, package) for name, package in PACKAGED.items()]


PACKAGED = {"prometheus": "prometheus", "alertmanager": "prometheus-alertmanager"}


def _packaged(machine: Machine, name: str, package: str) -> Finding:
    path = machine.programs.get(name, "")
    can_fetch = bool(machine.programs.get("apt-get") and machine.programs.get("dpkg-deb"))
    if path or name in machine.cached:
        return Finding(name, Weight.NEEDED, True, path or "unpacked in the cache folder")
    told = (
        "not here yet; the lab fetches the distribution's package by itself"
        if can_fetch
        else "not here, and cannot be fetched"
    )
    return Finding(name, Weight.NEEDED, can_fetch, told, f"{APT} {package}")


def _room(machine: Machine) -> list[Finding]:
    ports = [
        Finding(
            f"port {port}",
            Weight.NEEDED,
            free or machine.runs_already,
            "ours" if machine.runs_already and not free else "free" if free else "used by another program",
            f"set {'AGENT_PORT' if port == AGENT_PORT else 'DASHBOARD_PORT'} in .env, or stop that program",
        )
        for port, free in machine.free_ports.items()
    ]
    files, disk = machine.open_files, machine.free_gigabytes
    return [
        *ports,
        Finding("open files", Weight.NEEDED, files >= OPEN_FILES, str(files), f"ulimit -n {OPEN_FILES}"),
        Finding("disk", Weight.NEEDED, disk >= DISK_GIGABYTES, f"{disk:.1f} GB free", "free some space"),
    ]


AGENT_PORT = 8080
OPEN_FILES = 4096
DISK_GIGABYTES = 2.0


def _extras(machine: Machine) -> list[Finding]:
    docker = machine.docker_engine and machine.docker_compose
    told = (
        "an engine answers, with compose"
        if docker
        else "an engine, without compose" if machine.docker_engine else "none answers"
    )
    return [
        Finding("Docker", Weight.OPTIONAL, docker, told, "not needed: start.sh then runs native processes"),
        _program(
            machine,
            "kubectl",
            Weight.OPTIONAL,
            "to look at the lab's cluster yourself",
            f"{APT} kubernetes-client",
        ),
        _program(machine, "node", Weight.OPTIONAL, "to build the dashboard", f"{APT} nodejs npm"),
        _language_model(machine.model),
    ]


def _language_model(state: ModelState | None) -> Finding:
    """Off is no fault: whoever wants none has one line less to mend."""
    name = "language model"
    if state is None:
        return Finding(name, Weight.OPTIONAL, True, "off: LLM_PROVIDER is none, and nothing needs one")
    found = f"on: {state.said}" if state.on else f"off: {state.said}"
    return Finding(name, Weight.OPTIONAL, state.on, found, state.mend)


def is_well(findings: tuple[Finding, ...]) -> bool:
    """Whether nothing that is needed is missing."""
    return all(one.well for one in findings if one.weight is Weight.NEEDED)
