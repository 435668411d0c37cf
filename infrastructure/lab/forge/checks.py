"""The check every commit of a pull request and of main gets: its Python compiles, its YAML parses."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

import yaml

from infrastructure.lab.forge.records import CheckRun, Records
from infrastructure.lab.forge.repository import Repository

NAME = "tests"


class Checks:
    """Starts check runs and finishes them."""

    def __init__(
        self, repository: Repository, records: Records, *, now: Callable[[], datetime], seconds: float
    ) -> None:
        self._repository = repository
        self._records = records
        self._now = now
        self._seconds = seconds
        self._running: dict[str, asyncio.Task[None]] = {}

    def start(self, sha: str) -> None:
        """Begin the check of a commit, once."""
        if self._records.checks_of(sha):
            return
        run = CheckRun(self._records.new_id(), NAME, sha, "in_progress", self._now())
        self._records.checks[run.id] = run
        task = asyncio.create_task(self._work(run), name=f"check {sha[:7]}")
        self._running[sha] = task
        task.add_done_callback(lambda _: self._running.pop(sha, None))

    def record_past(self, sha: str, at: datetime) -> None:
        """A check that passed before the forge was started."""
        run = CheckRun(
            self._records.new_id(), NAME, sha, "completed", at, "success", at, "All checks passed", ""
        )
        self._records.checks[run.id] = run

    async def finished(self, sha: str) -> CheckRun | None:
        """The commit's check run once it is complete."""
        task = self._running.get(sha)
        if task is not None:
            await asyncio.shield(task)
        runs = self._records.checks_of(sha)
        return runs[0] if runs else None

    async def stop(self) -> None:
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _work(self, run: CheckRun) -> None:
        files, _ = await asyncio.gather(
            self._repository.text_files(run.head_sha), asyncio.sleep(self._seconds)
        )
        complaints = await asyncio.to_thread(complaints_about, files)
        self._records.checks[run.id] = replace(
            run,
            status="completed",
            conclusion="failure" if complaints else "success",
            completed_at=self._now(),
            title=f"{len(complaints)} files failed" if complaints else "All checks passed",
            summary="\n".join(complaints) or f"{len(files)} files checked",
        )


def complaints_about(files: Mapping[str, str]) -> list[str]:
    """One line for each file that does not compile or parse."""
    found = [f"{path}: {complaint}" for path, text in files.items() if (complaint := _complaint(path, text))]
    return sorted(found)


def _complaint(path: str, text: str) -> str | None:
    try:
        if path.endswith(".py"):
            compile(text, path, "exec", dont_inherit=True)
        elif path.endswith((".yaml", ".yml")):
            list(yaml.safe_load_all(text))
    except (SyntaxError, ValueError) as error:
        return str(error)
    except yaml.YAMLError as error:
        return " ".join(str(error).split())
    return None
