"""Does a network correct what suits its series? A mean over the years is far off where they trend.

On rows up to the first cutoff alone: what a person may know when the declaration is written.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, get_args

import numpy as np
from jaxtyping import Float

from pipeline.mean_test import ewc_test
from pipeline.rnn.settings import Correctable, corrects_of

if TYPE_CHECKING:
    from pipeline.chain.known import Known
    from pipeline.clean.observations import Series

SIGNIFICANT = 0.01
"""The probability below which a change from season to season counts as a trend."""

FEWEST_SEASONS = 4
"""Of rows, below which nothing is said."""

HELD_BACK = 3
"""The last third of the rows: what references are compared on."""


def unsuited(known: "Known") -> Iterator[tuple[str, str]]:
    """Series whose networks are declared to correct a climatology though they trend.

    Each with a sentence; a network that picks what it corrects needs none.

    The sentence names the reference with the smallest squared error on the last third of the rows
    up to the first cutoff, over all steps of the horizon, as of each row; nothing is said where
    that is the climatology.
    """
    data_set = known.data_set
    corrected = {
        name: {s: corrects_of(data_set.network(name), s) for s in known.observations.series}
        for name in data_set.networks
    }
    for unique_id in known.observations.series:
        names = [name for name, of in corrected.items() if of[unique_id] == "climatology"]
        series = known.series(unique_id).pick(("y",)).until(_first_row(known, unique_id))
        if not names or not _trends(series, data_set.season):
            continue
        errors = _held_back_errors(series, data_set.horizon, data_set.season)
        best = min(errors, key=lambda name: errors[name])
        if best != "climatology":
            times = errors["climatology"] / errors[best]
            yield (
                unique_id,
                f"{unique_id} changes from season to season, and {', '.join(names)} corrects its "
                f"climatology, whose squared error up to the first cutoff is {times:.1f} times "
                f"that of {best}: declare `corrects: {{{unique_id}: {best}}}`",
            )


def _first_row(known: "Known", unique_id: str) -> int:
    return max(known.series(unique_id).row_of(known.cutoffs[0].step), -1) if known.cutoffs else -1


def _trends(series: "Series", season_length: int) -> bool:
    """Whether the mean change from a season to the next is none that luck explains."""
    if len(series.y) < FEWEST_SEASONS * season_length:
        return False
    changes = series.y[season_length:] - series.y[:-season_length]
    seen = changes[np.isfinite(changes)]
    enough = len(seen) >= (FEWEST_SEASONS - 1) * season_length
    return enough and bool(ewc_test(seen, overlap=season_length) < SIGNIFICANT)


def _held_back_errors(series: "Series", horizon: int, season_length: int) -> dict[str, float]:
    """Mean squared errors of all that may be corrected, of those that have any."""
    from pipeline.baselines.forecast import reference_paths

    rows = np.arange(len(series.y) - len(series.y) // HELD_BACK, len(series.y) - horizon)
    actual = series.y[rows[:, None] + 1 + np.arange(horizon)]
    found = {}
    for name in get_args(Correctable):
        if name != "none" and len(rows):
            sizes = {"horizon": horizon, "season_length": season_length}
            (paths,) = reference_paths(name, [series], [rows], **sizes)
            found[name] = _mean_square(paths - actual)
    return {name: error for name, error in found.items() if np.isfinite(error)}


def _mean_square(errors: Float[np.ndarray, "rows horizon"]) -> float:
    seen = errors[np.isfinite(errors)]
    return float(np.mean(seen**2)) if len(seen) else float("nan")
