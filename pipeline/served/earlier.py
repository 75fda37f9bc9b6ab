"""What is known of earlier cutoffs at each cutoff, laid out for counting: the last n of each.

Everything is looked at in pieces of a bounded size, and each cutoff by itself: its bytes are the
same whichever cutoffs and series are looked at with it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float
from numpy.lib.stride_tricks import sliding_window_view

from pipeline.served.past import Past

_AT_ONCE = 2**18
"""Numbers that are looked at together: 2 MiB, so that they stay in the cache."""


@dataclass(frozen=True)
class Piece:
    """Some series at some cutoffs, with what each cutoff knows of the n before it.

    Attributes:
        past: of these series, at all cutoffs.
        cutoffs: which cutoffs are asked for.
        asked: where they lie among all series and all cutoffs that are asked for.
        known: of these cutoffs which targets of the n before are known, the oldest first.
    """

    past: Past
    cutoffs: slice
    asked: tuple[slice, slice]
    known: Bool[np.ndarray, "a H n"]

    def earlier(self, values: Float[np.ndarray, "s C M H"]) -> Float[np.ndarray, "s a M H n"]:
        """The values of the n cutoffs before each; NaN where their target is not known."""
        n = self.known.shape[-1]
        before = np.full((len(values), n, *values.shape[2:]), np.nan)
        windows = sliding_window_view(np.concatenate([before, values], axis=1), n, axis=1)
        seen = np.where(self.known[:, None], windows[:, self.cutoffs], np.nan)
        return np.ascontiguousarray(seen)

    @property
    def y_hat(self) -> Float[np.ndarray, "s a M H"]:
        """The forecasts of the cutoffs that are asked for; NaN where the model failed."""
        return _own(self.past)[:, self.cutoffs]

    @property
    def own_errors(self) -> Float[np.ndarray, "s C M H"]:
        """Actual minus forecast at all cutoffs; NaN where the model failed, or has no number."""
        errors = np.where(self.past.failed[..., None], np.nan, self.past.errors)
        return np.where(np.isfinite(errors), errors, np.nan)


def pieces(past: Past, *, n_calibration: int, first: int) -> Iterator[Piece]:
    """All series at all cutoffs from a place on.

    Args:
        past: what was said and observed.
        n_calibration: cutoffs that are looked at before each, by their places.
        first: place of the first cutoff that is asked for.
    """
    C, M, H = past.y_hat.shape[1:]
    known = _known(past, n_calibration)
    per_cutoff = M * H * n_calibration
    cutoffs = max(1, min(C - first, _AT_ONCE // per_cutoff))
    for some, own in past.few_series(max(1, _AT_ONCE // (per_cutoff * cutoffs))):
        for start in range(first, C, cutoffs):
            these = slice(start, min(start + cutoffs, C))
            asked = slice(these.start - first, these.stop - first)
            yield Piece(own, these, (some, asked), known[these])


def _own(past: Past) -> Float[np.ndarray, "S C M H"]:
    """What the models say themselves: a stand-in's word is none of theirs."""
    return np.where(past.failed[..., None], np.nan, past.y_hat)


def _known(past: Past, n: int) -> Bool[np.ndarray, "C H n"]:
    """Which targets of the n cutoffs before each are known at it, the oldest first."""
    C = len(past.steps)
    known = np.zeros((C, past.horizon, n), dtype=bool)
    for lag in range(1, min(n, C - 1) + 1):
        known[lag:, :, n - lag] = past.known(lag)
    return known
