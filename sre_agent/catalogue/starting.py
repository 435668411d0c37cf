"""How containers fail to start: the runtime's refusals, exit codes of shells, and the program's own last words.

Codes: 126 cannot be executed, 127 not found (POSIX shells), 128 could not be started (container runtimes), 137 SIGKILL,
139 SIGSEGV, 143 SIGTERM. Words: runc (`exec: "x": executable file not found in $PATH`), containerd, Docker, CRI-O.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from sre_agent.catalogue.once import once
from sre_agent.catalogue.subjects import Subject, ailing_containers
from sre_agent.catalogue.words import Said, of_container, saying
from sre_agent.picture.containers import ContainerView
from sre_agent.picture.logs import LogLine
from sre_agent.picture.objects import items
from sre_agent.picture.world import Picture


class Fault(StrEnum):
    NOT_FOUND = "not found"
    NOT_ALLOWED = "not allowed"
    INVALID = "invalid"
    EXITS = "exits"
    """The program itself ends."""


_NOT_FOUND = re.compile(
    r"executable file not found in|exec: \"[^\"]*\":? (?:stat [^:]*: )?no such file or directory|stat \S+: no such file or directory"
    r"|no such file or directory: unknown|unable to (?:find|locate) executable|executable (?:file )?[`'\"][^`'\"]*[`'\"] not found",
    re.I,
)
_NOT_ALLOWED = re.compile(
    r"exec: \"[^\"]*\":? permission denied|permission denied: unknown|: is a directory: unknown|open executable: Permission denied",
    re.I,
)
_INVALID = re.compile(
    r"runAsNonRoot|runAsUser breaks non-root policy|non-numeric user|no command specified|mount a directory onto a file|not a directory|failed to generate (?:container|sandbox)? ?\"?[^:]*\"? ?spec"
    r"|subPath|invalid (?:capability|mount|argument|reference|user|workdir|environment)|Duplicate mount point|SysctlForbidden|forbidden sysctl|AppArmor|seccomp"
    r"|unable to find user|no matching entries in passwd|memory limit too low|error setting (?:cgroup|rlimit)|unknown runtime|RunContainerError|CreateContainerError|failed to create (?:shim|container)",
    re.I,
)
_SHELL_NOT_FOUND = re.compile(r"(?:command )?not found|No such file or directory", re.I)
_SHELL_NOT_ALLOWED = re.compile(r"permission denied|cannot execute", re.I)
_NO_RIGHTS = re.compile(
    r"(?:mkdir|open|bind|chown|chmod|rename|unlink|exec\w*)\b.{0,160}(?:\(13: Permission denied\)|permission denied|EACCES)"
    r"|EACCES: permission denied|PermissionError: \[Errno 13\]|AccessDeniedException: /",
    re.I,
)
_REFERENCE = re.compile(
    r"(?:secret|configmap)s? \"[^\"]+\" not found|find key \S+ in (?:Secret|ConfigMap)", re.I
)
REFUSED = (
    "StartError",
    "ContainerCannotRun",
    "RunContainerError",
    "CreateContainerError",
    "CreateContainerConfigError",
)
KILLED = (137, 143)


@dataclass(frozen=True, eq=False)
class Failure:
    """A container that does not start, how, and what was said of it."""

    subject: Subject
    view: ContainerView
    fault: Fault
    said: Said | None
    lines: tuple[LogLine, ...] = ()


@once
def failures(picture: Picture) -> tuple[Failure, ...]:
    found = []
    for subject, view in ailing_containers(picture):
        if one := _failure(picture, subject, view):
            found.append(one)
    return tuple(found)


def _failure(picture: Picture, subject: Subject, view: ContainerView) -> Failure | None:
    said = [one for one in of_container(picture, view) if not _REFERENCE.search(one.text)]
    refused = view.waiting in REFUSED or view.ended_by in REFUSED or view.exit_code == 128
    for fault, pattern in ((Fault.NOT_FOUND, _NOT_FOUND), (Fault.NOT_ALLOWED, _NOT_ALLOWED)):
        if words := saying(said, pattern):
            return Failure(subject, view, fault, words)
    if refused:
        words = saying(said, _INVALID)
        return Failure(subject, view, Fault.INVALID, words) if words else None
    if view.exit_code is None or not _crashes(view):
        return None
    lines = tuple(last_lines(picture, view))
    return _by_exit_code(subject, view, lines)


def _crashes(view: ContainerView) -> bool:
    return view.waiting == "CrashLoopBackOff" or bool(view.terminated and (view.restarts or not view.running))


def _by_exit_code(subject: Subject, view: ContainerView, lines: tuple[LogLine, ...]) -> Failure | None:
    """127 and 126 are a shell's; a program may use them too, so its words count where there are any."""
    text = " ".join(line.raw for line in lines)
    code = view.exit_code
    if code == 127 and (not text or _SHELL_NOT_FOUND.search(text)):
        return Failure(subject, view, Fault.NOT_FOUND, None, lines)
    if code == 126 and (not text or _SHELL_NOT_ALLOWED.search(text)):
        return Failure(subject, view, Fault.NOT_ALLOWED, None, lines)
    if code not in KILLED and _lacks_rights(view, lines):
        return Failure(subject, view, Fault.NOT_ALLOWED, None, lines)
    if code in KILLED or view.ended_by == "OOMKilled" or (code == 0 and view.waiting != "CrashLoopBackOff"):
        return None
    return Failure(subject, view, Fault.EXITS, None, lines)


def _lacks_rights(view: ContainerView, lines: tuple[LogLine, ...]) -> bool:
    """Its last word is that it may not touch a path of its own image; one of a volume is the volume's matter."""
    last = lines[-1].raw if lines else ""
    mounts = [str(one.get("mountPath")) for one in items(view.spec, "volumeMounts")]
    return bool(_NO_RIGHTS.search(last)) and not any(path in last for path in mounts)


def last_lines(picture: Picture, view: ContainerView) -> list[LogLine]:
    """Error lines of this container's ended runs, else its last lines."""
    chunks = [
        chunk
        for chunk in picture.logs
        if chunk.namespace == view.pod.namespace
        and chunk.pod == view.pod.name
        and chunk.container in (view.name, "")
    ]
    chunks.sort(key=lambda chunk: chunk.previous, reverse=True)
    for chunk in chunks:
        if found := list(chunk.errors) or list(chunk.lines[-2:]):
            return found[-20:]
    return []
