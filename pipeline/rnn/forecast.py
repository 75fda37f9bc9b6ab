"""From trained networks and newer rows to forecasts: reference + spread x output.

The reference and the inputs are as of the cutoff, the spreads as of the refit; the sum is made in
float64, on the scale of the transform, and told in the unit of the target.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from pipeline.clean.observations import Series
from pipeline.rnn.device import products_rounded_as
from pipeline.rnn.layout import Layout
from pipeline.rnn.losses import without_crossing
from pipeline.rnn.network import Network
from pipeline.rnn.ratio import multiply
from pipeline.rnn.seen import Seen, as_of_each, seen_by
from pipeline.rnn.settings import NetworkSettings
from pipeline.rnn.shrinkage import shrink
from pipeline.rnn.stack import fewest_together, layout_of, run_stack
from pipeline.rnn.transform import move


class Forecast(NamedTuple):
    """One forecast.

    Attributes:
        y_hat: in the unit of the target, at least the declared floor; where it failed that of the
            reference, NaN where the network corrects none.
        reason: why it failed; empty where it did not.
        quantiles: of the declared `level` the bounds and the median, ascending, for a network
            trained on them; else y_hat alone.
    """

    y_hat: Float[np.ndarray, " horizon"]
    reason: str
    quantiles: Float[np.ndarray, "Q horizon"]


class Average(NamedTuple):
    """The mean over the seeds of a fold.

    Attributes:
        y_hat: the mean of those that did not fail; where all did, what the first one says.
        n_failed: how many failed.
        reason: why, where all did; else empty.
    """

    y_hat: Float[np.ndarray, " horizon"]
    n_failed: int
    reason: str


def forecast_networks(
    networks: Sequence[Network],
    series: Sequence[Series],
    settings: NetworkSettings,
    *,
    horizon: int,
    season_length: int,
    ahead: Sequence[Float[np.ndarray, "horizon K"]] | None = None,
) -> list[Forecast]:
    """Forecast with each network from the last row of its series, all in one program.

    On the CPU, wherever they were trained: one pass over one window is no work for a GPU, and here
    a forecast's bits do not depend on the others of the call.

    Args:
        networks: trained with these settings; one may come several times.
        series: for each network the rows <= the cutoff, the last row being the cutoff; the columns
            that the network sees, the target first.
        settings: resolved: nothing left open.
        horizon: steps to forecast, as trained.
        season_length: steps in a season.
        ahead: for each network, where it sees columns known ahead, their values at the steps of
            the horizon in their own units; one with a NaN among them cannot be forecast.
    """
    assert len(networks) == len(series), (len(networks), len(series))
    assert (ahead is not None) == bool(settings.futr_exog), (
        "what is known ahead belongs to futr_exog"
    )
    known = as_of_each(
        networks, series, ahead, settings, horizon=horizon, season_length=season_length
    )
    columns = series[0].columns if series else ()
    pairs = list(zip(networks, known, strict=True))
    seen = [seen_by(network, as_of, columns, settings, horizon) for network, as_of in pairs]
    layout = layout_of(settings, n_columns=len(columns), horizon=horizon)
    outputs = np.full((len(pairs), layout.quantiles, horizon), np.nan)
    fine = [k for k, one in enumerate(seen) if not one.reason]
    if fine:
        rows = np.stack([networks[k].weights for k in fine])
        with products_rounded_as(settings):
            outputs[fine] = _run_once(rows, [seen[k] for k in fine], layout)
    return [
        _corrected(network, as_of.path, output, one.reason, settings)
        for (network, as_of), output, one in zip(pairs, outputs, seen, strict=True)
    ]


def average_seeds(forecasts: Sequence[Forecast]) -> Average:
    """The mean of the seeds that did not fail.

    Args:
        forecasts: of the seeds of one fold, at least one.
    """
    fine = [f.y_hat for f in forecasts if not f.reason]
    n_failed = len(forecasts) - len(fine)
    if not fine:
        return Average(forecasts[0].y_hat, n_failed, forecasts[0].reason)
    return Average(np.mean(fine, axis=0), n_failed, "")


def _run_once(
    rows: Float[np.ndarray, "F P"],
    seen: Sequence[Seen],
    layout: Layout,
) -> Float[np.ndarray, "F Q horizon"]:
    """What the networks put out for their one window, float64; too few are given company."""
    weights = _with_company(torch.from_numpy(rows))

    def of_each(parts: Sequence[np.ndarray]) -> Tensor:
        return _with_company(torch.from_numpy(np.stack(parts)).to(weights)).unsqueeze(1)

    futr = of_each([one.ahead for one in seen]) if layout.futr else None
    with torch.inference_mode():
        outputs = run_stack(weights, of_each([one.context for one in seen]), layout, futr=futr)
    steps = outputs[: len(rows), 0].unflatten(-1, (layout.horizon, layout.quantiles))
    return without_crossing(steps).mT.to(torch.float64).numpy()


def _with_company(stacked: Tensor) -> Tensor:
    missing = max(0, fewest_together(stacked.device) - len(stacked))
    return torch.cat([stacked, stacked.new_zeros(missing, *stacked.shape[1:])])


def _corrected(
    network: Network,
    path: Float[np.ndarray, " horizon"],
    output: Float[np.ndarray, "Q horizon"],
    reason: str,
    settings: NetworkSettings,
) -> Forecast:
    """Reference + spread x output; the reference alone, and why, where that is no number.

    The output is shrunk before. Where a correction is a factor, the forecast lies between the
    reference and what the network makes of it, at w.
    """
    assert settings.transform is not None
    weights = network.shrinkage.weights
    with np.errstate(over="ignore", invalid="ignore"):
        distance = network.spread * shrink(output, weights)
        if network.reference == "none":
            distance = distance + network.scale.centres[0]
        start = np.broadcast_to(path, output.shape)
        if settings.loss == "tweedie":
            centre = network.scale.centres[0]
            found = multiply(
                start if network.reference != "none" else start + centre, output, weights
            )
        else:
            found = move(settings.transform, start, distance)
    if not reason and not np.isfinite(found).all():
        reason = (
            "the reference has no forecast here"
            if np.isnan(path).any()
            else "the forecast is not a finite number"
        )
    if reason:
        stand_in = path if network.reference != "none" else np.full_like(path, np.nan)
        found = np.broadcast_to(stand_in, output.shape)
    elif settings.floor is not None:
        found = np.maximum(found, settings.floor)
    return Forecast(found[len(found) // 2], reason, found)
