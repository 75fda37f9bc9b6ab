"""The shipped data: is the served forecast ever much worse than the reference, is it covered?

Every data set as it is declared, with all nine baselines and its network, at its own cutoffs; the
chain makes the forecasts. Errors are absolute and over the scale of MASE. Beside the blend: what
picking the model with the largest weight would have been, and the plain mean of all.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bench.accuracy.cases import BASELINES, ROOT, Case
from bench.accuracy.forecasts import Forecasts, forecast
from bench.accuracy.measures import points_of
from pipeline.chain.project import Project
from pipeline.rnn.presets import horizon_groups
from pipeline.served.blend import Rules, blend
from pipeline.served.earlier import pieces
from pipeline.served.past import Past
from pipeline.served.probability import FEWEST, count, probabilities, regress
from pipeline.served.serve import Served, serve
from pipeline.served.settings import SERVED, WITHOUT_NETWORKS

RAIN = {"seattle": (0.0, 5.0), "mumbai": (1.0, 300.0)}
"""Thresholds of events, in mm."""

DRAWS, SEED = 2000, 0
"""Of the bootstrap."""


@dataclass(frozen=True)
class Shipped:
    """A data set's past, what is served of it, and the scaled absolute errors by name.

    Attributes:
        name: of the data set.
        past: its forecasts and actuals.
        served: what is made of them.
        errors: by name of a model or way to serve, `[series, cutoffs, steps]`; NaN where unknown.
        scale: what errors are over, `[series, cutoffs, 1]`.
        overlap: cutoffs in a row whose horizons overlap.
    """

    name: str
    past: Past
    served: Served
    errors: dict[str, np.ndarray]
    scale: np.ndarray
    overlap: int


def of_data_set(name: str, files: Sequence[Path] = ()) -> Shipped:
    """Forecast by the chain and served."""
    data_set = Project(ROOT).data_set(name)
    if files:
        patterns = [str(path.absolute()) for path in files]
        data_set = data_set.model_copy(update={"files": patterns}).named(name)
        data_set.__pydantic_fields_set__.add("files")
    case = Case(ROOT, data_set)
    found = forecast(case, baselines=BASELINES, networks={"rnn": case.network()})
    models = [*BASELINES, "rnn"]
    past, scale = gather(found, models, season=data_set.season)
    reference = [data_set.reference_of(one) for one in sorted(found.observations.series)]
    rules = Rules(models, reference, networks=("rnn",))
    served = serve(past, rules, first=0, dates=[str(step) for step in past.steps])
    errors = {
        model: np.abs(served.past.errors[:, :, k]) / scale
        for k, model in enumerate(served.past.models)
    }
    own = np.array([models.index(one) for one in reference])
    errors["reference"] = np.abs(past.errors[np.arange(len(own)), :, own]) / scale
    errors["picked"] = np.abs(past.actual - picked(past, served)) / scale
    errors["mean"] = np.abs(past.actual - past.y_hat.mean(axis=2)) / scale
    stride = int(np.diff(past.steps).min())
    return Shipped(name, past, served, errors, scale, -(-past.horizon // stride))


def blended_again(one: Shipped) -> Shipped:
    """The same with what would be served by the settings of the blend that hold now."""
    y_hat = blend(one.past, one.served.rules).y_hat
    served = np.abs(one.past.actual - y_hat) / one.scale
    return replace(one, errors=one.errors | {SERVED: served})


def gather(found: Forecasts, models: list[str], *, season: int) -> tuple[Past, np.ndarray]:
    """The chain's rows as dense arrays; and the scale of each series and cutoff."""
    observations, rows = found.observations, found.rows
    ids, cutoffs = sorted(observations.series), np.sort(rows["cutoff"].unique())
    axes = [
        pd.Categorical(rows["unique_id"], ids).codes,
        pd.Categorical(rows["cutoff"], cutoffs).codes,
        pd.Categorical(rows["model"], models).codes,
        rows["step"].to_numpy() - 1,
    ]
    shape = (len(ids), len(cutoffs), len(models), int(rows["step"].max()))
    y_hat, failed = np.full(shape, np.nan), np.zeros(shape[:3], dtype=bool)
    y_hat[tuple(axes)] = rows["y_hat"]
    failed[tuple(axes[:3])] = rows["status"] == "failed"
    actual, scale = np.full((*shape[:2], shape[3]), np.nan), np.full((*shape[:2], 1), np.nan)
    points = points_of(rows[rows["model"] == models[0]], observations, season_length=season)
    place = (
        pd.Categorical(points["unique_id"], ids).codes,
        pd.Categorical(points["cutoff"], cutoffs).codes,
    )
    actual[(*place, points["step"].to_numpy() - 1)] = points["y"]
    scale[place] = points["scale"].to_numpy()[:, None]
    lowest, highest, steps = np.empty(shape[:2]), np.empty(shape[:2]), np.empty(0)
    for s, name in enumerate(ids):
        one = observations.series[name]
        at = np.searchsorted(one.ds, cutoffs)
        steps = one.first_step + at
        lowest[s], highest[s] = (f.accumulate(one.y)[at] for f in (np.fmin, np.fmax))
    return Past(models, steps, y_hat, failed, actual, lowest, highest), scale


