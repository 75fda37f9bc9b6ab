"""What a network is shown when it forecasts: the last rows of its series, and what is known ahead.

As of the cutoff; only the scales are as of the refit. A fold that cannot be shown says why.
"""

from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from pipeline.clean.observations import Series
from pipeline.rnn.as_of import Signals, paths_of, same_rows, signals_of
from pipeline.rnn.correction import features_of, futr_features
from pipeline.rnn.network import Network
from pipeline.rnn.settings import Correctable, NetworkSettings
from pipeline.rnn.transform import why_outside


class AsOf(NamedTuple):
    """What a series gives at its last row.

    Attributes:
        path: the reference's forecast.
        signals: of its rows, and of those of the horizon where something is known ahead.
        reason: why it cannot be forecast; empty where it can.
    """

    path: Float[np.ndarray, " horizon"]
    signals: Signals
    reason: str


class Seen(NamedTuple):
    """What a network sees of a series: its last lags and what is known ahead.

    Attributes:
        context: the features of the last lags, on the network's scales.
        ahead: of the columns known ahead at the steps of the horizon.
        reason: why it cannot be asked; empty where it can.
    """

    context: Float[np.ndarray, "T I"]
    ahead: Float[np.ndarray, "horizon K"]
    reason: str


def as_of_each(
    networks: Sequence[Network],
    series: Sequence[Series],
    ahead: Sequence[Float[np.ndarray, "horizon K"]] | None,
    settings: NetworkSettings,
    *,
    horizon: int,
    season_length: int,
) -> list[AsOf]:
    """What the series of each network gives; networks with the same rows, the seeds, share it.

    Args:
        networks: trained ones.
        series: for each the rows <= the cutoff.
        ahead: for each what is known of the steps of the horizon; None where nothing can be.
        settings: resolved.
        horizon: steps to forecast.
        season_length: steps in a season.
    """
    known: dict[Hashable, AsOf] = {}
    found = []
    for k, (network, rows) in enumerate(zip(networks, series, strict=True)):
        whole = rows if ahead is None else _with_rows_ahead(rows, ahead[k], settings)
        key = (same_rows(whole), network.reference)
        if key not in known:
            known[key] = _as_of_row(
                whole,
                len(rows.y) - 1,
                network.reference,
                settings,
                horizon=horizon,
                season_length=season_length,
            )
        found.append(known[key])
    return found


def _with_rows_ahead(
    series: Series, ahead: Float[np.ndarray, "horizon K"], settings: NetworkSettings
) -> Series:
    """The rows of the horizon behind the others: nothing in them but what is known ahead."""
    after = np.full((len(ahead), len(series.columns)), np.nan)
    after[:, futr_features(series.columns, settings)] = ahead
    return replace(series, values=np.concatenate([series.values, after]))


def _as_of_row(
    whole: Series,
    row: int,
    reference: Correctable,
    settings: NetworkSettings,
    *,
    horizon: int,
    season_length: int,
) -> AsOf:
    """What a series gives at a row; rows after it hold what is known ahead and no more."""
    assert row >= 0, "a ready fold has an observed row at or before its cutoff"
    assert settings.transform is not None
    series, sizes = whole.until(row), {"season_length": season_length}
    transform = settings.transform
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        signals = signals_of(whole, reference=reference, transform=transform, **sizes)
        paths = paths_of(
            reference, series, np.array([row]), horizon=horizon, transform=transform, **sizes
        )
    reason = why_outside(transform, series) or _what_is_missing(whole, row, settings)
    return AsOf(paths[0], signals, reason)


def _what_is_missing(whole: Series, row: int, settings: NetworkSettings) -> str:
    """The first cell of the columns known ahead that is empty after a row; empty: there is none."""
    futr = futr_features(whole.columns, settings)
    places = np.argwhere(np.isnan(whole.values[row + 1 :, futr]))
    if not len(places):
        return ""
    step, column = places[0]
    date = whole.ds[row + 1 + step].astype("M8[D]")
    return (
        f"{whole.columns[futr][column]}, which is known ahead, is missing on {date}; "
        "fill the cell, or declare the column as hist_exog"
    )


def seen_by(
    network: Network,
    as_of: AsOf,
    columns: tuple[str, ...],
    settings: NetworkSettings,
    horizon: int,
) -> Seen:
    """What a network sees of its series, on its own scales.

    Args:
        network: a trained one.
        as_of: what its series gives.
        columns: of the series.
        settings: resolved.
        horizon: steps to forecast.
    """
    lags, futr = settings.input_size, futr_features(columns, settings)
    assert lags is not None
    scale = network.scale
    with np.errstate(over="ignore", invalid="ignore"):
        features, whole = features_of(as_of.signals, scale.input_spreads, scale.centres, settings)
    end = len(features) - (horizon if settings.futr_exog else 0)
    context, ahead = features[max(end - lags, 0) : end], features[end:, futr]
    gaps = int((~whole[max(end - lags, 0) : end]).sum())
    reason = network.reason if network.status != "ok" else as_of.reason
    if not reason and end < lags:
        reason = f"{end} rows up to the cutoff, the network sees {lags}"
    if not reason and gaps:
        reason = (
            f"{gaps} of the last {lags} rows hold a filled input and the network has no mask "
            f"channel; declare mask_channel: true"
        )
    return Seen(context, ahead, reason)
