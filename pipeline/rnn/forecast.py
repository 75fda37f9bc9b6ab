"""From trained networks and newer rows to forecasts: reference + spread x output.

The reference and the inputs are as of the cutoff, the spreads as of the refit; the sum is made in
float64, in the unit of the target.
"""

from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from pipeline.clean.observations import Series
from pipeline.rnn.as_of import Signals, paths_of, same_rows, signals_of
from pipeline.rnn.correction import features_of
from pipeline.rnn.device import full_precision, pick_device
from pipeline.rnn.group import FEWEST
from pipeline.rnn.layout import Layout
from pipeline.rnn.network import Network
from pipeline.rnn.settings import Correctable, NetworkSettings
from pipeline.rnn.stack import layout_of, run_stack


class Forecast(NamedTuple):
    """One forecast.

    Attributes:
        y_hat: in the unit of the target; where it failed that of the reference, NaN where the
            network corrects none.
        reason: why it failed; empty where it did not.
    """

    y_hat: Float[np.ndarray, " horizon"]
    reason: str


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


class _AsOf(NamedTuple):
    """What a series gives at its last row: the reference's forecast and the latest signals."""

    path: Float[np.ndarray, " horizon"]
    signals: Signals


def forecast_networks(
    networks: Sequence[Network],
    series: Sequence[Series],
    settings: NetworkSettings,
    *,
    horizon: int,
    season_length: int,
) -> list[Forecast]:
    """Forecast with each network from the last row of its series, all in one program.

    On one CPU machine a forecast's bits do not depend on the others of the call.

    Args:
        networks: trained with these settings; one may come several times.
        series: for each network the rows <= the cutoff, the last row being the cutoff; the columns
            that the network sees, the target first.
        settings: resolved: nothing left open.
        horizon: steps to forecast, as trained.
        season_length: steps in a season.

    Raises:
        InputError: `device: cuda` where there is none.
    """
    device = pick_device(settings)
    assert len(networks) == len(series), (len(networks), len(series))
    as_of_each = _as_of_each(networks, series, horizon=horizon, season_length=season_length)
    pairs = list(zip(networks, as_of_each, strict=True))
    contexts, reasons = [], []
    for network, as_of in pairs:
        context, reason = _context_of(network, as_of.signals, settings)
        contexts.append(context)
        reasons.append(reason)
    outputs = np.full((len(pairs), horizon), np.nan)
    fine = [k for k, reason in enumerate(reasons) if not reason]
    if fine:
        layout = layout_of(settings, n_columns=len(series[fine[0]].columns), horizon=horizon)
        rows = np.stack([networks[k].weights for k in fine])
        outputs[fine] = _run_once(rows, np.stack([contexts[k] for k in fine]), layout, device)
    return [
        _corrected(network, as_of.path, output, reason)
        for (network, as_of), output, reason in zip(pairs, outputs, reasons, strict=True)
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


def _as_of_each(
    networks: Sequence[Network], series: Sequence[Series], *, horizon: int, season_length: int
) -> list[_AsOf]:
    """What the series of each network gives; networks with the same rows, the seeds, share it."""
    known: dict[Hashable, _AsOf] = {}
    keys = [(same_rows(s), n.reference) for n, s in zip(networks, series, strict=True)]
    for (network, rows), key in zip(zip(networks, series, strict=True), keys, strict=True):
        if key not in known:
            known[key] = _as_of_the_end(
                rows, network.reference, horizon=horizon, season_length=season_length
            )
    return [known[key] for key in keys]


def _as_of_the_end(
    series: Series, reference: Correctable, *, horizon: int, season_length: int
) -> _AsOf:
    assert len(series.y), "a ready fold has an observed row at or before its cutoff"
    last = np.array([len(series.y) - 1])
    with np.errstate(over="ignore", invalid="ignore"):
        signals = signals_of(series, reference=reference, season_length=season_length)
        path = paths_of(reference, series, last, horizon=horizon, season_length=season_length)[0]
    return _AsOf(path, signals)


def _context_of(
    network: Network, signals: Signals, settings: NetworkSettings
) -> tuple[Float[np.ndarray, "T I"], str]:
    """The last lags as the network sees them, and why it cannot be asked."""
    lags = settings.input_size
    assert lags is not None
    with np.errstate(over="ignore", invalid="ignore"):
        features, whole = features_of(
            signals, network.scale.input_spreads, mask_channel=bool(settings.mask_channel)
        )
    context = features[-lags:]
    if network.status != "ok":
        return context, network.reason
    if len(context) < lags:
        return context, f"{len(context)} rows up to the cutoff, the network sees {lags}"
    if not whole[-lags:].all():
        gaps = int((~whole[-lags:]).sum())
        return context, (
            f"{gaps} of the last {lags} rows hold a filled input and the network has no mask "
            f"channel; declare mask_channel: true"
        )
    return context, ""


def _run_once(
    rows: Float[np.ndarray, "F P"],
    inputs: Float[np.ndarray, "F T I"],
    layout: Layout,
    device: torch.device,
) -> Float[np.ndarray, "F horizon"]:
    """What the networks put out for their one window, float64; a single one is given company."""
    weights = _with_company(torch.from_numpy(rows).to(device))
    seen = _with_company(torch.from_numpy(inputs).to(weights))
    with torch.inference_mode(), full_precision(device):
        outputs = run_stack(weights, seen.unsqueeze(1), layout)
    return outputs[: len(rows), 0].to(torch.float64).cpu().numpy()


def _with_company(stacked: Tensor) -> Tensor:
    missing = max(0, FEWEST - len(stacked))
    return torch.cat([stacked, torch.zeros_like(stacked[:missing])])


def _corrected(
    network: Network,
    path: Float[np.ndarray, " horizon"],
    output: Float[np.ndarray, " horizon"],
    reason: str,
) -> Forecast:
    """Reference + spread x output; the reference alone, and why, where that is no number."""
    with np.errstate(over="ignore", invalid="ignore"):
        y_hat = path + network.spread * output
    if not reason and not np.isfinite(y_hat).all():
        reason = (
            "the reference has no forecast here"
            if np.isnan(path).any()
            else "the forecast is not a finite number"
        )
    if reason:
        y_hat = path if network.reference != "none" else np.full_like(path, np.nan)
    return Forecast(y_hat, reason)