def picked(past: Past, served: Served) -> np.ndarray:
    """The forecast of the model with the largest weight."""
    groups = horizon_groups(past.horizon).values()
    sizes = [steps.stop - steps.start for steps in groups]
    best = np.repeat(served.made.weights.argmax(axis=2), sizes, axis=-1)
    return np.take_along_axis(past.y_hat, best[:, :, None], axis=2)[:, :, 0]


def ratio(of: Sequence[Shipped], ours: str, theirs: str = "reference") -> dict[str, float]:
    """Error over that of another, pooled over all points of these data sets, and its bounds.

    The bounds hold 95 % of it from below and from above each, by a circular block bootstrap over
    the cutoffs of every data set: blocks as long as horizons overlap, at least 3 cutoffs.
    """
    random = np.random.default_rng(SEED)
    sums, n_points = [], 0
    for one in of:
        there = np.isfinite(one.errors[ours]) & np.isfinite(one.errors[theirs])
        n_points += int(there.sum())
        sums.append(
            np.stack([np.where(there, one.errors[k], 0).sum(axis=(0, 2)) for k in (ours, theirs)])
        )
    drawn = np.zeros((DRAWS, 2))
    for one, own in zip(of, sums, strict=True):
        drawn += own[:, _blocks(random, own.shape[1], max(one.overlap, 3))].sum(axis=2).T
    total = sum(own.sum(axis=1) for own in sums)
    lower, upper = np.quantile(drawn[:, 0] / drawn[:, 1], (0.05, 0.95))
    return {
        "ratio": float(total[0] / total[1]),
        "lower": float(lower),
        "upper": float(upper),
        "n_points": n_points,
    }


def _blocks(random: np.random.Generator, n: int, length: int) -> np.ndarray:
    """Places of cutoffs, `[draws, n]`, in blocks that go round at the end."""
    starts = random.integers(0, n, size=(DRAWS, -(-n // length)))
    return ((starts[..., None] + np.arange(length)) % n).reshape(DRAWS, -1)[:, :n]


def coverage(one: Shipped) -> dict[str, dict[str, Any]]:
    """By model the share of actuals in its intervals, and how many points have none."""
    y = one.past.actual[:, :, None, :, None]
    lo, hi = one.served.intervals.lo, one.served.intervals.hi
    known, inside = np.isfinite(lo) & np.isfinite(y), (lo <= y) & (y <= hi)
    found = {}
    for k, name in enumerate(one.served.past.models):
        if name != WITHOUT_NETWORKS:
            found[name] = {
                f"{level:g}": {
                    "covered": float(
                        (inside & known)[:, :, k, :, j].sum() / known[:, :, k, :, j].sum()
                    ),
                    "n_points": int(known[:, :, k, :, j].sum()),
                    "n_without": int((~known & np.isfinite(y))[:, :, k, :, j].sum()),
                }
                for j, level in enumerate(one.served.levels)
            }
    return found


def brier(one: Shipped, above: float) -> dict[str, float]:
    """Brier's score of the served forecast's event, by the mean of two answers, and of a base rate.

    The base rate is that of the same earlier cutoffs.
    """
    past, sizes = one.served.past, {"n_calibration": one.served.rules.n_calibration, "first": 0}
    own = past.models.index(SERVED)
    answers: dict[str, list[np.ndarray]] = {"count": [], "regress": [], "base rate": []}
    for piece in pieces(past, **sizes):
        errors, y_hat = piece.earlier(piece.own_errors), piece.y_hat
        actual = np.broadcast_to(piece.past.actual[:, :, None], piece.past.y_hat.shape)
        seen, events = ~np.isnan(errors), piece.earlier(actual) > above
        n, k = seen.sum(axis=-1), (events & seen).sum(axis=-1)
        base = np.where(n >= FEWEST, (k + 0.5) / (n + 1), np.nan)
        answers["count"].append(count(y_hat, errors, above=above)[:, :, own])
        regressed = regress(y_hat, piece.earlier(piece.past.y_hat), events & seen, seen)
        answers["regress"].append(regressed[:, :, own])
        answers["base rate"].append(base[:, :, own])
    found = {k: np.concatenate(v, axis=1) for k, v in answers.items()}
    found["mean"] = probabilities(past, above, **sizes)[:, :, own]
    y = one.past.actual
    there = np.isfinite(y) & np.isfinite(found["mean"]) & np.isfinite(found["base rate"])
    return {k: float(np.mean((v - (y > above))[there] ** 2)) for k, v in found.items()}
