"""Commit and read artifacts: files named by their hash, then the manifest, all under a file lock.

Because a new file never takes an old one's name, the old manifest stays true until the new one
replaces it: a process killed anywhere in between leaves the old artifact whole.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from filelock import FileLock

from pipeline.errors import InputError
from pipeline.store.atomic import flush_folder, write_whole
from pipeline.store.manifest import Entry, Manifest, Slot, StoredFile
from pipeline.store.names import decode, encode

_MANIFEST = "manifest.json"

_SHOWN = 16
"""Characters of a file's name that its stored name begins with; the hash tells files apart."""


def sha256(content: bytes) -> str:
    """The hash that everything here is verified with, in hex."""
    return hashlib.sha256(content).hexdigest()


class DamagedError(Exception):
    """A stored file is absent, or its bytes are not those that its manifest names."""


@dataclass(frozen=True)
class Store:
    """All artifacts below one folder; a place is a path of names inside it."""

    root: Path

    def folder(self, *place: str) -> Path:
        """The folder of a place; every name becomes one safe part of the path."""
        return self.root.joinpath(*(encode(name) for name in place))

    def read(self, *place: str) -> Manifest | None:
        """The manifest of an artifact, or None where there is none that can be read."""
        try:
            return Manifest.from_json((self.folder(*place) / _MANIFEST).read_bytes())
        except (FileNotFoundError, NotADirectoryError):
            return None
        except PermissionError as error:
            raise InputError(f"{error.filename} cannot be read: {error.strerror}") from error

    def list(self, *place: str) -> list[str]:
        """Names of the artifacts in a folder, sorted."""
        found = self.folder(*place).glob(f"*/{_MANIFEST}")
        return sorted(decode(path.parent.name) for path in found)

    def file(self, manifest: Manifest, name: str, *place: str) -> bytes:
        """The bytes of a file of an artifact, verified.

        Raises:
            DamagedError: the file is absent or holds other bytes.
        """
        if name not in manifest.files:
            raise DamagedError(f"{'/'.join(place)} holds no {name}")
        stored = manifest.files[name]
        try:
            content = (self.folder(*place) / stored.path).read_bytes()
        except FileNotFoundError as absent:
            raise DamagedError(f"{stored.path} of {'/'.join(place)} is absent") from absent
        if sha256(content) != stored.sha256:
            raise DamagedError(f"{stored.path} of {'/'.join(place)} is damaged: its hash is wrong")
        return content

    def load(self, name: str, *place: str) -> tuple[Manifest, bytes]:
        """Manifest and bytes that belong together, also while another process replaces them.

        Raises:
            DamagedError: there is no artifact, or its file is absent or damaged.
        """
        manifest = self.read(*place)
        while manifest is not None:
            try:
                return manifest, self.file(manifest, name, *place)
            except DamagedError:
                newer = self.read(*place)
                if newer == manifest:
                    raise
                manifest = newer
        raise DamagedError(f"there is no {'/'.join(place)}")

    def is_intact(
        self, manifest: Manifest, *place: str, checked: dict[str, bool] | None = None
    ) -> bool:
        """Whether every file of the artifact is there with the bytes that its manifest names.

        Args:
            manifest: the artifact's.
            place: where it lies.
            checked: what was found of files by their path; one that many name is read once.
        """
        found = {} if checked is None else checked
        paths = {
            name: os.path.normpath(self.folder(*place) / file.path)
            for name, file in manifest.files.items()
        }
        for name, path in paths.items():
            if path not in found:
                try:
                    self.file(manifest, name, *place)
                    found[path] = True
                except DamagedError:
                    found[path] = False
        return all(found[path] for path in paths.values())

    def commit(
        self,
        *place: str,
        files: Mapping[str, bytes],
        entries: Mapping[Slot, Entry],
        facts: Mapping[str, Any] | None = None,
        made: Mapping[str, Any] | None = None,
        refers: Iterable[tuple[str, ...]] = (),
    ) -> Manifest:
        """Replace an artifact: its files first, then its manifest, then the files of the old one.

        Args:
            place: data set, stage, and where there is one the cutoff.
            files: bytes by name, as "forecasts.parquet".
            entries: what each slot depends on and holds.
            facts: counts for people; part of nothing's key.
            made: run, time and environment; part of nothing's key.
            refers: places of other artifacts whose files this one needs: named, with their hashes.

        Raises:
            InputError: the folder cannot be written.
        """
        folder = self.folder(*place)
        with _readable(folder):
            folder.mkdir(parents=True, exist_ok=True)
            with FileLock(folder / ".lock"):
                stored = {name: _put(folder, name, content) for name, content in files.items()}
                for other in refers:
                    stored |= self._files_of(folder, other)
                manifest = Manifest(
                    files=stored,
                    entries=dict(sorted(entries.items())),
                    content=content_of(entries),
                    facts=dict(facts or {}),
                    made=dict(made or {}),
                )
                write_whole(folder / _MANIFEST, manifest.to_json())
                _sweep(folder, keep={file.path for file in stored.values()})
        return manifest

    def _files_of(self, folder: Path, other: tuple[str, ...]) -> dict[str, StoredFile]:
        """The files of another artifact, as seen from a folder."""
        manifest = self.read(*other)
        if manifest is None:
            raise DamagedError(f"there is no {'/'.join(other)}")
        there = os.path.relpath(self.folder(*other), folder)
        return {
            f"{'/'.join(other)}/{name}": replace(file, path=f"{there}/{file.path}")
            for name, file in manifest.files.items()
        }


def content_of(entries: Mapping[Slot, Entry]) -> str:
    """One hash over the contents of all slots: what an artifact holds, whoever made it."""
    rows = [[*slot, entry.content] for slot, entry in sorted(entries.items())]
    return sha256(json.dumps(rows).encode())[:32]


def _put(folder: Path, name: str, content: bytes) -> StoredFile:
    """Write a file under a name that holds its hash; one that lies there whole is left alone."""
    digest = sha256(content)
    owner = PurePosixPath(name)
    begin, end = encode(owner.stem[:_SHOWN]), owner.suffix.lower()[:_SHOWN]
    path = folder / f"{begin}-{digest[:16]}{end}"
    if not (path.exists() and sha256(path.read_bytes()) == digest):
        write_whole(path, content)
    return StoredFile(path.name, digest, len(content))


def _sweep(folder: Path, *, keep: set[str]) -> None:
    """Remove files that the manifest does not name: the artifact before, and left-overs."""
    for path in folder.iterdir():
        if path.is_file() and path.name not in keep | {_MANIFEST, ".lock"}:
            path.unlink(missing_ok=True)
    flush_folder(folder)


@contextmanager
def _readable(folder: Path) -> Iterator[None]:
    """A folder that cannot be written, or a full disk, as one sentence."""
    try:
        yield
    except OSError as error:
        raise InputError(
            f"{folder} cannot be written ({error.strerror or error}); free or unlock it, "
            "or name another folder in HINDCAST_STORE"
        ) from error
