"""Loopback addresses for nodes and pods: 127.<cluster>.<node>.<n>, with a cluster octet nobody else uses."""

from __future__ import annotations

import socket
from random import Random

_OCTETS = range(16, 240)
_CLAIM_PORT = 10250
_FIRST, _LAST = 2, 254


class NoAddressLeft(RuntimeError):
    """Every octet is taken by another cluster on this machine, or a node has no address left."""


class ClusterOctet:
    """Held by listening where a first node's kubelet would; freed when closed, also by a crash."""

    def __init__(self, chance: Random) -> None:
        for octet in chance.sample(_OCTETS, len(_OCTETS)):
            claim = socket.socket()
            try:
                claim.bind((f"127.{octet}.0.1", _CLAIM_PORT))
                claim.listen(1)
            except OSError:
                claim.close()
                continue
            self._claim, self.value = claim, octet
            return
        raise NoAddressLeft("no free block 127.16.0.0/16 … 127.239.0.0/16: stop another cluster first")

    def close(self) -> None:
        self._claim.close()


class NodeAddresses:
    """The addresses of one node. A freed one comes back last, so that a stale one is not met again soon."""

    def __init__(self, octet: int, node: int) -> None:
        self._prefix = f"127.{octet}.{node}"
        self._free = list(range(_FIRST, _LAST + 1))

    @property
    def own(self) -> str:
        return f"{self._prefix}.1"

    @property
    def network(self) -> str:
        return f"{self._prefix}.0/24"

    def take(self) -> str:
        if not self._free:
            raise NoAddressLeft(f"no address left in {self.network}")
        return f"{self._prefix}.{self._free.pop(0)}"

    def give_back(self, address: str) -> None:
        self._free.append(int(address.rpartition(".")[2]))
