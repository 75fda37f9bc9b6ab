"""One series at one cutoff: is it ready, and if not, why not."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from jaxtyping import Bool, Int


class State(StrEnum):
    """What a fold is; only a ready one has a forecast."""

    READY = "ready"
    NO_DATA_YET = "no_data_yet"
    ENDED = "ended"
    TOO_SHORT = "too_short"


@dataclass(frozen=True)
class Fold:
    """One series at one cutoff.

    Attributes:
        unique_id: the series.
        row: the cutoff as a row of the series; outside 0..rows-1 only where it is not ready.
        state: whether it can be forecast.
    """

    unique_id: str
    row: int
    state: State

    @property
    def ready(self) -> bool:
        """Whether it has a forecast."""
        return self.state is State.READY


def staleness(
    observed: Bool[np.ndarray, " rows"], rows: Int[np.ndarray, " cutoffs"]
) -> Int[np.ndarray, " cutoffs"]:
    """Steps from the last observed target to each cutoff; a huge number where there is none."""
    never = np.iinfo(np.int64).min // 2
    place = np.concatenate([[never], np.where(observed, np.arange(len(observed)), never)])
    last = np.maximum.accumulate(place)
    return rows - last[np.clip(rows + 1, 0, len(observed))]


def states_of(
    observed: Bool[np.ndarray, " rows"],
    rows: Int[np.ndarray, " cutoffs"],
    *,
    reached: Bool[np.ndarray, " cutoffs"],
    needed_rows: int,
    max_staleness: int,
) -> list[State]:
    """The state of a series at many cutoffs; rows after a cutoff decide nothing.

    Args:
        observed: where the target is observed, on the grid of the series.
        rows: each cutoff as a row of this series; it may lie outside the series.
        reached: whether any series of the data set is observed at the cutoff, or at most
            max_staleness steps before.
        needed_rows: observed targets that the models of the data set need.
        max_staleness: steps before the cutoff at which the last observed target may lie.
    """
    counts = np.concatenate([[0], np.cumsum(observed)])
    seen = counts[np.clip(rows + 1, 0, len(observed))]
    fresh = staleness(observed, rows) <= max_staleness
    states = []
    for count, is_fresh, others in zip(seen, fresh, reached, strict=True):
        if not is_fresh and not others:
            states.append(State.NO_DATA_YET)
        elif not is_fresh and count > 0:
            states.append(State.ENDED)
        else:
            states.append(State.READY if is_fresh and count >= needed_rows else State.TOO_SHORT)
    return states
