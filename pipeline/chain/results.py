"""Stored results for people and other programs: the leaderboard, forecasts as one wide table."""

import datetime as dt
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.chain.checked import NAME as NO_LEAK
from pipeline.chain.checked import leaks_at
from pipeline.chain.project import Project
from pipeline.chain.stages import stages_of
from pipeline.declaration import DataSet
from pipeline.errors import InputError
from pipeline.store.atomic import write_whole
from pipeline.store.files import table_from_bytes
from pipeline.store.store import DamagedError

if TYPE_CHECKING:
    import pandas as pd

_SHOWN = ("n_scored", "n_failed", "mae", "rmse", "mse", "mase", "bias", "skill")
"""Numbers of a row, in this order."""

_LARGE = 1e9
"""From here on a number is written with a power of ten."""

_LEGEND = (
    "mase: mean absolute error / that of seasonal_naive on the rows before; bias: forecast minus "
    "actual;\nskill: 1 - mase / mase of the reference, above 0 is better than it; "
    "over several series there is\nno mean (-) of numbers in their units: mae, rmse, mse, bias"
)

_WIDTH = 112
"""Characters that a printed leaderboard needs."""


class NotMadeError(InputError):
    """It has never been made; a mistake only of who asks for it by name."""


def leaderboard_rows(project: Project, data_set: DataSet) -> list[dict[str, Any]]:
    """A row per series and model, and one per model with unique_id None for the mean over series.

    Raises:
        NotMadeError: nothing has been scored yet.
        InputError: the stored file is damaged.
    """
    with _stored(project, data_set, "leaderboard", what="leaderboard"):
        _, content = project.store.load("leaderboard.parquet", data_set.name, "leaderboard")
    board = table_from_bytes(content)
    rows = board[board["step"].isna()]
    return [
        {"data_set": data_set.name, "unique_id": _plain(row["unique_id"]), "model": row["model"]}
        | {name: _plain(row[name]) for name in _SHOWN}
        for row in rows.to_dict("records")
    ]


def export_forecasts(project: Project, data_set: DataSet, file: Path) -> int:
    """Write every stored forecast beside its actual; a row per series, cutoff and time.

    The columns are unique_id, ds, cutoff, y and one per model; y is empty where not yet known.

    Returns:
        The number of rows.

    Raises:
        InputError: the file is neither .parquet nor .csv or cannot be written, or there are no
            forecasts, or some did not pass the check for leaks, or stored files are damaged.
    """
    if file.suffix not in (".parquet", ".csv"):
        raise InputError(f"{file}: the ending says the format; write .parquet or .csv")
    if leaks := leaks_at(project.store, data_set):
        first = next(iter(leaks.values()))[0]
        raise InputError(
            f"{data_set.name}: {NO_LEAK} failed at {', '.join(leaks)}, and nothing is exported: "
            f"{first}"
        )
    with _stored(project, data_set, "clean_observations", what="forecasts"):
        wide = _wide(project, data_set)
    if file.suffix == ".csv":
        content = wide.to_csv(index=False, date_format="%Y-%m-%d", lineterminator="\n").encode()
    else:
        content = _parquet(wide)
    try:
        write_whole(file.absolute(), content)
    except OSError as error:
        raise InputError(f"{file} cannot be written: {error.strerror}") from error
    return len(wide)


def print_boards(project: Project, boards: Mapping[str, Sequence[dict[str, Any]]]) -> None:
    """The leaderboards as tables on the terminal, one per data set and series."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    console = Console()
    console.width = max(console.width, _WIDTH)
    for name, rows in boards.items():
        data_set = project.data_set(name)
        series = list(dict.fromkeys(row["unique_id"] for row in rows))
        for unique_id in series if len(series) > 2 else series[1:]:
            whose = "mean over series" if unique_id is None else unique_id
            against = "each one's reference"
            if unique_id is not None:
                against = data_set.reference_of(unique_id)
            title = f"{name}: {whose}, skill against {against}"
            table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
            table.add_column("model", no_wrap=True)
            for column in _SHOWN:
                table.add_column(column, justify="right", no_wrap=True)
            for row in (r for r in rows if r["unique_id"] == unique_id):
                table.add_row(row["model"], *(_cell(row[column]) for column in _SHOWN))
            console.print(table)
    console.print(_LEGEND)


def _wide(project: Project, data_set: DataSet) -> "pd.DataFrame":
    import pandas as pd

    from pipeline.chain.stage.clean_observations import stored_observations
    from pipeline.clean.clean import observations_frame

    store = project.store
    frames = [rows for rows in _stored_forecasts(project, data_set) if len(rows)]
    if not frames:
        raise NotMadeError(
            f"{data_set.name} has no forecasts yet; `hindcast run {data_set.name}` makes them"
        )
    long = pd.concat(frames, ignore_index=True)
    points = ["unique_id", "ds", "cutoff"]
    wide = long.pivot(index=points, columns="model", values="y_hat").reset_index()
    actuals = observations_frame(stored_observations(store, data_set))[["unique_id", "ds", "y"]]
    wide = wide.merge(actuals, on=["unique_id", "ds"], how="left")
    models = [model for model in data_set.models if model in wide.columns]
    ordered = wide.sort_values(["unique_id", "cutoff", "ds"], ignore_index=True)
    return ordered[[*points, "y", *models]]


def _stored_forecasts(project: Project, data_set: DataSet) -> "Iterator[pd.DataFrame]":
    """The forecasts of the declared models at the declared cutoffs that can be forecast.

    Of a stage only the models that it makes now: one that changed its kind still lies in the other.
    """
    from pipeline.chain.plan import known_of_store

    store, name = project.store, data_set.name
    known = known_of_store(project, data_set, now=dt.datetime.now(dt.UTC))
    made = {"baseline_forecasts": data_set.baselines, "rnn_forecasts": data_set.networks}
    stages = [stage.name for stage in stages_of(data_set) if stage.name in made]
    for cutoff in (c for c in known.cutoffs if known.ready(c)):
        for stage in stages:
            if store.read(name, stage, cutoff.key) is None:
                continue
            _, content = store.load("forecasts.parquet", name, stage, cutoff.key)
            rows = table_from_bytes(content)
            yield rows[rows["model"].isin(list(made[stage]))]


@contextmanager
def _stored(project: Project, data_set: DataSet, stage: str, *, what: str) -> Iterator[None]:
    """What a stage made is absent, or a file read in the block is damaged: as one sentence."""
    name = data_set.name
    if project.store.read(name, stage) is None:
        raise NotMadeError(f"{name} has no {what} yet; `hindcast run {name}` makes what is missing")
    try:
        yield
    except DamagedError as damaged:
        raise InputError(f"{damaged}; `hindcast run {name}` makes it again") from damaged


def _parquet(wide: "pd.DataFrame") -> bytes:
    """The wide table with the same pinned types as every stored one."""
    from pipeline.store.files import table_to_bytes
    from pipeline.tables import CUTOFF, DS, UNIQUE_ID, Column, Table, Y

    known = {column.name: column for column in (UNIQUE_ID, DS, CUTOFF, Y)}
    models = [c for c in wide.columns if c not in known]
    columns = [
        *known.values(),
        *(Column(m, "float64", "of the target", "forecast") for m in models),
    ]
    return table_to_bytes(wide, Table("export", tuple(columns)))


def _plain(value: object) -> object:
    """A cell as JSON knows it: no numpy, and null for what is no number or too large for one."""
    plain = value.item() if hasattr(value, "item") else value
    return None if isinstance(plain, float) and not math.isfinite(plain) else plain


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
