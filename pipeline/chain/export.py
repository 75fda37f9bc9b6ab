"""Stored forecasts for other programs: one wide table, a column per model."""

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.chain.checked import NAME as NO_LEAK
from pipeline.chain.checked import leaks_at
from pipeline.chain.project import Project
from pipeline.chain.results import NotMadeError, stored
from pipeline.chain.stages import IMPORTED, stages_of
from pipeline.declaration import DataSet
from pipeline.errors import InputError
from pipeline.store.atomic import write_whole
from pipeline.store.files import table_from_bytes

if TYPE_CHECKING:
    import pandas as pd

_POINT = ["unique_id", "ds", "cutoff"]
"""What tells a row from all others."""


def export_forecasts(project: Project, data_set: DataSet, file: Path) -> int:
    """Write every stored forecast beside its actual; a row per series, cutoff and time.

    The columns are unique_id, ds, cutoff, y and one per model; y is empty where not yet known. A
    network that forecasts quantiles has its bounds behind it, the means over its seeds, by level:
    `rnn-lo-80`, `rnn-hi-80`.

    Returns:
        The number of rows.

    Raises:
        InputError: the file is neither .parquet nor .csv or cannot be written, or there are no
            forecasts, or some did not pass the check for leaks, or stored files are damaged.
    """
    if file.suffix not in (".parquet", ".csv"):
        raise InputError(f"{file}: the ending says the format; write .parquet or .csv")
    with stored(project, data_set, "clean_observations", what="forecasts"):
        keys = _ready_cutoffs(project, data_set)
        _refuse_leaks(project, data_set, keys)
        wide = _wide(project, data_set, keys)
    if file.suffix == ".csv":
        content = wide.to_csv(index=False, date_format="%Y-%m-%d", lineterminator="\n").encode()
    else:
        content = _parquet(wide)
    try:
        write_whole(file.absolute(), content)
    except OSError as error:
        raise InputError(f"{file} cannot be written: {error.strerror}") from error
    return len(wide)


def _refuse_leaks(project: Project, data_set: DataSet, keys: Sequence[str]) -> None:
    if leaks := leaks_at(project.store, data_set, keys):
        first = next(iter(leaks.values()))[0]
        raise InputError(
            f"{data_set.name}: {NO_LEAK} failed at {', '.join(leaks)}, and nothing is exported: "
            f"{first}"
        )


def _ready_cutoffs(project: Project, data_set: DataSet) -> list[str]:
    """Keys of the declared cutoffs that can be forecast."""
    from pipeline.chain.plan import known_of_store

    known = known_of_store(project, data_set, now=dt.datetime.now(dt.UTC))
    return [cutoff.key for cutoff in known.cutoffs if known.ready(cutoff)]


def _wide(project: Project, data_set: DataSet, keys: Sequence[str]) -> "pd.DataFrame":
    import pandas as pd

    from pipeline.chain.stage.clean_observations import stored_observations
    from pipeline.clean.clean import observations_frame

    store = project.store
    frames = [rows for rows in _stored_rows(project, data_set, keys, "forecasts") if len(rows)]
    if not frames:
        raise NotMadeError(
            f"{data_set.name} has no forecasts yet; `hindcast run {data_set.name}` makes them"
        )
    long = pd.concat(frames, ignore_index=True)
    wide = long.pivot(index=_POINT, columns="model", values="y_hat").reset_index()
    actuals = observations_frame(stored_observations(store, data_set))[["unique_id", "ds", "y"]]
    wide = wide.merge(actuals, on=["unique_id", "ds"], how="left")
    bounds = _bounds(project, data_set, keys)
    if bounds is not None:
        wide = wide.merge(bounds, on=_POINT, how="left")
    columns = []
    for model in (model for model in data_set.models if model in wide.columns):
        columns += [
            model,
            *(c for c in wide.columns if c.startswith((f"{model}-lo-", f"{model}-hi-"))),
        ]
    ordered = wide.sort_values(["unique_id", "cutoff", "ds"], ignore_index=True)
    return ordered[[*_POINT, "y", *columns]]


def _bounds(project: Project, data_set: DataSet, keys: Sequence[str]) -> "pd.DataFrame | None":
    """The bounds of networks that forecast quantiles, the lowest of each first; None without."""
    import pandas as pd

    wide = [name for name in data_set.networks if len(data_set.network(name).quantiles) > 1]
    if not wide:
        return None
    frames = list(_stored_rows(project, data_set, keys, "members"))
    if not frames:
        return None
    long = pd.concat(frames, ignore_index=True)
    long = long[(long["quantile"] != 0.5) & long["model"].isin(wide)]
    each = long.groupby([*_POINT, "model", "quantile"], observed=True)["y_hat"].mean()
    means = each.unstack(["model", "quantile"]).sort_index(axis=1)
    models, quantiles = (means.columns.get_level_values(k) for k in ("model", "quantile"))
    means.columns = [_bound(str(m), float(q)) for m, q in zip(models, quantiles, strict=True)]
    return means.reset_index()


def _bound(model: str, quantile: float) -> str:
    """What Nixtla calls the bound of a central interval: its level in percent."""
    side, level = ("lo", 1 - 2 * quantile) if quantile < 0.5 else ("hi", 2 * quantile - 1)
    return f"{model}-{side}-{100 * level:.6g}"


def _stored_rows(
    project: Project, data_set: DataSet, keys: Sequence[str], table: str
) -> "Iterator[pd.DataFrame]":
    """A table of the declared models at some cutoffs.

    Args:
        project: where it lies.
        data_set: whose.
        keys: of the cutoffs.
        table: "forecasts", or "members", which only networks have.

    Of a stage only the models that it makes now: one that changed its kind still lies in the other.
    """
    store, name = project.store, data_set.name
    made: dict[str, Collection[str]] = {"rnn_forecasts": data_set.networks}
    if table == "forecasts":
        made |= {"baseline_forecasts": data_set.baselines, IMPORTED: data_set.imported}
    stages = [stage.name for stage in stages_of(data_set) if stage.name in made]
    for key in keys:
        for stage in stages:
            if store.read(name, stage, key) is None:
                continue
            _, content = store.load(f"{table}.parquet", name, stage, key)
            rows = table_from_bytes(content)
            yield rows[rows["model"].isin(list(made[stage]))]


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
