"""The git program as coroutines: one bare repository, nobody's configuration, no remotes."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from infrastructure.lab.forge.errors import FolderTaken, GitFailed, GitMissing

OLDEST = (2, 38)
"""`git merge-tree --write-tree` came with 2.38."""
AT_ONCE = 6
OURS = "lab.forge"
"""Set in repositories made here; such a one may be replaced by a new start."""
_ISOLATED = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_LITERAL_PATHSPECS": "1",
    "LC_ALL": "C",
    "TZ": "UTC",
    "HOME": "/nonexistent",
}


class Git:
    """Runs git in one bare repository."""

    def __init__(self, folder: Path, program: str) -> None:
        self.folder = folder
        self._program = program
        self._places = asyncio.Semaphore(AT_ONCE)

    @classmethod
    async def create(cls, folder: Path, *, branch: str = "main") -> Git:
        """A new bare repository; raises GitMissing (absent or too old), FolderTaken or GitFailed."""
        await asyncio.to_thread(_clear, folder)
        git = cls(folder, _find_program())
        require_recent((await git._spawn(("version",), b"", {}))[1].decode())
        await git.run("init", "--quiet", "--bare", f"--initial-branch={branch}", str(folder))
        await git.run("config", "core.fsync", "none")
        await git.run("config", "gc.auto", "0")
        await git.run("config", OURS, "true")
        return git

    async def run(
        self, *arguments: str, stdin: bytes = b"", environment: Mapping[str, str] | None = None
    ) -> bytes:
        """The command's standard output; raises GitFailed."""
        code, out, err = await self._spawn(arguments, stdin, environment or {})
        if code != 0:
            raise GitFailed(arguments, code, err.decode(errors="replace"))
        return out

    async def text(self, *arguments: str) -> str:
        return (await self.run(*arguments)).decode(errors="replace")

    async def attempt(self, *arguments: str) -> tuple[int, bytes]:
        """Exit code and output, for commands whose exit code is an answer."""
        code, out, _ = await self._spawn(arguments, b"", {})
        return code, out

    async def _spawn(
        self, arguments: tuple[str, ...], stdin: bytes, environment: Mapping[str, str]
    ) -> tuple[int, bytes, bytes]:
        everything = {**_ISOLATED, "GIT_DIR": str(self.folder), "PATH": "/usr/bin:/bin", **environment}
        async with self._places:
            process = await asyncio.create_subprocess_exec(
                self._program,
                "-c",
                "core.quotePath=false",
                *arguments,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env=everything,
            )
            try:
                out, err = await process.communicate(stdin)
            except asyncio.CancelledError:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
                raise
        return process.returncode or 0, out, err


def _clear(folder: Path) -> None:
    """Take away what an earlier start left; raises FolderTaken for anything else."""
    if not folder.exists():
        return
    configuration = folder / "config"
    section, name = OURS.split(".")
    wanted = f"[{section}]\n\t{name} = true"
    if not configuration.is_file() or wanted not in configuration.read_text():
        raise FolderTaken(f"{folder} was not made by the forge: give it another directory")
    shutil.rmtree(folder)


def _find_program() -> str:
    program = shutil.which("git")
    if program is None:
        raise GitMissing("the lab needs the git program: install the package `git` and start again")
    return program


def require_recent(answer: str) -> None:
    found = re.search(r"(\d+)\.(\d+)", answer)
    if found is None or (int(found[1]), int(found[2])) < OLDEST:
        raise GitMissing(f"the lab needs git 2.38 or newer, found: {answer.strip()}; install a newer `git`")
