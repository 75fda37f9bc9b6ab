"""The blend: each model's weight, by what it was worth on this series and on the others.

At a cutoff model k has on series s, in each horizon group, a weight proportional to
(r_sk g_k)^-(n / 8): r is its mean squared error over that of the best candidate, n the earlier
cutoffs that it is made of, and g the geometric mean of r over the series, the data set's prior. The
more is known the more the best gets; at 24 cutoffs the power is 3. Below 8 it is the reference.

A power that does not grow wins too little of a better model or, with few cutoffs known, loses too
much to luck; absolute errors tell models apart half as well as squared ones. `docs/served.md` has
the figures of this setting and of others, on panels of known truth and on the shipped data.
"""

from dataclasses import dataclass, replace
from functools import reduce
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int, Int8

from pipeline.rnn.presets import horizon_groups
from pipeline.served.evidence import Evidence, gather_evidence
from pipeline.served.guard import leave_out
from pipeline.served.past import Past
from pipeline.served.settings import BLEND, others_to_blend

FEWEST = 8
"""Earlier cutoffs of which errors of a horizon group are known; with fewer the reference is served
for its steps."""

ERRORS_PER_POWER = 8
"""Cutoffs for each power of the errors' ratio."""

WORST = 100.0
"""Ratio of squared errors that a series counts with in the prior at most: a model that broke on one
of them is not lost on all."""


@dataclass(frozen=True)
class Rules:
    """What a blend is made of.

    Attributes:
        candidates: models that may be in it; reproductions of somebody's results are none.
        reference: of each series the model that is served until enough is known.
        serve: blend, or the name of the model that is served as it is.
        n_calibration: earlier cutoffs whose errors count.
        networks: which of the candidates are networks.
    """

    candidates: list[str]
    reference: list[str]
    serve: str = BLEND
    n_calibration: int = 48
    networks: tuple[str, ...] = ()

    @property
    def without_networks(self) -> "Rules | None":
        """The same, had there been no networks; None where that is no other blend, or none."""
        others = others_to_blend(self.serve, self.candidates, self.networks)
        return replace(self, candidates=others, networks=()) if others else None


class Blend(NamedTuple):
    """What is served of S series at C cutoffs, and what it is made of.

    Attributes:
        y_hat: in the unit of the target; NaN where the fold is not ready.
        weights: of each model in each horizon group; they sum to 1. 0 of all where it is not ready.
        errors: mean squared error of each candidate over that of the best; NaN where too few are
            known, and of other models.
        n_errors: earlier cutoffs that they are made of.
        out: why a model is left out there, a place in `guard.WHY`.
        failed: it is one model's forecast, and that model failed.
    """

    y_hat: Float[np.ndarray, "S C H"]
    weights: Float[np.ndarray, "S C M G"]
    errors: Float[np.ndarray, "S C M G"]
    n_errors: Int[np.ndarray, "S C G"]
    out: Int8[np.ndarray, "S C M"]
    failed: Bool[np.ndarray, "S C"]


def blend(past: Past, rules: Rules, *, out: Int8[np.ndarray, "S C M"] | None = None) -> Blend:
    """The served forecast at every cutoff, from that cutoff and the earlier ones alone.

    Where all candidates are left out, and where too little is known, the reference has weight 1.
    The prior g looks at all series of the data set, at what is known at the same cutoff.

    Args:
        past: of all series. Those of its first `n_calibration` cutoffs are right only if it begins
            with the first cutoff there is.
        rules: what may be in it.
        out: what `leave_out` says, where another blend of the same past has asked it.
    """
    candidates = np.isin(past.models, rules.candidates)
    evidence = gather_evidence(past, candidates, n_calibration=rules.n_calibration)
    ratios = _ratios(evidence)
    out = leave_out(past, n_calibration=rules.n_calibration) if out is None else out
    if rules.serve == BLEND:
        powers = evidence.n_errors[:, :, None] / ERRORS_PER_POWER
        raw = _raised(ratios * _prior(ratios), powers)
        raw = np.where((candidates & (out == 0))[..., None], raw, 0.0)
        fallback = rules.reference
    else:
        raw, fallback = np.zeros_like(ratios), [rules.serve] * len(rules.reference)
    weights = _shares(raw, past, fallback)
    y_hat, failed = _mix(past, weights)
    return Blend(y_hat, weights, ratios, evidence.n_errors, out, failed)


def _ratios(evidence: Evidence) -> Float[np.ndarray, "S C M G"]:
    """Mean squared errors over the least; NaN with too few.

    Of models without any error it is 1, and of others it is to 1e-9 of the least that is above 0.
    """
    mse = np.where(evidence.n_errors[:, :, None] >= FEWEST, evidence.mse, np.nan)
    least = np.fmin.reduce(mse, axis=2, initial=np.inf)
    above = np.fmin.reduce(np.where(mse > 0, mse, np.inf), axis=2)
    best = np.where(least > 0, least, 1e-9 * above)[:, :, None]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return np.where(np.isnan(mse), np.nan, np.where(mse <= best, 1.0, mse / best))


def _prior(ratios: Float[np.ndarray, "S C M G"]) -> Float[np.ndarray, "C M G"]:
    """The geometric mean over the series that have a ratio; 1 where none has.

    Added up series by series, since sums of another shape may round otherwise.
    """
    there = ~np.isnan(ratios)
    logs = np.where(there, np.log(np.minimum(np.where(there, ratios, 1.0), WORST)), 0.0)
    total, n = reduce(np.add, logs, np.zeros(logs.shape[1:])), there.sum(axis=0)
    return np.exp(total / np.maximum(n, 1))


def _raised(
    ratios: Float[np.ndarray, "S C M G"], powers: Float[np.ndarray, "S C 1 G"]
) -> Float[np.ndarray, "S C M G"]:
    """What is 1 or more to the power of -powers; 0 where there is none."""
    there = ~np.isnan(ratios)
    with np.errstate(over="ignore", under="ignore"):
        return np.where(there, np.exp(-powers * np.log(np.where(there, ratios, 1.0))), 0.0)


def _shares(
    raw: Float[np.ndarray, "S C M G"], past: Past, fallback: list[str]
) -> Float[np.ndarray, "S C M G"]:
    """Weights that sum to 1; 1 of each series' own model where there are none."""
    total = reduce(np.add, np.moveaxis(raw, 2, 0))[:, :, None]
    own = np.array([past.models.index(name) for name in fallback])
    alone = np.arange(len(past.models)) == own[:, None]
    with np.errstate(invalid="ignore"):
        shares = np.where(total > 0, raw / total, alone[:, None, :, None])
    ready = np.any(~np.isnan(past.y_hat), axis=(2, 3))
    return np.where(ready[..., None, None], shares, 0.0)


def _mix(
    past: Past, weights: Float[np.ndarray, "S C M G"]
) -> tuple[Float[np.ndarray, "S C H"], Bool[np.ndarray, "S C"]]:
    """The weighted sum of the forecasts, model by model; and where one alone has it all, failed."""
    groups = horizon_groups(past.horizon).values()
    by_step = np.repeat(weights, [steps.stop - steps.start for steps in groups], axis=3)
    parts = by_step * np.where(by_step > 0, past.y_hat, 0.0)
    y_hat = reduce(np.add, np.moveaxis(parts, 2, 0))
    in_it = np.any(by_step > 0, axis=(2, 3))
    failed = np.any((weights > 0) & past.failed[..., None], axis=(2, 3))
    return np.where(in_it[..., None], y_hat, np.nan), failed
