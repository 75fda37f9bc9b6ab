"""The rows that pictures are drawn from: a few series and cutoffs, read from the store.

What is sampled here is said in the picture; nothing is computed that a stage computes.
"""

from typing import TYPE_CHECKING

import numpy as np

from pipeline.board_tables import LEADERBOARD
from pipeline.calendar import dates_of, steps_of
from pipeline.chain.stages import BY_NAME
from pipeline.folds.cutoffs import Cutoff
from pipeline.store.files import table_from_bytes
from pipeline.store.manifest import Manifest, Slot
from pipeline.store.store import Store
from pipeline.tables import COEFFICIENTS, SCORES, Table

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.chain.known import Known
    from pipeline.folds.fold import Fold

_FOLDS = (6, 24)
"""Series and cutoffs on the map of folds."""

_FITTED = (200, 48)
"""Series and cutoffs whose coefficients are read."""


def some_series(known: "Known", most: int) -> list[str]:
    """The first series by name."""
    return sorted(known.observations.series)[:most]


def cells(store: Store, known: "Known") -> "tuple[pd.DataFrame, pd.DataFrame]":
    """Every cell that is missing or was changed, and from where to where each series goes.

    Returns:
        Columns unique_id, column, step, rule, verdict; and unique_id, first, last.
    """
    import pandas as pd

    data_set = known.data_set
    names = data_set.columns.values
    series = known.observations.series
    hits = [
        (name, column, one.steps[np.isnan(one.values[:, place])])
        for name, one in series.items()
        for place, column in enumerate(names)
    ]
    sizes = [len(steps) for _, _, steps in hits]
    missing = pd.DataFrame(
        {
            "unique_id": np.repeat(np.array([name for name, _, _ in hits], dtype=object), sizes),
            "column": np.repeat(np.array([column for _, column, _ in hits], dtype=object), sizes),
            "step": np.concatenate([steps for _, _, steps in hits]),
        }
    )
    verdicts = _verdicts(store, known)
    is_change = verdicts["verdict"] == "changed"
    told = missing.merge(verdicts[~is_change], on=["unique_id", "column", "step"], how="left")
    told = told.fillna({"rule": "not observed"}).assign(verdict="missing")
    changed = verdicts[is_change]
    both = pd.concat([frame for frame in (told, changed) if len(frame)] or [told])
    both = both.drop_duplicates(["unique_id", "column", "step"], ignore_index=True)
    spans = [(k, s.first_step, s.first_step + len(s.values) - 1) for k, s in series.items()]
    return both, pd.DataFrame(spans, columns=pd.Index(["unique_id", "first", "last"]))


def _verdicts(store: Store, known: "Known") -> "pd.DataFrame":
    """The verdicts by cell: one on a whole row, or on its date or name, is on all of its cells."""
    import pandas as pd

    names = known.data_set.columns.values
    place = (known.data_set.name, "clean_observations")
    stored = table_from_bytes(store.load("verdicts.parquet", *place)[1])
    step = steps_of(stored["ds"].to_numpy().astype("datetime64[ns]"), known.data_set.freq)
    found = stored.assign(step=step)[["unique_id", "column", "step", "rule", "verdict"]]
    own = found["column"].isin(names)
    parts: list[pd.DataFrame] = [found.loc[own]]
    parts += [found.loc[~own].assign(column=name) for name in names]
    return pd.concat(parts, ignore_index=True).astype({"step": "int64"})


def ready_cutoffs(known: "Known") -> list[Cutoff]:
    """The cutoffs at which some series can be forecast."""
    return [cutoff for cutoff in known.cutoffs if known.ready(cutoff)]


def input_rows(known: "Known", model: str) -> int:
    """How many rows before the cutoff a model forecasts from."""
    data_set = known.data_set
    if model in data_set.networks:
        return data_set.network(model).input_size or 1
    return data_set.baseline(model).lags or data_set.season


def stretches(
    known: "Known", chosen: list[str] | None = None
) -> "tuple[pd.DataFrame, str, list[str]]":
    """Of some folds every stretch of rows, for the first network, else the last baseline.

    Of many cutoffs those are taken at which some series is ready: a data set that ended years ago
    would else be a map of nothing.

    Args:
        known: the data set.
        chosen: the series; by default the first ones.

    Returns:
        Columns unique_id, cutoff, part, start, end, state as `pipeline.plots.folds` has them; the
        model; and the series.
    """
    import pandas as pd

    from pipeline.plots.thin import spread_out

    data_set = known.data_set
    model = [*data_set.networks, *reversed(list(data_set.baselines))][0]
    chosen = some_series(known, _FOLDS[0]) if chosen is None else chosen
    cutoffs = known.cutoffs
    if len(cutoffs) > _FOLDS[1]:  # of a few, those that are not ready are shown too, with why
        cutoffs = ready_cutoffs(known) or cutoffs
    rows = [
        (name, cutoff.key, *stretch, known.folds(cutoff)[name].state.value)
        for name in chosen
        for cutoff in (cutoffs[k] for k in spread_out(len(cutoffs), _FOLDS[1]))
        for stretch in _stretches_of(known, known.folds(cutoff)[name], cutoff, model)
    ]
    names = ["unique_id", "cutoff", "part", "start", "end", "state"]
    frame = pd.DataFrame(rows, columns=pd.Index(names))
    for column in ("start", "end"):
        steps = frame[column].to_numpy(dtype=np.int64)
        frame[column] = dates_of(steps, data_set.freq)
    return frame, model, chosen


