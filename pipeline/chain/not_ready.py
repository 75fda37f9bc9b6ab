"""Why folds have no forecast, told as it looks today.

A fold knows the rows up to its cutoff: where it finds none at the end, it cannot tell a hole from
an end. Whoever asks today can, and what is only told may know more than a fold.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from pipeline.chain.known import Known
from pipeline.folds.cutoffs import Cutoff
from pipeline.folds.fold import Fold, State, staleness

UNOBSERVED = "unobserved"
"""The series has no target at the cutoff, and goes on after it."""

_NAMED = 6
"""Cutoffs that are named, at most."""


@dataclass(frozen=True)
class NotReady:
    """The folds without a forecast.

    Attributes:
        counts: how many there are, by state; a hole in a series is `UNOBSERVED`.
        holes: by key of a cutoff in such a hole, the steps back to the last target before it: the
            most among the series concerned.
    """

    counts: dict[str, int] = field(default_factory=dict)
    holes: dict[str, int] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether every fold has a forecast."""
        return not self.counts

    def hint(self, *, most: int) -> str:
        """What can be done about the holes; empty where nothing can.

        Args:
            most: steps that a last target may be old and still be forecast from.
        """
        near = {key: late for key, late in self.holes.items() if late <= most}
        if not near:
            return ""
        shown = list(near)[:_NAMED]
        more = f" and {len(near) - len(shown)} more" if len(near) > len(shown) else ""
        late = max(near.values())
        return (
            f"nothing was observed at {', '.join(shown)}{more}, and later something was; "
            f"max_staleness: {late} forecasts from the last value before, up to {late} "
            f"step{'s' if late > 1 else ''} old"
        )


def not_ready(known: Known, cutoffs: Sequence[Cutoff]) -> NotReady:
    """The folds without a forecast at some cutoffs."""
    folds: dict[str, list[tuple[Cutoff, Fold]]] = defaultdict(list)
    for cutoff in cutoffs:
        for name, fold in known.folds(cutoff).items():
            if not fold.ready:
                folds[name].append((cutoff, fold))
    counts: Counter[str] = Counter()
    holes: dict[str, int] = {}
    for name, some in folds.items():
        late = _steps_back(known, name, [fold for _, fold in some])
        for (cutoff, fold), steps in zip(some, late, strict=True):
            counts[UNOBSERVED if steps else fold.state.value] += 1
            if steps:
                holes[cutoff.key] = max(steps, holes.get(cutoff.key, 0))
    return NotReady(dict(counts), dict(sorted(holes.items())))


def _steps_back(known: Known, unique_id: str, folds: Sequence[Fold]) -> list[int]:
    """By fold the steps from its cutoff back to the last target; 0 where that is no hole."""
    observed = ~np.isnan(known.series(unique_id).y)
    rows = np.array([fold.row for fold in folds], dtype=np.int64)
    counts = np.concatenate([[0], np.cumsum(observed)])[np.clip(rows + 1, 0, len(observed))]
    could = np.array([fold.state is not State.TOO_SHORT for fold in folds])
    is_hole = could & (counts >= known.data_set.needed_rows) & (counts < observed.sum())
    return np.where(is_hole, staleness(observed, rows), 0).tolist()
