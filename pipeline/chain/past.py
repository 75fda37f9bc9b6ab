"""The stored forecasts of many cutoffs and what came true, as dense arrays."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from pipeline.chain.stages import sources_of
from pipeline.store.files import table_from_bytes

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.chain.known import Known
    from pipeline.folds.cutoffs import Cutoff
    from pipeline.served.past import Past
    from pipeline.store.store import Store


def past_of(
    known: "Known", store: "Store", cutoffs: "Sequence[Cutoff]"
) -> "tuple[list[str], Past]":
    """What all models said at these cutoffs about the series that were ready, and the actuals.

    Args:
        known: the data set.
        store: where the forecasts lie; those of every cutoff with a ready fold.
        cutoffs: in order.

    Returns:
        The names of the series, and what was said of them.
    """
    import pandas as pd

    from pipeline.served.past import Past

    data_set = known.data_set
    series = sorted({fold.unique_id for cutoff in cutoffs for fold in known.ready(cutoff)})
    models = data_set.models
    shape = (len(series), len(cutoffs), len(models), data_set.horizon)
    y_hat, failed = np.full(shape, np.nan), np.zeros(shape[:3], dtype=bool)
    ids, names = pd.Index(series), pd.Index(models)
    for place, cutoff in enumerate(cutoffs):
        if not known.ready(cutoff):
            continue
        for frame in _forecasts(known, store, cutoff):
            s = ids.get_indexer(pd.Index(frame["unique_id"]))
            m = names.get_indexer(pd.Index(frame["model"]))
            h = frame["step"].to_numpy() - 1
            y_hat[s, place, m, h] = frame["y_hat"].to_numpy()
            failed[s, place, m] = frame["status"].to_numpy() == "failed"
    steps = np.array([cutoff.step for cutoff in cutoffs], dtype=np.int64)
    actual = _actuals(known, series, steps)
    lowest, highest = (_extremes(known, series, steps, of) for of in (np.fmin, np.fmax))
    return series, Past(models, steps, y_hat, failed, actual, lowest, highest)


def _forecasts(known: "Known", store: "Store", cutoff: "Cutoff") -> "Iterator[pd.DataFrame]":
    """The rows of the declared models at one cutoff, of series that are ready."""
    data_set = known.data_set
    ready = {fold.unique_id for fold in known.ready(cutoff)}
    for source in sources_of(data_set, data_set.models):
        _, content = store.load("forecasts.parquet", data_set.name, source, cutoff.key)
        frame = table_from_bytes(content)
        own = frame["model"].isin(data_set.models) & frame["unique_id"].isin(ready)
        yield frame[own]


def _actuals(
    known: "Known", series: Sequence[str], steps: np.ndarray
) -> Float[np.ndarray, "S C horizon"]:
    """What was observed at each step; NaN where nothing was, or is not known yet."""
    ahead = np.arange(1, known.data_set.horizon + 1)
    found = np.full((len(series), len(steps), len(ahead)), np.nan)
    for place, name in enumerate(series):
        own = known.series(name)
        rows = steps[:, None] + ahead - own.first_step
        inside = (rows >= 0) & (rows < len(own.y))
        found[place][inside] = own.y[rows[inside]]
    return found


def _extremes(
    known: "Known", series: Sequence[str], steps: np.ndarray, of: np.ufunc
) -> Float[np.ndarray, "S C"]:
    """The least or most that was observed of each series up to each cutoff; NaN if nothing was."""
    found = np.full((len(series), len(steps)), np.nan)
    for place, name in enumerate(series):
        own = known.series(name)
        so_far = of.accumulate(own.y)
        rows = np.minimum(steps - own.first_step, len(so_far) - 1)
        found[place] = np.where(rows >= 0, so_far[np.maximum(rows, 0)], np.nan)
    return found
