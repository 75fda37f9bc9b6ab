"""Stored forecasts for other programs: one wide table, a column per model."""

import datetime as dt
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.chain.checked import NAME as NO_LEAK
from pipeline.chain.checked import leaks_at
from pipeline.chain.project import Project
from pipeline.chain.results import NotMadeError, stored
from pipeline.chain.stages import SERVED_FORECASTS, source_of
from pipeline.declaration import DataSet
from pipeline.errors import InputError
from pipeline.served.settings import SERVED
from pipeline.store.atomic import write_whole
from pipeline.store.files import table_from_bytes

if TYPE_CHECKING:
    import pandas as pd

_POINT = ["unique_id", "ds", "cutoff"]
"""What tells a row from all others."""


def export_forecasts(project: Project, data_set: DataSet, file: Path) -> int:
    """Write every stored forecast beside its actual; a row per series, cutoff and time.

    The columns are unique_id, ds, cutoff, y, one per model and one for what is served; y is empty
    where not yet known. Behind a model stand the bounds of its intervals by level, as `rnn-lo-80`,
    `rnn-hi-80`: of a network that forecasts quantiles its own, the means over its seeds; of every
    other model those of `served_forecasts`, empty where too few earlier errors are known.

    Returns:
        The number of rows.

    Raises:
        InputError: the file is neither .parquet nor .csv or cannot be written, or there are no
            forecasts, or some did not pass the check for leaks, or were made anew after their
            intervals, or stored files are damaged.
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
    bounds_of = {}
    intervals = _intervals(project, data_set, keys)
    _refuse_old_intervals(data_set, intervals, long)
    for bounds in (_quantiles(project, data_set, keys), _sides(intervals)):
        for model, own in bounds.groupby("model", sort=False) if len(bounds) else ():
            one = own.pivot(index=_POINT, columns="bound", values="value")
            one.columns = [_name(str(model), float(bound)) for bound in one.columns]
            bounds_of[model] = list(one.columns)
            wide = wide.merge(one.reset_index(), on=_POINT, how="left")
    columns = []
    for model in (model for model in _exported(data_set) if model in wide.columns):
        columns += [model, *bounds_of.get(model, [])]
    ordered = wide.sort_values(["unique_id", "cutoff", "ds"], ignore_index=True)
    return ordered[[*_POINT, "y", *columns]]


def _exported(data_set: DataSet) -> list[str]:
    """The models, then what is served."""
    return [*data_set.models, SERVED]


def _quantiles(project: Project, data_set: DataSet, keys: Sequence[str]) -> "pd.DataFrame":
    """The bounds of networks that forecast quantiles, the means over their seeds.

    Returns:
        Those of `_POINT`, `model`, `bound` (the level in percent, below zero of a lower bound, so
        that they are sorted from the lowest to the highest) and `value`.
    """
    import pandas as pd

    own = _with_quantiles(data_set)
    frames = list(_stored_rows(project, data_set, keys, "members")) if own else []
    if not frames:
        return pd.DataFrame()
    long = pd.concat(frames, ignore_index=True)
    long = long[(long["quantile"] != 0.5) & long["model"].isin(own)]
    means = long.groupby([*_POINT, "model", "quantile"], observed=True)["y_hat"].mean()
    found = means.rename("value").reset_index()
    # Of 0.1 and 0.9 it is -80 and 80.
    level = 100 * (2 * found["quantile"] - 1)
    return found.assign(bound=[_rounded(one) for one in level])


def _intervals(project: Project, data_set: DataSet, keys: Sequence[str]) -> "pd.DataFrame":
    """The stored intervals of models without quantiles of their own.

    A model has one kind of interval: bounds of two kinds might cross.
    """
    import pandas as pd

    frames = [rows for rows in _stored_rows(project, data_set, keys, "intervals") if len(rows)]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


def _refuse_old_intervals(
    data_set: DataSet, intervals: "pd.DataFrame", forecasts: "pd.DataFrame"
) -> None:
    """A forecast is the middle of its interval; where it is not, it was made anew since."""
    if not len(intervals):
        return
    key = [*_POINT, "model"]
    both = intervals.merge(forecasts[[*key, "y_hat"]], on=key, how="left")
    size = both[["lo", "hi"]].abs().max(axis=1)
    old = both[((both["lo"] + both["hi"]) / 2 - both["y_hat"]).abs() > 1e-9 * size]
    if len(old):
        first = old.iloc[0]
        raise InputError(
            f"{data_set.name}: the intervals of {first['model']} at {str(first['cutoff'])[:10]} "
            f"are of other forecasts than those that are stored; `hindcast run {data_set.name}` "
            "makes them anew"
        )


def _sides(intervals: "pd.DataFrame") -> "pd.DataFrame":
    """Their bounds as `_quantiles` has them."""
    import pandas as pd

    if not len(intervals):
        return pd.DataFrame()
    sides = [
        intervals.assign(
            bound=[_rounded(sign * level) for level in intervals["level"]], value=intervals[side]
        )
        for side, sign in (("lo", -1), ("hi", 1))
    ]
    return pd.concat(sides, ignore_index=True)[[*_POINT, "model", "bound", "value"]]


def _with_quantiles(data_set: DataSet) -> list[str]:
    """The networks that forecast more than a middle."""
    return [name for name in data_set.networks if len(data_set.network(name).quantiles) > 1]


def _rounded(level: float) -> float:
    """A level as it is written: two that are written alike are one."""
    return float(f"{level:.6g}")


def _name(model: str, bound: float) -> str:
    """What Nixtla calls the bound of a central interval: its level in percent."""
    return f"{model}-{'lo' if bound < 0 else 'hi'}-{abs(bound):.6g}"


def _stored_rows(
    project: Project, data_set: DataSet, keys: Sequence[str], table: str
) -> "Iterator[pd.DataFrame]":
    """A table of the declared models at some cutoffs.

    Args:
        project: where it lies.
        data_set: whose.
        keys: of the cutoffs.
        table: "forecasts"; "members", which only networks have; or "intervals".

    Of a stage only the models that it makes now: one that changed its kind still lies in the other.
    """
    store, name = project.store, data_set.name
    made: dict[str, list[str]] = {}
    for model in _exported(data_set):
        made.setdefault(source_of(data_set, model), []).append(model)
    if table == "members":
        made = {stage: own for stage, own in made.items() if stage == "rnn_forecasts"}
    if table == "intervals":
        own = _with_quantiles(data_set)
        made = {SERVED_FORECASTS: [model for model in _exported(data_set) if model not in own]}
    for key in keys:
        for stage in made:
            if store.read(name, stage, key) is None:
                continue
            _, content = store.load(f"{table}.parquet", name, stage, key)
            rows = table_from_bytes(content)
            yield rows[rows["model"].isin(made[stage])]


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
