"""A project that is empty, and the door of the scaffold with a clock that the test holds."""

import csv
import datetime as dt
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pipeline.chain.project import Project
from pipeline.errors import InputError
from pipeline.scaffold.new import make_data_set
from pipeline.scaffold.proposal import Proposal
from pipeline.scaffold.question import Answers, Question, leave_unanswered

NOW = dt.datetime(2026, 1, 15, tzinfo=dt.UTC)
"""2025 is over."""


@dataclass
class Desk:
    """Somebody with CSV files in a folder of their own, and an empty project.

    Attributes:
        root: the folder of both.
        answers: by option what they answer; where nothing is there it is an error.
        asked: the questions that were put.
    """

    root: Path
    answers: Mapping[str, str] = field(default_factory=dict)
    asked: list[Question] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.project.root.mkdir(exist_ok=True)
        (self.project.root / "workspace.yaml").touch()

    @property
    def project(self) -> Project:
        return Project(self.root / "project")

    def file(self, name: str, text: str | bytes) -> Path:
        path = self.root / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def new(self, *files: Path, name: str = "shop", agree: bool = True, **said) -> Proposal | None:
        def ask(question: Question) -> str:
            self.asked.append(question)
            return self.answers.get(question.option) or leave_unanswered(question)

        return make_data_set(
            self.project,
            name,
            files,
            answers=Answers(**said),
            ask=ask,
            agree=lambda proposal, page: agree,
            now=NOW,
        )

    def made_or_told(self, *files: Path, **said) -> Proposal | str | None:
        """What is made, or the sentence that says why nothing is."""
        try:
            return self.new(*files, **said)
        except InputError as told:
            return str(told)

    def made(self, text: str | bytes, **said) -> Proposal:
        """What is made of one file."""
        found = self.new(self.file("sales.csv", text), **said)
        assert found is not None
        return found

    def refused(self, text: str | bytes, **said) -> str:
        """Why a file is refused; nothing may be left behind."""
        path = self.file("sales.csv", text)
        before = everything_in(self.project.root)
        with pytest.raises(InputError) as refused:
            self.new(path, **said)
        assert everything_in(self.project.root) == before
        return str(refused.value).replace(f"{self.root}/", "")

    def page(self, name: str = "shop") -> str:
        return (self.project.defs / name / "defs.yaml").read_text()

    def comments(self, name: str = "shop") -> str:
        """What the declaration says to people, on one line."""
        return " ".join(re.findall(r"(?:^|\s)# (.*)", self.page(name)))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def everything_in(folder: Path) -> dict[str, bytes | None]:
    """Every file with its bytes, and every folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


def table(header: Sequence[str], rows: Sequence[Sequence[object]], *, mark: str = ",") -> str:
    """CSV as a spreadsheet writes it."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=mark, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def days(first: str, number: int, *, step: int = 1) -> list[dt.date]:
    start = dt.date.fromisoformat(first)
    return [start + dt.timedelta(days=step * k) for k in range(number)]


def months(first: str, number: int, *, step: int = 1) -> list[dt.date]:
    start = dt.date.fromisoformat(first)
    counts = [start.year * 12 + start.month - 1 + step * k for k in range(number)]
    return [dt.date(count // 12, count % 12 + 1, start.day) for count in counts]


def wave(number: int) -> list[float]:
    """A season of twelve and something that looks like noise."""
    return [round(20 + 5 * (k % 12) + (k * 37 % 11) / 3, 2) for k in range(number)]


def monthly(number: int = 96, *, pattern: str = "%Y-%m-%d", first: str = "2015-01-01") -> str:
    """A plain monthly file, its dates written so."""
    rows = zip((f"{day:{pattern}}" for day in months(first, number)), wave(number), strict=True)
    return table(["date", "sold"], list(rows))
