"""Files and declaration on the disk: both or none, and nothing that is there is ever overwritten.

They are written beside their places and renamed, the declaration last: without it there is no data
set. A file that lies in its place already stays as it is.
"""

import os
import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.chain.project import Project, is_reserved
from pipeline.errors import InputError
from pipeline.raw.dialect import RawFile
from pipeline.store.atomic import flush_folder, write_whole

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_]*")
"""What names a data set: it becomes a part of the names of assets and of folders."""


@dataclass(frozen=True)
class Place:
    """Where a new data set goes.

    Attributes:
        project: the project.
        name: of the data set.
        files: where its files lie now.
    """

    project: Project
    name: str
    files: Sequence[Path]

    @property
    def declaration(self) -> Path:
        """The folder of the declaration."""
        return self.project.defs / self.name

    @property
    def data(self) -> Path:
        """The folder of the files."""
        return self.project.root / "data" / self.name

    @property
    def is_filled(self) -> bool:
        """Whether the files lie in their place already."""
        return all(path.resolve().parent == self.data.resolve() for path in self.files)

    def check(self) -> None:
        """See that the name is one, that nothing is there, and that the files fit side by side.

        Raises:
            InputError: the name is none or taken, or two files would have one name.
        """
        if not _NAME.fullmatch(self.name):
            better = re.sub(r"[^A-Za-z0-9_]+", "_", self.name).strip("_") or "shop"
            raise InputError(
                f'"{self.name}" cannot name a data set: letters, digits and _ only, not _ first; '
                f"as {better}"
            )
        if is_reserved(self.name):
            raise InputError(
                f'"{self.name}" means something to Dagster and cannot name a data set; '
                f"as {self.name.lower()}_1"
            )
        for folder in (self.declaration, self.data):
            if os.path.lexists(folder) and not (folder == self.data and self.is_filled):
                shown = folder.relative_to(self.project.root)
                raise InputError(
                    f"{shown} is there already, and nothing is overwritten; choose another name, "
                    f"{self._other_way(folder)}"
                )
        self._check_files()

    def _other_way(self, taken: Path) -> str:
        """What else to do about a name that is taken."""
        results = self.project.store.root / self.name
        folders = [
            folder.relative_to(self.project.root) if self.project.root in folder.parents else folder
            for folder in (self.declaration, self.data, results)
        ]
        if (self.declaration / "defs.yaml").is_file():
            return (
                f"edit {folders[0]}/defs.yaml, or remove that data set first: delete {folders[0]}, "
                f"{folders[1]} and {folders[2]}"
            )
        if taken == self.data:
            return f"or name the files that lie there, as {folders[1]}/*.csv"
        return "or delete it"

    def _check_files(self) -> None:
        names: dict[str, Path] = {}
        for path in self.files:
            name = f"{path.stem}.csv"
            if name in names:
                raise InputError(
                    f"{names[name]} and {path} would both be data/{self.name}/{name}; rename one"
                )
            names[name] = path
        others = {path.name for path in self.data.glob("*.csv")} - set(names)
        if others:
            raise InputError(
                f"data/{self.name} holds {', '.join(sorted(others))} too: name all of its files"
            )

    def read(self) -> list[RawFile]:
        """The files under the names their owner gave.

        Raises:
            InputError: one cannot be read.
        """
        found = []
        for path in self.files:
            if path.is_dir():
                raise InputError(f"{path} is a folder; name its files, as {path}/*.csv")
            if self.is_filled and path.suffix != ".csv":
                raise InputError(f"{path}: a file in its place is called .csv; rename it")
            try:
                found.append(RawFile(str(path), path.read_bytes()))
            except OSError as error:
                raise InputError(f"{path} cannot be read: {error.strerror}") from error
        return found

    def fill(self, files: Sequence[RawFile], page: str) -> None:
        """Write copies and declaration; on any failure neither is there.

        Raises:
            InputError: somebody else took the name meanwhile, or the disk refuses.
        """
        copies = [] if self.is_filled else list(files)
        temporary = Path(tempfile.mkdtemp(prefix=f".new-{self.name}-", dir=self.project.root))
        try:
            for folder, contents in (
                ("declaration", {"defs.yaml": page.encode()}),
                ("data", {f"{Path(file.name).stem}.csv": file.content for file in copies}),
            ):
                (temporary / folder).mkdir()
                for name, content in contents.items():
                    write_whole(temporary / folder / name, content)
            self._rename(temporary, with_data=bool(copies))
        except OSError as error:
            raise InputError(f"{self.name} cannot be written: {error}") from error
        finally:
            shutil.rmtree(temporary, ignore_errors=True)

    def _rename(self, temporary: Path, *, with_data: bool) -> None:
        """The files first: a declaration without files would be waiting for them."""
        moves = [("data", self.data)] if with_data else []
        moved: list[Path] = []
        try:
            for name, to in [*moves, ("declaration", self.declaration)]:
                to.parent.mkdir(parents=True, exist_ok=True)
                if os.path.lexists(to):
                    raise InputError(f"{to} appeared meanwhile, and nothing is overwritten")
                (temporary / name).rename(to)
                moved.append(to)
                flush_folder(to.parent)
            self.project.data_set(self.name)
        except BaseException:
            for folder in moved:
                shutil.rmtree(folder, ignore_errors=True)
            raise
