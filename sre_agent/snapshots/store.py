"""The files of a snapshot, from a folder or a .tar.gz: no links, no way out, no file too large, no bomb."""

from __future__ import annotations

import stat
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Protocol

from sre_agent.snapshots.content import LARGEST_FILE, SnapshotRefused

LARGEST_ARCHIVE = 1024 * 1024 * 1024
"""All files of an archive together, unpacked."""
MOST_FILES = 50_000
MOST_HELD = 256 * 1024 * 1024
"""So much of an archive is held in memory at once."""
LOG_TAIL = 4 * 1024 * 1024
"""So much of a very long log is read: its end, where the incident is."""


class Files(Protocol):
    """Paths relative to the snapshot, and their content."""

    def paths(self) -> list[str]:
        """Every file, sorted."""

    def read(self, path: str) -> bytes:
        """Raises SnapshotRefused for what must not be read."""

    def tail(self, path: str, limit: int) -> tuple[bytes, int]:
        """The last `limit` bytes, and the size of the whole. Raises SnapshotRefused."""


def open_files(where: Path) -> Files:
    """The files of a folder or archive. Raises SnapshotRefused."""
    if where.is_dir():
        return FolderFiles(where)
    if where.is_file():
        return ArchiveFiles(where)
    raise SnapshotRefused(f"{where}: a folder or a .tar.gz was expected, and there is neither")


class FolderFiles:
    def __init__(self, root: Path) -> None:
        self._root = root

    def paths(self) -> list[str]:
        found = [path.relative_to(self._root).as_posix() for path in self._walk(self._root)]
        return sorted(found)

    def _walk(self, folder: Path) -> Iterator[Path]:
        for path in folder.iterdir():
            mode = path.lstat().st_mode
            if stat.S_ISLNK(mode):
                name = path.relative_to(self._root).as_posix()
                raise SnapshotRefused(f"{name}: a link; a snapshot holds folders and plain files alone")
            if stat.S_ISDIR(mode):
                yield from self._walk(path)
            else:
                yield path

    def read(self, path: str) -> bytes:
        self._size(path)
        return (self._root / path).read_bytes()

    def tail(self, path: str, limit: int) -> tuple[bytes, int]:
        size = self._size(path)
        with (self._root / path).open("rb") as file:
            file.seek(max(0, size - limit))
            return file.read(limit), size

    def _size(self, path: str) -> int:
        file = self._root / path
        mode = file.lstat()
        if stat.S_ISLNK(mode.st_mode) or not stat.S_ISREG(mode.st_mode):
            raise SnapshotRefused(f"{path}: a plain file was expected; links and devices are not read")
        if mode.st_size > LARGEST_FILE:
            raise SnapshotRefused(
                f"{path}: {mode.st_size} bytes are more than the {LARGEST_FILE} that are read"
            )
        return mode.st_size


class ArchiveFiles:
    """Everything is checked while it is unpacked into memory; nothing is written, and of long logs the end is kept."""

    def __init__(self, archive: Path) -> None:
        self._content: dict[str, bytes] = {}
        self._sizes: dict[str, int] = {}
        try:
            with tarfile.open(archive, "r|*") as tar:
                for member in tar:
                    if not member.isdir():
                        self._take(tar, member, archive)
        except (tarfile.TarError, EOFError, zlib.error, OSError) as broken:
            raise SnapshotRefused(f"{archive}: not a readable .tar.gz ({broken})") from None
        self._prefix = self._common()

    def _take(self, tar: tarfile.TarFile, member: tarfile.TarInfo, archive: Path) -> None:
        name = _safe(member.name)
        self._sizes[name] = member.size if member.isreg() else 0
        if sum(self._sizes.values()) > LARGEST_ARCHIVE or len(self._sizes) > MOST_FILES:
            raise SnapshotRefused(f"{archive}: it unpacks to more than is read (1 GiB, {MOST_FILES} files)")
        self._content[name] = _member(tar, member, name)
        held = sum(map(len, self._content.values()))
        if held > MOST_HELD:
            raise SnapshotRefused(f"{archive}: more than {MOST_HELD} bytes beside the ends of its logs")

    def _common(self) -> str:
        """Archives often hold one folder; the snapshot begins where its snapshot.json lies."""
        tops = [name for name in self._content if PurePosixPath(name).name == "snapshot.json"]
        return min(tops, key=len).removesuffix("snapshot.json") if tops else ""

    def paths(self) -> list[str]:
        return sorted(
            name.removeprefix(self._prefix) for name in self._content if name.startswith(self._prefix)
        )

    def read(self, path: str) -> bytes:
        return self._content[self._prefix + path]

    def tail(self, path: str, limit: int) -> tuple[bytes, int]:
        return self.read(path)[-limit:], self._sizes[self._prefix + path]


def _safe(name: str) -> str:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\x00" in name:
        raise SnapshotRefused(f"{name!r}: the path leaves the snapshot")
    return path.as_posix()


def _member(tar: tarfile.TarFile, member: tarfile.TarInfo, name: str) -> bytes:
    """Refused as a whole where it holds what no capture writes: unpacking on, to see the rest, is what a bomb wants."""
    if not member.isreg():
        raise SnapshotRefused(f"{name}: a plain file was expected; links and devices are not read")
    if member.size > LARGEST_FILE:
        raise SnapshotRefused(f"{name}: {member.size} bytes are more than the {LARGEST_FILE} that are read")
    stream = tar.extractfile(member)
    if stream is None:
        return b""
    return _end_of(stream) if name.endswith(".log") else stream.read()


def _end_of(stream: IO[bytes]) -> bytes:
    """The last LOG_TAIL bytes, without ever holding more than twice as many."""
    kept = b""
    while chunk := stream.read(LOG_TAIL):
        kept = (kept + chunk)[-LOG_TAIL:]
    return kept
