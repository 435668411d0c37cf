"""Toy containers for trying the cluster: a few words of shell, really listening and really ending.

A container's command is `sh -c "…"` with statements parted by `;`: `echo TEXT`, `sleep SECONDS`, `exit CODE`,
`httpd -f -p PORT` (answers 200, or 503 once `healthy` is taken away), and `allocate BYTES`. Every image
can be pulled but those whose name holds `missing`.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping

from infrastructure.lab.seams import (
    Container,
    ContainerSpec,
    ContainerStartFailed,
    Exit,
    ImagePullFailed,
)

_SIGTERM = 143
_BASELINE_BYTES = 8 * 1024 * 1024


class ToyRuntime:
    """A ContainerRuntime."""

    def __init__(self) -> None:
        self.containers: dict[tuple[str, str], ToyContainer] = {}
        """By pod and container name; the latest run of each."""

    async def pull(self, image: str) -> None:
        if "missing" in image:
            raise ImagePullFailed(
                f'rpc error: code = NotFound desc = failed to pull and unpack image "{image}": '
                f'failed to resolve reference "{image}": {image}: not found'
            )

    async def start(self, spec: ContainerSpec) -> Container:
        words = (*spec.command, *spec.args)
        if words and words[0] not in ("sh", "/bin/sh"):
            raise ContainerStartFailed(
                f"failed to create containerd task: failed to create shim task: OCI runtime create failed: runc "
                f'create failed: unable to start container process: exec: "{words[0]}": executable file not found '
                "in $PATH: unknown"
            )
        container = ToyContainer(spec, words[-1] if words else "sleep 86400")
        self.containers[spec.pod, spec.container] = container
        return container

    async def execute(self, spec: ContainerSpec, command: tuple[str, ...]) -> int:
        """`true` and `false`, and `test -f PATH` against the mounted files."""
        text = " ".join(command)
        if match := re.search(r"test -f (\S+)", text):
            return 0 if match.group(1) in spec.files else 1
        return 0 if "true" in command else 1


class ToyContainer:
    def __init__(self, spec: ContainerSpec, script: str) -> None:
        self._spec = spec
        self._memory = _BASELINE_BYTES
        self._ended: asyncio.Future[Exit] = asyncio.get_running_loop().create_future()
        self._server: asyncio.Server | None = None
        self.healthy = True
        self.served = 0
        self._task = asyncio.create_task(self._run(script))

    async def _run(self, script: str) -> None:
        code = 0
        try:
            for statement in filter(None, (part.strip() for part in script.split(";"))):
                word, _, rest = statement.removeprefix("exec ").partition(" ")
                if word == "exit":
                    code = int(rest or 0)
                    break
                await _WORDS[word](self, rest)
        except asyncio.CancelledError:
            code = _SIGTERM
        except OSError as error:
            self._spec.log(str(error))
            code = 1
        self._end(Exit(code, "Completed" if code == 0 else "Error"))

    async def _echo(self, text: str) -> None:
        text = re.sub(r"\$(\w+)", lambda match: self._spec.environment.get(match.group(1), ""), text)
        self._spec.log(text.strip("\"'"))

    async def _sleep(self, text: str) -> None:
        await asyncio.sleep(float(text))

    async def _allocate(self, text: str) -> None:
        self._memory = int(text)

    async def _httpd(self, text: str) -> None:
        match = re.search(r"-p (\d+)", text)
        port = int(match.group(1)) if match else 80
        self._server = await asyncio.start_server(self._answer, self._spec.pod_ip, port)
        await asyncio.Event().wait()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not await reader.read(65536):
            writer.close()
            return
        self.served += 1
        status = b"200 OK" if self.healthy else b"503 Service Unavailable"
        body = self._spec.pod.encode()
        writer.write(
            b"HTTP/1.1 %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (status, len(body), body)
        )
        await writer.drain()
        writer.close()

    def _end(self, how: Exit) -> None:
        if self._server is not None:
            self._server.close()
        if not self._ended.done():
            self._ended.set_result(how)

    async def wait(self) -> Exit:
        return await asyncio.shield(self._ended)

    async def stop(self, grace_seconds: float) -> None:
        self._task.cancel()
        await asyncio.wait([self._task])
        self._end(Exit(_SIGTERM, "Error"))

    def memory_bytes(self) -> int:
        return self._memory

    def cpu_seconds(self) -> float:
        return 0.0

    def cfs_periods(self) -> tuple[int, int]:
        return 0, 0


_WORDS: Mapping[str, Callable[[ToyContainer, str], Awaitable[None]]] = {
    "echo": ToyContainer._echo,
    "sleep": ToyContainer._sleep,
    "allocate": ToyContainer._allocate,
    "httpd": ToyContainer._httpd,
}
