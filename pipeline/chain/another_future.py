"""A data set as it would be, had everything after a cutoff been otherwise."""

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from pipeline.chain.known import Known
from pipeline.folds.cutoffs import Cutoff

if TYPE_CHECKING:
    from pipeline.raw.read import RawObservations


def with_another_future(known: Known, raw: "RawObservations", cutoff: Cutoff) -> Known:
    """The data set as it would be, had everything after the cutoff been otherwise."""
    from pipeline.clean.clean import clean_observations

    data_set = known.data_set
    frame = raw.frame.copy()
    after = np.flatnonzero(frame["ds"].to_numpy().astype("datetime64[ns]") > cutoff.ds)
    random = np.random.default_rng(cutoff.period)
    # The first of these rows of each series stays and is observed: a series whose target never is
    # would be refused when it is cleaned.
    spared = ~frame["unique_id"].iloc[after].duplicated().to_numpy()
    perturbed = ["y", *data_set.columns.hist_exog]
    for column in perturbed:
        values = frame[column].to_numpy(dtype=np.float64, copy=True)
        values[after] = 1000.0 - 3.0 * values[after] + random.normal(size=len(after))
        values[after[random.random(len(after)) < 0.1]] = np.nan
        frame[column] = values
    frame.loc[frame.index[after[spared]], "y"] = 1.0
    gone = np.zeros(len(frame), dtype=bool)
    gone[after] = (random.random(len(after)) <= 0.1) & ~spared
    if data_set.columns.futr_exog:  # what the row knows ahead stays; of the others it knows nothing
        frame.loc[gone, perturbed] = np.nan
        gone[:] = False
    changed = replace(raw, frame=frame[~gone].reset_index(drop=True))
    clean = clean_observations(changed, freq=data_set.freq, columns=data_set.columns)
    return Known(
        data_set,
        now=dt.datetime.now(dt.UTC),
        files=lambda: known.files,
        observations=lambda: clean.observations,
        frames=lambda: known.imported,
    )
