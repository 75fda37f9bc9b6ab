"""What a network is shown when it forecasts: the last rows of its series, and what is known ahead.

As of the cutoff; only the scales are as of the refit. A fold that cannot be shown says why.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from pipeline.clean.observations import Series
from pipeline.rnn.as_of import Signals, same_rows
from pipeline.rnn.correction import features_of, futr_features
from pipeline.rnn.network import Network
from pipeline.rnn.settings import Correctable, NetworkSettings
from pipeline.rnn.standing import looks_ahead
from pipeline.rnn.together import paths_of_each, signals_of_each
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
    wholes = [
        rows if ahead is None else _with_rows_ahead(rows, ahead[k], settings)
        for k, rows in enumerate(series)
    ]
    keys = [(same_rows(w), n.reference) for w, n in zip(wholes, networks, strict=True)]
    first = {key: k for k, key in reversed(list(enumerate(keys)))}
    known = _as_of_last_rows(
        [wholes[k] for k in first.values()],
        [len(series[k].y) - 1 for k in first.values()],
        [networks[k].reference for k in first.values()],
        settings,
        horizon=horizon,
        season_length=season_length,
    )
    of_key = dict(zip(first, known, strict=True))
    return [of_key[key] for key in keys]


def _with_rows_ahead(
    series: Series, ahead: Float[np.ndarray, "horizon K"], settings: NetworkSettings
) -> Series:
    """The rows of the horizon behind the others: nothing in them but what is known ahead."""
    after = np.full((len(ahead), len(series.columns)), np.nan)
    after[:, futr_features(series.columns, settings)] = ahead
    return replace(series, values=np.concatenate([series.values, after]))


def _as_of_last_rows(
    wholes: Sequence[Series],
    last: Sequence[int],
    references: Sequence[Correctable],
    settings: NetworkSettings,
    *,
    horizon: int,
    season_length: int,
) -> list[AsOf]:
    """What each series gives at a row; rows after it hold what is known ahead and no more."""
    assert min(last, default=0) >= 0, "a ready fold has an observed row at or before its cutoff"
    transform, rows = settings.transform, [np.array([row]) for row in last]
    assert transform is not None
    sizes = {"season_length": season_length, "transform": transform}
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        standing = looks_ahead(settings, horizon)
        signals = signals_of_each(wholes, references, standing=standing, **sizes)
        paths = paths_of_each(wholes, references, rows, horizon=horizon, **sizes)
    return [
        AsOf(
            path[0],
            of_rows,
            why_outside(transform, whole.until(row)) or _what_is_missing(whole, row, settings),
        )
        for whole, row, of_rows, path in zip(wholes, last, signals, paths, strict=True)
    ]


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
