"""Lets the distribution's Alertmanager run from a folder of ours.

Debian builds it to open its notification templates under one fixed path, which an unpacked package does not have. A copy
is made in which that path, and nothing else, is replaced by a relative one of the same length; it is started in the
folder that holds the templates.
"""

from __future__ import annotations

import shutil
from pathlib import Path

FIXED = "/usr/share/prometheus/alertmanager"
_HERE = b"./" * (len(FIXED) // 2)


def needs_relocation(program: Path) -> bool:
    """Whether it looks for templates where this machine has none."""
    return not Path(FIXED, "default.tmpl").exists() and FIXED.encode() in program.read_bytes()


def relocate(program: Path, package: Path) -> Path:
    """The copy that may run anywhere; made once."""
    copy = package / "relocated" / program.name
    if not copy.exists():
        copy.parent.mkdir(parents=True, exist_ok=True)
        fresh = copy.with_suffix(".new")
        fresh.write_bytes(relocated(program.read_bytes()))
        fresh.chmod(0o755)
        fresh.rename(copy)
        for template in (package / FIXED.lstrip("/")).glob("*.tmpl"):
            shutil.copy(template, copy.parent)
    return copy


def relocated(program: bytes) -> bytes:
    """The same program with the fixed path made relative; no byte moves."""
    return program.replace(FIXED.encode(), _HERE)


def bring_templates(program: Path, working_folder: Path) -> None:
    """Put the templates that lie beside a relocated program where it will look for them."""
    for template in program.parent.glob("*.tmpl"):
        shutil.copy(template, working_folder)
