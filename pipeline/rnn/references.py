"""What a network corrects on each series: as declared, or with `auto` picked by past errors.

One choice per fold, as of its last row; the trained network keeps it, and forecasts from any later
cutoff with it. The rule is in `baselines/picked.py`.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import cast

import numpy as np

from pipeline.baselines.picked import pick_references
from pipeline.baselines.settings import PICKED_FROM
from pipeline.clean.observations import Series
from pipeline.rnn.presets import fits_scale
from pipeline.rnn.settings import Correctable, NetworkSettings, corrects_of
from pipeline.rnn.together import latest_of


def references_of(
    series: Sequence[Series], settings: NetworkSettings, *, horizon: int, season_length: int
) -> list[Correctable]:
    """What is corrected of each series.

    Args:
        series: of each fold the rows <= the refit cutoff; folds of one series cost one pass.
        settings: resolved.
        horizon: steps to forecast.
        season_length: steps in a season.
    """
    declared = [corrects_of(settings, one.unique_id) for one in series]
    open_ones = [k for k, name in enumerate(declared) if name == "auto"]
    latest, folds = latest_of([series[k] for k in open_ones]), defaultdict(list)
    for k, j in zip(open_ones, latest, strict=True):
        folds[open_ones[j]].append(k)
    candidates = candidates_of(settings)
    picked = pick_references(
        [series[j] for j in folds],
        [np.array([len(series[k].y) - 1 for k in own]) for own in folds.values()],
        candidates=candidates,
        horizon=horizon,
        season_length=season_length,
    )
    for own, places in zip(folds.values(), picked, strict=True):
        for k, place in zip(own, places.tolist(), strict=True):
            declared[k] = candidates[place]
    return cast("list[Correctable]", declared)


def candidates_of(settings: NetworkSettings) -> tuple[Correctable, ...]:
    """What is picked from: where the scale needs references of 0 or more, only those."""
    return tuple(name for name in PICKED_FROM if fits_scale(settings, name))
