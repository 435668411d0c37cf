"""`python -m infrastructure.cluster -- COMMAND…`: runs a command against a real control plane that lives as long as it does."""

from __future__ import annotations

import os
import subprocess  # the command is the caller's own  # nosec B404
import sys
import tempfile
from pathlib import Path

from infrastructure.cluster.building import ClusterUnavailable, built
from infrastructure.cluster.running import running
from infrastructure.lab.telemetry.packages import default_cache


def main(arguments: list[str]) -> int:
    """The command's exit code; 3 where no cluster could be had, with the reason."""
    command = arguments[1:] if arguments[:1] == ["--"] else arguments
    if not command:
        print("usage: python -m infrastructure.cluster -- COMMAND [ARGUMENT …]", file=sys.stderr)
        return 2
    try:
        programs = built(default_cache(os.environ), _say)
        with (
            tempfile.TemporaryDirectory(prefix="cluster.") as folder,
            running(programs, Path(folder), _say) as way_in,
        ):
            variables = {**os.environ, "CLUSTER_KUBECONFIG": str(way_in), "CLUSTER_NODES": "simulated"}
            return subprocess.run(command, env=variables, check=False).returncode  # noqa: S603  # nosec B603
    except ClusterUnavailable as why:
        print(f"no cluster to test against: {why}", file=sys.stderr)
        return 3


def _say(what: str) -> None:
    print(f"cluster: {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
