"""Forecasts that another program made, as one more model of every fold that is ready.

Read from the declared files (`imported:`), each point once, in the unit of the target; nothing is
filled in, and a point that a frame lacks is an error. They are scored, ranked and drawn like all
others. How they were made nothing here can tell: the check `no_leak` leaves them out.

**How to read it.** A row per series, step and model. `n_ignored` counts the rows of each frame that
belong to no fold of this data set, or lie beyond its horizon.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.chain.frames import folds_of, refuse_lacking
from pipeline.chain.stages import CutoffSlots, Made, Want
from pipeline.chain.tables import Block, contents_of, failures, forecast_rows, in_order
from pipeline.folds.cutoffs import Cutoff
from pipeline.folds.keys import canonical, hash_of
from pipeline.imported.settings import VERSION
from pipeline.store.files import table_to_bytes
from pipeline.store.manifest import Slot
from pipeline.store.store import sha256
from pipeline.tables import FORECASTS

if TYPE_CHECKING:
    from pipeline.chain.known import Known
    from pipeline.chain.run import Work
    from pipeline.declaration import DataSet


def settings(data_set: "DataSet") -> Any:  # noqa: ANN401
    """Which models there are, and how far they must reach; where they lie is no matter."""
    return [VERSION, list(data_set.imported), data_set.freq, data_set.horizon]


def wants(known: "Known", cutoff: Cutoff) -> dict[Slot, Want]:
    """What the frames say of each fold.

    Raises:
        InputError: a frame lacks a point of this cutoff; those of all cutoffs are told together.
    """
    own = hash_of([VERSION, known.data_set.freq])
    wanted = {}
    for name in known.data_set.imported:
        for fold in known.ready(cutoff):
            y_hat = _forecast(known, name, fold.unique_id, cutoff)
            parts = {"frame": sha256(canonical(y_hat))[:32], "settings": own}
            wanted[Slot(fold.unique_id, name)] = Want(parts)
    return wanted


def make(work: "Work", due: CutoffSlots) -> Iterator[tuple[Cutoff, Made]]:
    """Every due cutoff as a whole: there is nothing to compute."""
    known = work.known
    ignored = _ignored(known)
    for name, number in ignored.items():
        if number:
            work.count(f"rows of {name} ignored", number)
    for cutoff in due:
        yield cutoff, _artifact(known, cutoff, ignored)


def _forecast(known: "Known", name: str, unique_id: str, cutoff: Cutoff) -> np.ndarray:
    """What a frame says of a fold; all that it lacks is told where it lacks something of it."""
    horizon = known.data_set.horizon
    y_hat = known.imported[name].forecast(unique_id, cutoff.step, horizon=horizon)
    if np.isnan(y_hat).any():
        refuse_lacking(known, name)
    return y_hat


def _ignored(known: "Known") -> dict[str, int]:
    """By model how many rows of its frame are of no use here."""
    horizon, folds = known.data_set.horizon, folds_of(known)
    return {n: frame.count_unused(folds, horizon=horizon) for n, frame in known.imported.items()}


def _artifact(known: "Known", cutoff: Cutoff, ignored: dict[str, int]) -> Made:
    data_set = known.data_set
    blocks = [
        Block(
            Slot(fold.unique_id, name),
            [cutoff],
            _forecast(known, name, fold.unique_id, cutoff)[None, :],
            [""],
        )
        for name in data_set.imported
        for fold in known.ready(cutoff)
    ]
    forecasts = in_order(forecast_rows(blocks, known), data_set.models, "step")
    facts = {"n_ready": len(known.ready(cutoff)), "n_rows": len(forecasts), "n_ignored": ignored}
    facts |= failures(forecasts)
    files = {"forecasts.parquet": table_to_bytes(forecasts, FORECASTS)}
    return Made(files, contents_of(forecasts, FORECASTS), facts)
