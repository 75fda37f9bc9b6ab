"""A project on disk: where its declarations, files, results and history lie."""

import keyword
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.declaration import DataSet
from pipeline.declaration_file import read_declaration
from pipeline.errors import InputError
from pipeline.store.store import Store

if TYPE_CHECKING:
    from pipeline.raw.dialect import RawFile

MARK = "workspace.yaml"
"""The file that tells the top folder of a project."""

_NAME = re.compile(r"[A-Za-z0-9_]+")
"""What Dagster takes for the name of a group of assets."""

_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9_]")


_RESERVED = frozenset(
    [
        "arg_dict",
        "bool",
        "conf",
        "config",
        "context",
        "dict",
        "float",
        "input",
        "input_arg_dict",
        "int",
        "meta",
        "output",
        "output_arg_dict",
        "str",
        "type",
    ]
)
"""Names that Dagster refuses for jobs, besides Python's own words."""


@dataclass(frozen=True)
class Project:
    """A folder with workspace.yaml, declarations, CSV files and results."""

    root: Path

    @property
    def defs(self) -> Path:
        """The folder with one folder per data set."""
        return self.root / "pipeline" / "defs"

    @cached_property
    def store(self) -> Store:
        """The results: storage/, or the folder that HINDCAST_STORE names."""
        return Store(Path(os.environ.get("HINDCAST_STORE") or self.root / "storage").absolute())

    @property
    def dagster_home(self) -> Path:
        """Dagster's history: .dagster_home/, or the folder that DAGSTER_HOME names."""
        return Path(os.environ.get("DAGSTER_HOME") or self.root / ".dagster_home").absolute()

    @cached_property
    def data_sets(self) -> dict[str, DataSet]:
        """Every declared data set by name, whether its files are there or not.

        Raises:
            InputError: a declaration is wrong; file, line and what to write instead.
        """
        return {path.parent.name: self.read(path) for path in self._declarations}

    @property
    def _declarations(self) -> list[Path]:
        return sorted(self.defs.glob("*/defs.yaml"))

    def read(self, path: Path) -> DataSet:
        """One declaration; its folder's name is the data set's.

        Raises:
            InputError: as `data_sets`.
        """
        shown = str(path.relative_to(self.root)) if path.is_relative_to(self.root) else str(path)
        data_set = read_declaration(path, shown_as=shown).named(path.parent.name)
        try:
            _check_name(data_set.name)
            for where, patterns in _patterns_by_key(data_set).items():
                for pattern in patterns:
                    self._check_pattern(pattern, where)
        except InputError as error:
            raise InputError(f"{shown}: {error}") from None
        return data_set

    def data_set(self, name: str) -> DataSet:
        """A data set by name.

        Raises:
            InputError: there is none with this name.
        """
        declared = {path.parent.name: path for path in self._declarations}
        if name not in declared:
            raise InputError(
                f"there is no data set {name!r}; declared are: {', '.join(declared) or 'none'}"
            )
        return self.read(declared[name])  # a mistake in another one is of no concern here

    def paths(self, data_set: DataSet) -> list[Path]:
        """The CSV files of a data set that are there, sorted."""
        return self._found(_patterns(data_set.files))

    def imported_paths(self, data_set: DataSet) -> dict[str, list[Path]]:
        """By imported model the files with its forecasts that are there, sorted."""
        named = data_set.imported.items()
        return {name: self._found(_patterns(settings.files)) for name, settings in named}

    def is_waiting(self, data_set: DataSet) -> bool:
        """Whether it has no file yet: then it has no assets and is listed as waiting."""
        return not self.paths(data_set)

    def waiting(self, data_set: DataSet) -> str:
        """What to do about a data set without a file."""
        source = f" {data_set.source}" if data_set.source else ""
        wanted = ", ".join(_patterns(data_set.files))
        return f"{data_set.name} is waiting for its file: {wanted}.{source}"

    def files(self, data_set: DataSet) -> "list[RawFile]":
        """The CSV files with their bytes.

        Raises:
            InputError: there is none, or one cannot be read.
        """
        paths = self.paths(data_set)
        if not paths:
            raise InputError(self.waiting(data_set))
        return self._read_all(paths)

    def imported_files(self, data_set: DataSet, model: str) -> "list[RawFile]":
        """The files with the forecasts of an imported model.

        Raises:
            InputError: there is none, or one cannot be read.
        """
        paths = self.imported_paths(data_set)[model]
        if not paths:
            wanted = ", ".join(_patterns(data_set.imported[model].files))
            raise InputError(f"there is no file {wanted}; put it there, or remove the model")
        return self._read_all(paths)

    def _read_all(self, paths: Sequence[Path]) -> "list[RawFile]":
        from pipeline.raw.dialect import RawFile

        files = []
        for path in paths:
            name = (
                path.relative_to(self.root).as_posix()
                if path.is_relative_to(self.root)
                else str(path)
            )
            try:
                files.append(RawFile(name, path.read_bytes()))
            except OSError as error:
                raise InputError(f"{name} cannot be read: {error.strerror}") from error
        return files

    def _found(self, patterns: Sequence[str]) -> list[Path]:
        return sorted({path for pattern in patterns for path in self._matching(pattern)})

    def _check_pattern(self, pattern: str, where: str) -> None:
        """A pattern finds files: a folder's name alone finds none, for ever and without a word."""
        if pattern.endswith("/") or (self.root / pattern).is_dir():
            raise InputError(
                f"{where}: {pattern} is a folder; write {pattern.rstrip('/')}/*.csv for what is "
                "in it"
            )
        if any("**" in part and part != "**" for part in Path(pattern).parts):
            raise InputError(
                f"{where}: {pattern} is no pattern: ** stands for folders, alone between two "
                "slashes; write * for any part of a name"
            )

    def _matching(self, pattern: str) -> Iterator[Path]:
        """Files that a pattern finds, from the project's folder unless it is absolute."""
        anchor = Path(pattern)
        if anchor.is_absolute():
            found = Path(anchor.anchor).glob(str(anchor.relative_to(anchor.anchor)))
        else:
            found = self.root.glob(pattern)
        return (path for path in found if path.is_file())


