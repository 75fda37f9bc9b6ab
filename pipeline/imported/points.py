"""Which points of the folds a frame lacks: an error, since all models are scored on the same."""

from collections.abc import Sequence, Set

import numpy as np

from pipeline.calendar import Freq, dates_of
from pipeline.errors import InputError
from pipeline.imported.frame import Frame

_NAMED = 10
"""Points and series that a message names at most."""


def check_series(frame: Frame, there: Set[str]) -> None:
    """Every series of a frame is one of those of the data set.

    Raises:
        InputError: some are not; it names the first ten.
    """
    unknown = [name for name in frame.series if name not in there]
    if unknown:
        raise InputError(
            f"{', '.join(frame.files)}: of {len(frame.series)} series {len(unknown)} are none of "
            f"this data set: {_listed(unknown)}; it has {_listed(sorted(there))}"
        )


def check_points(
    frame: Frame, folds: Sequence[tuple[str, int]], *, horizon: int, freq: Freq
) -> None:
    """A frame has every step of every fold.

    Args:
        frame: the forecasts.
        folds: series and step of the cutoff of each.
        horizon: steps that each fold is forecast.
        freq: of the grid.

    Raises:
        InputError: it lacks some; it says how many of how many, and names the first ten.
    """
    lacking = [
        (unique_id, cutoff, cutoff + 1 + int(ahead))
        for unique_id, cutoff in folds
        for ahead in np.flatnonzero(np.isnan(frame.forecast(unique_id, cutoff, horizon=horizon)))
    ]
    if not lacking:
        return
    points = [
        f"{unique_id}, {_day(step, freq)} (cutoff {_day(cutoff, freq)})"
        for unique_id, cutoff, step in lacking[:_NAMED]
    ]
    more = ", ..." if len(lacking) > _NAMED else ""
    raise InputError(
        f"{', '.join(frame.files)}: {len(lacking)} of {len(folds) * horizon} points are not there: "
        f"{'; '.join(points)}{more}. All models are scored on the same points: forecast these too, "
        f"or declare the cutoffs that are there ({_span(frame, freq)})"
    )


def _span(frame: Frame, freq: Freq) -> str:
    cutoffs = np.unique(frame.cutoff)
    if not len(cutoffs):
        return "none"
    ends = " to ".join(dict.fromkeys(_day(int(c), freq) for c in (cutoffs[0], cutoffs[-1])))
    return f"{len(cutoffs)}, {ends}; a cutoff is the last time that a forecast knows"


def _day(step: int, freq: Freq) -> str:
    return str(dates_of(step, freq))[:10]


def _listed(names: Sequence[str]) -> str:
    return ", ".join([*names[:_NAMED], *(["..."] if len(names) > _NAMED else [])])
