"""Starts etcd, the API server, the controllers, the scheduler and KWOK's nodes on free loopback ports, and stops them."""

from __future__ import annotations

import subprocess  # the programs are servers, not libraries  # nosec B404
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import urllib3
from kubernetes import client, config
from kubernetes.client.exceptions import ApiException

from infrastructure.cluster.building import ClusterUnavailable
from infrastructure.cluster.identities import Identities, identities, kubeconfig
from infrastructure.lab.telemetry.watch import free_port

NODES = ("worker-a", "worker-b", "worker-c")
VOLUMES = 4
_READY_SECONDS = 180.0
_STOP_SECONDS = 20.0
_LOOK_SECONDS = 0.25


@dataclass(frozen=True)
class Ports:
    store: int
    peers: int
    api: int


@contextmanager
def running(programs: Mapping[str, Path], folder: Path, say: Callable[[str], None]) -> Iterator[Path]:
    """Yields the administrator's kubeconfig once three nodes are ready. Raises ClusterUnavailable."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    who, ports = identities(folder), Ports(free_port(), free_port(), free_port())
    way_in = kubeconfig(folder, f"https://127.0.0.1:{ports.api}", folder / "apiserver.crt", who.token)
    with ExitStack() as stack:
        started: dict[str, subprocess.Popen[bytes]] = {}

        def start(name: str, arguments: Sequence[str]) -> None:
            say(f"starting {name}")
            started[name] = stack.enter_context(_process(programs[name], arguments, folder / f"{name}.log"))

        start("etcd", _store(folder, ports))
        start("kube-apiserver", _api_server(folder, ports, who))
        _wait(lambda: _answers(way_in), started, folder, "the API server to be ready")
        start("kube-controller-manager", _controllers(folder, way_in, who))
        start("kube-scheduler", [f"--kubeconfig={way_in}", "--leader-elect=false", "--secure-port=0"])
        start("kwok", [f"--kubeconfig={way_in}", "--manage-all-nodes=true", "--cidr=10.244.0.0/16"])
        _add_nodes(way_in)
        _add_volumes(way_in)
        _wait(lambda: _nodes_are_ready(way_in), started, folder, f"{len(NODES)} nodes to be ready")
        _wait(lambda: _accounts_are_made(way_in), started, folder, "the controllers to make ServiceAccounts")
        yield way_in


def _store(folder: Path, ports: Ports) -> list[str]:
    here, peers = f"http://127.0.0.1:{ports.store}", f"http://127.0.0.1:{ports.peers}"
    return [
        f"--data-dir={folder / 'etcd'}",
        f"--listen-client-urls={here}",
        f"--advertise-client-urls={here}",
        f"--listen-peer-urls={peers}",
        f"--initial-advertise-peer-urls={peers}",
        f"--initial-cluster=default={peers}",
        "--unsafe-no-fsync",
    ]


def _api_server(folder: Path, ports: Ports, who: Identities) -> list[str]:
    return [
        f"--etcd-servers=http://127.0.0.1:{ports.store}",
        "--bind-address=127.0.0.1",
        f"--secure-port={ports.api}",
        f"--cert-dir={folder}",
        f"--token-auth-file={who.tokens}",
        "--authorization-mode=Node,RBAC",
        "--anonymous-auth=false",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={who.signing_public}",
        f"--service-account-signing-key-file={who.signing_key}",
        "--service-cluster-ip-range=10.96.0.0/16",
        "--endpoint-reconciler-type=none",
        "--allow-privileged=true",
    ]


def _controllers(folder: Path, way_in: Path, who: Identities) -> list[str]:
    return [
        f"--kubeconfig={way_in}",
        "--use-service-account-credentials=true",
        f"--service-account-private-key-file={who.signing_key}",
        f"--root-ca-file={folder / 'apiserver.crt'}",
        "--leader-elect=false",
        "--secure-port=0",
    ]


@contextmanager
def _process(program: Path, arguments: Sequence[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as lines:
        # programs that we built, with arguments that we made
        command = [str(program), *arguments]
        process = subprocess.Popen(command, stdout=lines, stderr=lines)  # noqa: S603  # nosec B603
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(
    holds: Callable[[], bool], started: Mapping[str, subprocess.Popen[bytes]], folder: Path, what: str
) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while not holds():
        ended = next((name for name, process in started.items() if process.poll() is not None), "")
        if ended or time.monotonic() > deadline:
            guilty = ended or list(started)[-1]
            told = (folder / f"{guilty}.log").read_text(errors="replace")[-2000:]
            why = f"{ended} ended" if ended else f"it took longer than {_READY_SECONDS:.0f} s"
            raise ClusterUnavailable(f"waited for {what}: {why}; its last words:\n{told}")
        time.sleep(_LOOK_SECONDS)


def _answers(way_in: Path) -> bool:
    if not (way_in.parent / "apiserver.crt").exists():
        return False
    with _core(way_in) as core:
        try:
            core.read_namespace("kube-system")
        except (ApiException, urllib3.exceptions.HTTPError):
            return False
    return True


@contextmanager
def _core(way_in: Path) -> Iterator[Any]:
    with config.new_client_from_config(config_file=str(way_in)) as api:  # type: ignore[no-untyped-call]
        api.configuration.retries = False
        yield client.CoreV1Api(api)


def _add_nodes(way_in: Path) -> None:
    with _core(way_in) as core:
        for name in NODES:
            labels = {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "type": "kwok"}
            meta = {"name": name, "labels": labels, "annotations": {"kwok.x-k8s.io/node": "fake"}}
            core.create_node({"apiVersion": "v1", "kind": "Node", "metadata": meta})


def _add_volumes(way_in: Path) -> None:
    """There is no provisioner here: claims without a class are bound to these."""
    with _core(way_in) as core:
        for number in range(VOLUMES):
            spec = {
                "accessModes": ["ReadWriteOnce"],
                "capacity": {"storage": "1Gi"},
                "hostPath": {"path": f"/volumes/{number}"},
            }
            meta = {"name": f"volume-{number}"}
            core.create_persistent_volume(
                {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": meta, "spec": spec}
            )


def _nodes_are_ready(way_in: Path) -> bool:
    with _core(way_in) as core:
        nodes = core.list_node().items
    ready = [
        node
        for node in nodes
        for each in node.status.conditions or ()
        if (each.type, each.status) == ("Ready", "True")
    ]
    return len(ready) == len(NODES)


def _accounts_are_made(way_in: Path) -> bool:
    with _core(way_in) as core:
        found = core.list_namespaced_service_account("default").items
    return any(account.metadata.name == "default" for account in found)
