"""Stored results for people and other programs: the leaderboard, and where the report lies."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pipeline.board_tables import SHRINKAGE
from pipeline.chain.board_rows import parts_of_rows, plain
from pipeline.chain.project import Project
from pipeline.declaration import DataSet
from pipeline.errors import InputError
from pipeline.store.files import table_from_bytes
from pipeline.store.store import DamagedError

_SHOWN = ("n_scored", "n_failed", "mae", "rmse", "mse", "mase", "bias", "skill")
"""Numbers of a row that are printed, in this order."""

_LUCK = ("skill_lower", "skill_upper", "p_value")
"""What is known of their luck."""

_RANK = ("rank", "rank_lower", "rank_upper")
"""Places: what it has, and between which it may lie."""

_LARGE = 1e9
"""From here on a number is written with a power of ten."""

_LEGEND = (
    "mase: mean absolute error / that of seasonal_naive on the rows before; bias: forecast minus "
    "actual;\nskill: 1 - mase / mase of the reference, above 0 is better than it; 95 %: where it "
    "lies in the long run, with\nso much confidence; p: how probable so large a difference would "
    "be if both were equally good; rank: by mase, and between\nwhich it lies in the long run (- "
    "where too few cutoffs tell); over several series there is no mean (-) of numbers in\ntheir "
    "units: mae, rmse, mse, bias"
)

_MANY = 8
"""Series of a data set from which on only their mean is printed, where no data set is named."""

_WIDTH = 146
"""Characters that a printed leaderboard needs."""


class NotMadeError(InputError):
    """It has never been made; a mistake only of who asks for it by name."""


def leaderboard_rows(project: Project, data_set: DataSet) -> list[dict[str, Any]]:
    """A row per series and model, and one per model with unique_id None for the mean over series.

    All columns of the stored table but `step`; `shrinkage`, which is what a network is trusted
    with: mean, min and max over its folds and seeds, by steps ahead; None of baselines, and of
    networks whose corrections are not shrunk; and what `parts_of_rows` adds.

    Raises:
        NotMadeError: nothing has been scored yet.
        InputError: the stored file is damaged.
    """
    with stored(project, data_set, "leaderboard", what="leaderboard"):
        place = (data_set.name, "leaderboard")
        manifest, content = project.store.load("leaderboard.parquet", *place)
        shrinkage = SHRINKAGE.empty()
        if "shrinkage.parquet" in manifest.files:
            shrinkage = table_from_bytes(project.store.load("shrinkage.parquet", *place)[1])
        parts = parts_of_rows(project.store, manifest, *place)
    from pipeline.chain.trusted import weights_of_each

    board = table_from_bytes(content)
    rows = board[board["step"].isna()]
    trusted = {
        str(unique_id): weights_of_each(own)
        for unique_id, own in shrinkage.fillna({"unique_id": ""}).groupby("unique_id")
    }
    return [
        {"data_set": data_set.name}
        | own
        | {"shrinkage": trusted.get(own["unique_id"] or "", {}).get(own["model"])}
        | parts.get((own["unique_id"], own["model"]), {})
        for own in map(_numbers, rows.drop(columns="step").to_dict("records"))
    ]


def _numbers(row: Mapping[Any, Any]) -> dict[str, Any]:
    """A row of the table; whole numbers that may be absent are floats in its frame."""
    found = {str(name): plain(value) for name, value in row.items()}
    return found | {k: int(found[k]) for k in _RANK if found.get(k) is not None}


def report_file(project: Project, data_set: DataSet) -> Path:
    """Where the page about a data set lies.

    Raises:
        NotMadeError: it was not made yet.
        InputError: the stored file is damaged.
    """
    from pipeline.chain.stage.report import FILE, NAME

    with stored(project, data_set, NAME, what="report"):
        manifest, _ = project.store.load(FILE, data_set.name, NAME)
        return project.store.folder(data_set.name, NAME).absolute() / manifest.files[FILE].path


def print_boards(
    project: Project, boards: Mapping[str, Sequence[dict[str, Any]]], *, every: bool = True
) -> None:
    """The leaderboards as tables on the terminal, one per data set and series.

    Args:
        project: where the data sets are declared.
        boards: what `leaderboard_rows` gives, by data set.
        every: also each series of a data set of many; else their mean alone, and how to see them.
    """
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    console = Console()
    console.width = max(console.width, _WIDTH)
    for name, rows in boards.items():
        data_set = project.data_set(name)
        series = list(dict.fromkeys(row["unique_id"] for row in rows))
        shown = series if len(series) > 2 else series[1:]
        if not every and len(series) > _MANY:
            shown = series[:1]
        for unique_id in shown:
            whose = "mean over series" if unique_id is None else unique_id
            against = "each one's reference"
            if unique_id is not None:
                against = data_set.reference_of(unique_id)
            title = f"{name}: {whose}, skill against {against}"
            table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
            table.add_column("model", no_wrap=True)
            for column in (*_SHOWN, "95 %", "p", "rank"):
                table.add_column(column, justify="right", no_wrap=True)
            for row in (r for r in rows if r["unique_id"] == unique_id):
                numbers = (_cell(row[column]) for column in _SHOWN)
                table.add_row(row["model"], *numbers, *_luck_cells(row), _rank_cell(row))
            console.print(table)
            for words in _trust_in_words(r for r in rows if r["unique_id"] == unique_id):
                console.print(words)
        if len(shown) < len(series) - 1:
            console.print(f"each of the {len(series) - 1} series: `hindcast leaderboard {name}`\n")
    console.print(_LEGEND)


def _trust_in_words(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Of each network that is shrunk what its corrections are multiplied by."""
    for row in rows:
        if row["shrinkage"]:
            said = ", ".join(f"{one['mean']:.2f} ({k})" for k, one in row["shrinkage"].items())
            yield f"{row['model']} is trusted with, by steps ahead: {said}"


def _luck_cells(row: dict[str, Any]) -> tuple[str, str]:
    """The interval of skill, and the probability of such a difference by luck."""
    lower, upper, p_value = (row[name] for name in _LUCK)
    interval = "-" if lower is None else f"{lower:.2f} .. {upper:.2f}"
    if p_value is None:
        return interval, "-"
    return interval, f"{p_value:.3f}" if p_value >= 0.001 else "<0.001"


def _rank_cell(row: dict[str, Any]) -> str:
    """Its rank, and between which it may lie where that is known."""
    rank, lower, upper = (row[name] for name in _RANK)
    if rank is None or lower is None:
        return "-" if rank is None else str(rank)
    return f"{rank} ({lower})" if lower == upper else f"{rank} ({lower}-{upper})"


@contextmanager
def stored(project: Project, data_set: DataSet, stage: str, *, what: str) -> Iterator[None]:
    """What a stage made is absent, or a file read in the block is damaged: as one sentence."""
    name = data_set.name
    if project.store.read(name, stage) is None:
        raise NotMadeError(f"{name} has no {what} yet; `hindcast run {name}` makes what is missing")
    try:
        yield
    except DamagedError as damaged:
        raise InputError(f"{damaged}; `hindcast run {name}` makes it again") from damaged


def _cell(value: object) -> str:
    """A number with five significant digits; powers of ten only where it would be too wide."""
    if value is None:
        return "-"
    if not isinstance(value, float):
        return str(value)
    if not math.isfinite(value):
        return "-"
    if abs(value) >= _LARGE:
        return f"{value:.4e}"
    digits = 4 - math.floor(math.log10(abs(value))) if value else 0
    return f"{value:.{min(max(digits, 0), 4)}f}"
