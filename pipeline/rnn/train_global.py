"""From many series cut at their refit cutoff to networks of all of them, in one program.

As `train.py`, whose loop it uses: a fold is the pool of all series.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from pipeline.rnn.checkpoint import Checkpoint
from pipeline.rnn.global_network import GlobalNetwork, Member
from pipeline.rnn.group import GlobalFit
from pipeline.rnn.layout import Layout
from pipeline.rnn.pooled import Pool, prepare_pools
from pipeline.rnn.settings import NetworkSettings
from pipeline.rnn.shrinkage import Shrinkage, measure
from pipeline.rnn.stack import layout_of
from pipeline.rnn.steps import Say
from pipeline.rnn.train import Trained, count_columns, refuse_device, train_folds
from pipeline.rnn.two_fits import NO_NUMBERS, compare


def train_global_networks(
    fits: Sequence[GlobalFit],
    settings: NetworkSettings,
    *,
    horizon: int,
    season_length: int,
    say: Say | None = None,
    checkpoint: Checkpoint | None = None,
) -> list[GlobalNetwork]:
    """Train every network of many series, each exactly as if it were alone.

    A series without enough windows is left out of them and stands with its reason; where none is
    left the network fails. The order of the series changes nothing.

    Args:
        fits: one per refit cutoff and seed, all series with the same columns.
        settings: resolved: nothing left open, `scope: global`.
        horizon: steps to forecast at once.
        season_length: steps in a season.
        say: told how far it is.
        checkpoint: where an unfinished training is kept, and gone on with.

    Returns:
        A network per fit, in their order.

    Raises:
        InputError: `device: cuda` where there is none, `kernel: fused` where it cannot be; a single
            network does not fit into memory.
    """
    assert settings.scope == "global", settings.scope
    refuse_device(settings)
    if not fits:
        return []
    n_columns = count_columns(series for fit in fits for series in fit.series)
    layout = layout_of(settings, n_columns=n_columns, horizon=horizon)
    pools = prepare_pools(fits, settings, horizon=horizon, season_length=season_length)
    folds = [pool.folds for pool in pools]
    of_each = train_folds(fits, folds, settings, layout=layout, say=say, checkpoint=checkpoint)
    return [_network_of(pool, of_each, layout, settings) for pool in pools]


def _network_of(
    pool: Pool, trained: Iterator[Trained], layout: Layout, settings: NetworkSettings
) -> GlobalNetwork:
    """A network with its members; takes what came of its jobs, in their order."""
    folds, full = pool.folds, Shrinkage.full(layout.horizon)
    if folds.reason:
        weights = np.zeros(layout.row_size, dtype=settings.dtype or "float32")
        nothing = np.zeros(0, dtype=np.float32)
        members = _members(pool, dict.fromkeys(pool.parts, full))
        return GlobalNetwork(weights, "failed", folds.reason, nothing, 0, full, members)
    network = next(trained).network
    first = next(trained) if folds.first is not None else None
    together, each = _trusted_with(pool, first, layout.horizon, settings)
    return GlobalNetwork(
        network.weights,
        network.status,
        network.reason,
        network.losses,
        network.n_windows,
        together,
        _members(pool, each),
    )


def _members(pool: Pool, shrinkage: dict[str, Shrinkage]) -> dict[str, Member]:
    return {
        name: Member(part.scale, shrinkage[name], part.reason, part.n_windows)
        for name, part in pool.parts.items()
    }


def _trusted_with(
    pool: Pool, first: Trained | None, horizon: int, settings: NetworkSettings
) -> tuple[Shrinkage, dict[str, Shrinkage]]:
    """What all series together trust it with, and each of them.

    A series is measured on its own windows held back, drawn to what all together say; one without
    any is trusted as all are.
    """
    folds = pool.folds
    if folds.untested or first is None:
        why = folds.untested
        together = Shrinkage.nothing(horizon, why) if why else Shrinkage.full(horizon)
        return together, dict.fromkeys(pool.parts, together)
    assert folds.first is not None
    compared = ()
    if first.network.status == "ok":
        assert first.on_held is not None
        held = slice(folds.held.n_train, None)
        compared = compare(folds.first, held, first.on_held, settings)
    if not compared or not np.isfinite(compared[0]).all():
        reason = first.network.reason
        why = f"the first fit failed: {reason}" if reason else NO_NUMBERS
        together = Shrinkage.nothing(horizon, why)
        return together, dict.fromkeys(pool.parts, together)
    corrections, errors = compared
    observed = folds.first.observed[folds.held.n_train :]
    all_series = measure(corrections, errors, observed)
    return Shrinkage(all_series, ""), {
        name: Shrinkage(
            measure(
                corrections[part.held],
                errors[part.held],
                observed[part.held],
                towards=all_series,
            ),
            "",
        )
        for name, part in pool.parts.items()
    }