def _stretches_of(
    known: "Known", fold: "Fold", cutoff: Cutoff, model: str
) -> list[tuple[str, int, int]]:
    """Name, first step and the step after the last of each stretch of a fold."""
    series = known.series(fold.unique_id)
    first, last = series.first_step, series.first_step + len(series.values)
    now = cutoff.step + 1
    if not fold.ready:
        return [("", min(first, now), max(min(now, last), min(first, now) + 1))]
    fitted = series.first_step + known.fitted_at(fold.unique_id, model, cutoff).row + 1
    ahead = now + known.data_set.horizon
    parts = [
        ("trained on", first, fitted),
        ("seen, not trained on", fitted, now),
        ("input of the forecast", max(now - input_rows(known, model), first), now),
        ("forecast, scored", now, min(ahead, max(last, now))),
        ("forecast, not observed yet", max(min(ahead, last), now), ahead),
    ]
    return [part for part in parts if part[1] < part[2]]


def coefficients(store: Store, known: "Known") -> "pd.DataFrame":
    """Of some series and cutoffs; const and seasons of several series in their deviations."""
    from pipeline.plots.thin import spread_out

    ids = some_series(known, len(known.observations.series))
    ids = [ids[k] for k in spread_out(len(ids), _FITTED[0])]
    ready = ready_cutoffs(known)
    cutoffs = [ready[k] for k in spread_out(len(ready), _FITTED[1])]
    table, stage = COEFFICIENTS, "baseline_forecasts"
    found = stored_rows(store, known, stage, table=table, cutoffs=cutoffs, ids=ids)
    if len(known.observations.series) == 1:
        return found
    deviation = {name: _deviation(known.series(name).y) for name in ids}
    unit = found["unique_id"].map(deviation).where(~found["term"].str.startswith("y.L"), 1.0)
    return found.assign(coefficient=found["coefficient"] / unit.astype("float64"))


def _deviation(y: np.ndarray) -> float:
    observed = y[~np.isnan(y)]
    return float(observed.std()) if len(observed) and observed.std() > 0 else float("nan")


def stored_rows(
    store: Store,
    known: "Known",
    stage: str,
    *,
    table: Table,
    cutoffs: list[Cutoff],
    ids: list[str],
) -> "pd.DataFrame":
    """The rows of some series at some cutoffs, of models that are declared and up to date."""
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

    name, frames = known.data_set.name, [table.empty()]
    for cutoff in (c for c in cutoffs if known.ready(c)):
        if store.read(name, stage, cutoff.key) is None:
            continue
        manifest, content = store.load(f"{table.name}.parquet", name, stage, cutoff.key)
        read = pq.read_table(pa.BufferReader(content), filters=[("unique_id", "in", ids)])
        frame = read.to_pandas()
        current = current_slots(manifest, known, stage, cutoff)
        pairs = zip(frame["unique_id"], frame["model"], strict=True)
        frames.append(frame[[Slot(*pair) in current for pair in pairs]])
    return pd.concat([f for f in frames if len(f)] or frames[:1], ignore_index=True)


def current_slots(manifest: Manifest, known: "Known", stage: str, cutoff: Cutoff) -> set[Slot]:
    """The slots that are recorded as they are wanted now: no picture shows old numbers."""
    wanted = known.wants(BY_NAME[stage], cutoff)
    entries = manifest.entries
    return {s for s, want in wanted.items() if s in entries and entries[s].parts == want.parts}


def scored(store: Store, known: "Known", ids: list[str]) -> "pd.DataFrame":
    """The scored points of these series at all cutoffs."""
    return stored_rows(store, known, "scores", table=SCORES, cutoffs=known.cutoffs, ids=ids)


def observed_beside(scores: "pd.DataFrame", known: "Known") -> "pd.DataFrame":
    """Columns unique_id, ds, y: each series from its first scored time to its last, with gaps."""
    import pandas as pd

    frames = [pd.DataFrame({"unique_id": [], "ds": pd.to_datetime([]), "y": []})]
    for name, points in scores.groupby("unique_id", sort=True):
        series = known.series(str(name))
        rows = np.flatnonzero(
            (series.ds >= points["ds"].to_numpy().min())
            & (series.ds <= points["ds"].to_numpy().max())
        )
        y = pd.DataFrame({"unique_id": name, "ds": series.ds[rows], "y": series.y[rows]})
        frames.append(y)
    return pd.concat([f for f in frames if len(f)] or frames, ignore_index=True)


def board(store: Store, known: "Known") -> "pd.DataFrame":
    """The stored leaderboard, the best first; without a row where there is none yet."""
    place = (known.data_set.name, "leaderboard")
    if store.read(*place) is None:
        return LEADERBOARD.empty()
    return table_from_bytes(store.load("leaderboard.parquet", *place)[1])
