"""Ports for a launch: different, free, and never ones that an outgoing connection may take meanwhile."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from sre_agent.cli.native.ports import NEVER_OUTGOING, free_ports, is_free


def test_ports_are_different_and_can_be_listened_on() -> None:
    found = free_ports(7)
    assert len(set(found)) == 7
    assert all(is_free(port) for port in found)


def test_a_taken_port_is_not_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert not is_free(taken.getsockname()[1])


def test_no_outgoing_connection_can_take_a_chosen_port() -> None:
    told = Path("/proc/sys/net/ipv4/ip_local_port_range")
    if not told.exists():
        pytest.skip("this system does not say which ports outgoing connections get")
    first = int(told.read_text().split()[0])
    if first < NEVER_OUTGOING.stop:
        pytest.skip(f"here outgoing connections begin at port {first}, which is not the default")
    assert all(port < first for port in free_ports(20))


def test_an_address_of_another_machine_is_refused_at_once() -> None:
    with pytest.raises(OSError, match="assign"):
        free_ports(1, "192.0.2.1")
