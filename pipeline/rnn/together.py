"""What many folds have in common is worked out once: signals, and the paths of the references.

The rows of a fold are the first rows of a later fold of the same series, and what is known as of a
row has the same bits in both. So each series is gone through once, as its latest fold has it, and
some references take all series in one pass.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Float, Int

from pipeline.baselines.forecast import reference_paths
from pipeline.clean.observations import Series
from pipeline.rnn.as_of import Signals, signals_of
from pipeline.rnn.settings import Correctable, Transform
from pipeline.rnn.standing import standing_of
from pipeline.rnn.transform import origin

Rows = Int[np.ndarray, " _"]


def latest_of(series: Sequence[Series]) -> list[int]:
    """For each series the number of the longest one that begins with its rows; its own if none."""
    of_a_name: dict[tuple, list[int]] = defaultdict(list)
    for k, one in enumerate(series):
        of_a_name[one.unique_id, one.freq, one.first_step, one.columns].append(k)
    found = list(range(len(series)))
    for alike in of_a_name.values():
        longest: list[int] = []
        for k in sorted(alike, key=lambda k: -len(series[k].values)):
            begins = (j for j in longest if _begins_with(series[j], series[k]))
            found[k] = next(begins, k)
            if found[k] == k:
                longest.append(k)
    return found


def paths_of_each(
    series: Sequence[Series],
    references: Sequence[Correctable],
    rows: Sequence[Rows],
    *,
    horizon: int,
    season_length: int,
    transform: Transform = "none",
) -> list[Float[np.ndarray, "_ horizon"]]:
    """R(t, h) of each series as of each of its rows; for "none" the origin of the scale."""
    latest, asked = latest_of(series), defaultdict(list)
    for k, (reference, j) in enumerate(zip(references, latest, strict=True)):
        asked[reference, j].append(k)
    found = [np.full((len(own), horizon), origin(transform)) for own in rows]
    for reference in sorted({name for name, _ in asked if name != "none"}):
        places = [j for name, j in asked if name == reference]
        every = [np.unique(np.concatenate([rows[k] for k in asked[reference, j]])) for j in places]
        sizes = {"horizon": horizon, "season_length": season_length}
        paths = reference_paths(reference, [series[j] for j in places], every, **sizes)
        for j, of_rows, path in zip(places, every, paths, strict=True):
            for k in asked[reference, j]:
                found[k] = path[np.searchsorted(of_rows, rows[k])]
    return found


def signals_of_each(
    series: Sequence[Series],
    references: Sequence[Correctable],
    *,
    season_length: int,
    transform: Transform,
    standing: int | None = None,
) -> list[Signals]:
    """The signals of every row of each series.

    Args:
        series: as of each fold.
        references: what is corrected of each.
        season_length: steps in a season.
        transform: the scale of the target.
        standing: for a network of many series the steps to forecast: how each series stands is then
            among its signals; else None.
    """
    latest = latest_of(series)
    pairs = list(dict.fromkeys(zip(latest, references, strict=True)))
    paths = paths_of_each(
        [series[j] for j, _ in pairs],
        [reference for _, reference in pairs],
        [np.arange(len(series[j].values)) for j, _ in pairs],
        horizon=standing or 1,
        season_length=season_length,
        transform=transform,
    )
    whole = {
        (j, reference): signals_of(
            series[j],
            reference=reference,
            one_step=path[:, 0],
            season_length=season_length,
            transform=transform,
        )
        for (j, reference), path in zip(pairs, paths, strict=True)
    }
    if standing:
        whole = {
            pair: replace(own, standing=standing_of(series[pair[0]], path, transform=transform))
            for (pair, own), path in zip(whole.items(), paths, strict=True)
        }
    return [
        whole[j, reference].until(len(one.values))
        for one, j, reference in zip(series, latest, references, strict=True)
    ]


def _begins_with(longer: Series, shorter: Series) -> bool:
    """Whether the first rows of one are those of the other, to the bit."""
    first = longer.values[: len(shorter.values)]
    begins = (values.__array_interface__["data"] for values in (first, shorter.values))
    same_place = len(set(begins)) == 1 and first.strides == shorter.values.strides
    return same_place or first.tobytes() == shorter.values.tobytes()
