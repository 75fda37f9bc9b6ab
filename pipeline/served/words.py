"""Why the served forecast is what it is, in a sentence: who has a say, and who has none any more.

Of numbers of `blend.py` alone, so that the same blend has the same words.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float, Int

from pipeline.rnn.presets import horizon_groups
from pipeline.served.blend import FEWEST, Blend, Rules
from pipeline.served.guard import WHY
from pipeline.served.past import Past
from pipeline.served.settings import BLEND

NAMED = 3
"""Models that are named with their share, of those with at least 0.1; the best one in any case."""

BEHIND = 0.5
"""Of an equal share: with less the reference has fallen behind."""


def explain(
    past: Past, made: Blend, rules: Rules, *, first: int, dates: Sequence[str]
) -> list[list[str]]:
    """A sentence for each series at each cutoff from a place on; empty where nothing is served.

    Since when looks back at most `n_calibration` cutoffs.

    Args:
        past: what was blended.
        made: the blend at all cutoffs of the past.
        rules: of the blend.
        first: place of the first cutoff that is asked for.
        dates: every cutoff of the past, as it is to be written.
    """
    candidates = np.isin(past.models, rules.candidates)
    shares, of_reference = _shares(past, made, rules)
    behind = of_reference < BEHIND / np.maximum(candidates.sum(), 1)
    out = (made.out > 0) & candidates
    said = _Said(
        past=past,
        made=made,
        rules=rules,
        dates=dates,
        shares=shares,
        behind=_how_long(behind, rules.n_calibration),
        out=_how_long(out, rules.n_calibration),
    )
    C = len(past.steps)
    return [[said.of(s, c) for c in range(first, C)] for s in range(len(past.y_hat))]


class _Said:
    """What there is to say of every series at every cutoff."""

    def __init__(
        self,
        *,
        past: Past,
        made: Blend,
        rules: Rules,
        dates: Sequence[str],
        shares: Float[np.ndarray, "S C M"],
        behind: Int[np.ndarray, "S C"],
        out: Int[np.ndarray, "S C M"],
    ) -> None:
        self.past, self.made, self.rules, self.dates = past, made, rules, dates
        self.shares, self.behind, self.out = shares, behind, out
        self.groups = list(horizon_groups(past.horizon))
        self.n_candidates = sum(name in rules.candidates for name in past.models)

    def of(self, s: int, c: int) -> str:
        """The sentence of one fold."""
        if not self.made.weights[s, c].any():
            return ""
        failed = "; it failed: this is its stand-in's forecast" if self.made.failed[s, c] else ""
        if self.rules.serve != BLEND:
            return f"{self.rules.serve}, as declared{failed}"
        reference, n_errors = self.rules.reference[s], self.made.n_errors[s, c]
        enough = n_errors >= FEWEST
        if not enough.any():
            return f"{reference}: {n_errors[0]} of {FEWEST} earlier cutoffs are known{failed}"
        if (self.out[s, c] > 0).sum() == self.n_candidates:
            return f"{reference}, since all candidates are left out{failed}"
        parts = [self._who_has_a_say(s, c)]
        if not enough.all():
            g = int(np.argmin(enough))
            steps = " and ".join(
                name for name, known in zip(self.groups, enough, strict=True) if not known
            )
            parts.append(
                f"{reference} alone for steps {steps}: "
                f"{n_errors[g]} of {FEWEST} earlier cutoffs are known"
            )
        parts += self._who_has_none(s, c)
        return "; ".join(parts)

    def _who_has_a_say(self, s: int, c: int) -> str:
        """0.61 anomaly_persistence, 0.22 rnn, 0.17 of 4 others."""
        shares = self.shares[s, c]
        order = np.argsort(-shares, kind="stable")
        named = [k for k in order[:NAMED] if shares[k] >= 0.095] or [order[0]]
        words = [f"{shares[k]:.2f} {self.past.models[k]}" for k in named]
        others = [k for k in order if shares[k] > 0 and k not in named]
        rest = float(np.sum(shares[others]))
        if rest >= 0.005:
            words.append(f"{rest:.2f} of {len(others)} other{'s' if len(others) > 1 else ''}")
        return ", ".join(words)

    def _who_has_none(self, s: int, c: int) -> list[str]:
        """Who is left out and why, and since when the reference is behind."""
        words = []
        for k in np.flatnonzero(self.out[s, c]):
            since = self._since(c, int(self.out[s, c, k]))
            words.append(
                f"{self.past.models[k]} is left out {since}: it {WHY[self.made.out[s, c, k]]}"
            )
        reference = self.rules.reference[s]
        own = self.past.models.index(reference)
        enough = (self.made.n_errors[s, c] >= FEWEST).all()
        if enough and self.behind[s, c] and not self.out[s, c, own]:
            words.append(f"{reference} fell behind {self._since(c, int(self.behind[s, c]))}")
        return words

    def _since(self, c: int, how_long: int) -> str:
        """Since a cutoff, or since the first that is looked at or longer."""
        longer = " or before" if how_long > self.rules.n_calibration else ""
        return f"since {self.dates[c - how_long + 1]}{longer}"


def _shares(
    past: Past, made: Blend, rules: Rules
) -> tuple[Float[np.ndarray, "S C M"], Float[np.ndarray, "S C"]]:
    """Each model's mean weight over the steps; the reference's over those that are blended.

    Where none is, and where it is no candidate, the reference's is 1: it has not fallen behind.
    """
    groups = horizon_groups(past.horizon).values()
    sizes = np.array([steps.stop - steps.start for steps in groups], dtype=float)
    shares = (made.weights * sizes).sum(axis=-1) / sizes.sum()
    own = [past.models.index(name) for name in rules.reference]
    weights = made.weights[np.arange(len(own)), :, own]
    blended = np.where(made.n_errors >= FEWEST, sizes, 0.0)
    there = blended.sum(axis=-1)
    of_reference = (weights * blended).sum(axis=-1) / np.where(there > 0, there, 1.0)
    told = (there > 0) & np.any(made.weights > 0, axis=(2, 3))
    told &= np.isin(rules.reference, rules.candidates)[:, None]
    return shares, np.where(told, of_reference, 1.0)


def _how_long(is_so: Bool[np.ndarray, "S C *rest"], n: int) -> Int[np.ndarray, "S C *rest"]:
    """For how many cutoffs in a row it is so up to each, that one too; at most n + 1."""
    so_far = np.zeros(is_so.shape, dtype=np.int32)
    for c in range(is_so.shape[1]):
        before = so_far[:, c - 1] if c else 0
        so_far[:, c] = np.where(is_so[:, c], before + 1, 0)
    return np.minimum(so_far, n + 1)
