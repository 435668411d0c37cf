"""Builds the control plane with the ordinary `go` command, once for each set of versions, into a cache folder."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess  # the go command has no other interface  # nosec B404
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
_BUILD_SECONDS = 3600


class ClusterUnavailable(Exception):
    """The cluster cannot be had here; the message says what failed and what to do."""


@dataclass(frozen=True)
class Made:
    """A Go module of ours and the programs that its tools are: name → package."""

    module: str
    programs: dict[str, str]


CONTROL_PLANE = Made(
    "controlplane",
    {
        "etcd": "go.etcd.io/etcd/server/v3",
        "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver",
        "kube-controller-manager": "k8s.io/kubernetes/cmd/kube-controller-manager",
        "kube-scheduler": "k8s.io/kubernetes/cmd/kube-scheduler",
    },
)
KUBELETS = Made("kubelets", {"kwok": "sigs.k8s.io/kwok/cmd/kwok"})


def built(cache: Path, say: Callable[[str], None]) -> dict[str, Path]:
    """Program → its file. Blocking; minutes the first time. Raises ClusterUnavailable."""
    return {
        name: path for made in (CONTROL_PLANE, KUBELETS) for name, path in _built(made, cache, say).items()
    }


def _built(made: Made, cache: Path, say: Callable[[str], None]) -> dict[str, Path]:
    folder = cache / "cluster" / f"{made.module}-{_versions(made)}"
    programs = {name: folder / name for name in made.programs}
    for name, path in programs.items():
        if not path.is_file():
            say(
                f"building {name} (only the first time; the control plane takes about ten minutes on two cores)"
            )
            _build(HERE / made.module, made.programs[name], path)
    return programs


def _versions(made: Made) -> str:
    """What the lock file says, in short: other versions are other programs."""
    return hashlib.sha256((HERE / made.module / "go.sum").read_bytes()).hexdigest()[:12]


def _build(module: Path, package: str, path: Path) -> None:
    go = shutil.which("go")
    if go is None:
        raise ClusterUnavailable(
            "there is no `go` on the PATH to build a control plane with; install Go 1.26 or later, or name a"
            " cluster of yours: CLUSTER_KUBECONFIG=~/.kube/config make test-cluster"
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    command = [go, "build", "-trimpath", f"-ldflags=-s -w {_stamp(module)}", "-o", f"{path}.new", package]
    # the command is made of constants and of our own paths
    done = subprocess.run(  # noqa: S603  # nosec B603
        command,
        cwd=module,
        env={**os.environ, "GOFLAGS": "-mod=readonly -buildvcs=false"},
        capture_output=True,
        text=True,
        timeout=_BUILD_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        raise ClusterUnavailable(f"`go build {package}` in {module} failed:\n{done.stderr[-3000:]}")
    Path(f"{path}.new").replace(path)


def _stamp(module: Path) -> str:
    """Linker flags by which the programs know their version, as Kubernetes' own build gives them."""
    found = re.search(r"k8s\.io/kubernetes (v\S+)", (module / "go.mod").read_text())
    where = "k8s.io/component-base/version"
    if found is None:
        return ""
    version = found[1]
    major, minor, _ = version.removeprefix("v").split(".", 2)
    return f"-X {where}.gitVersion={version} -X {where}.gitMajor={major} -X {where}.gitMinor={minor}"
