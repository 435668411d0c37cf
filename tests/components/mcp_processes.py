"""Tool servers as processes of their own: started with their own environment alone, killed, looked at."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from pathlib import Path

import httpx

from tests.components.mcp_serving import TOKEN

START_SECONDS = 30.0


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


class ServerProcess:
    """`python -m module` with a bare environment; `extra` is added to it."""

    def __init__(self, module: str, folder: Path, **extra: str) -> None:
        self.port = free_port()
        self.module = module
        self.environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join(sys.path),
            "MCP_PORT": str(self.port),
            "MCP_TOKEN": TOKEN,
            "GRANT_STORE": str(folder / "grants.db"),
            **extra,
        }
        self._process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/mcp"

    def start(self, *, ca: str = "", **changed: str) -> ServerProcess:
        """Start and wait until it is alive; `ca`: it is served over TLS with a certificate of this authority."""
        self._process = self.spawn(**changed)
        trust: ssl.SSLContext | bool = ssl.create_default_context(cadata=ca) if ca else True
        alive = f"http{'s' if ca else ''}://127.0.0.1:{self.port}/healthz"
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and self._process.poll() is None:
            try:
                if httpx.get(alive, trust_env=False, verify=trust).status_code == 200:
                    return self
            except httpx.TransportError:
                time.sleep(0.05)
        raise AssertionError(f"{self.module} did not start: {self._process.communicate(timeout=5)}")

    def spawn(self, **changed: str) -> subprocess.Popen[str]:
        environment = {name: value for name, value in (self.environment | changed).items() if value}
        return subprocess.Popen(
            [sys.executable, "-m", self.module],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def stop(self, with_signal: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """The exit code and what it wrote to standard output."""
        if self._process is None:
            return 0, ""
        process, self._process = self._process, None
        if process.poll() is None:
            process.send_signal(with_signal)
        output, _ = process.communicate(timeout=15)
        return process.returncode, output