def _patterns(files: str | list[str]) -> list[str]:
    return [files] if isinstance(files, str) else files


def _patterns_by_key(data_set: DataSet) -> dict[str, list[str]]:
    """Where patterns are declared, and which."""
    by_key = {f"imported.{name}.files": one.files for name, one in data_set.imported.items()}
    return {k: _patterns(files) for k, files in {"files": data_set.files, **by_key}.items()}


def is_reserved(name: str) -> bool:
    """Whether Dagster has a meaning of its own for a name: one such job, and nothing loads."""
    return name in _RESERVED or keyword.iskeyword(name)


def _check_name(name: str) -> None:
    """The folder's name is the data set's, and becomes that of its job and part of its assets'."""
    if is_reserved(name):
        raise InputError(
            f"{name} means something to Dagster and cannot name a data set; rename the folder, as "
            f"{name.lower()}_1"
        )
    if not _NAME.fullmatch(name):
        raise InputError(
            f"the folder's name becomes that of assets, in letters, digits and _; rename {name} "
            f"to {_NOT_IN_A_NAME.sub('_', name)}"
        )


def find_project(start: Path | None = None) -> Project:
    """The project of a folder: the nearest one upwards that holds workspace.yaml.

    Args:
        start: where to look from; by default HINDCAST_PROJECT, else the current folder.

    Raises:
        InputError: there is none.
    """
    named = os.environ.get("HINDCAST_PROJECT")
    folder = (start or Path(named or ".")).absolute()
    for candidate in (folder, *folder.parents):
        if (candidate / MARK).is_file():
            return Project(candidate)
    raise InputError(
        f"{folder} is no project: neither it nor a folder above it holds {MARK}; "
        "go to the project's folder or name it with --project DIR"
    )
