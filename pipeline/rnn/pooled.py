"""Many series as one fold: their rows one behind the other, and the windows of all of them.

A window ends where it did, moved by the rows before its series; it looks back and ahead no further
than its own series goes. So windows of all series are drawn, gathered and learnt from as those of
one are. Series lie in the order of their names, whatever order they come in. Each keeps its own
reference and scales. What is held back to measure the network is held back from all series at the
same date: what happened to one series then must not tell what happened to the others.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from pipeline.rnn.as_of import same_rows
from pipeline.rnn.correction import Correction, Scale, scale_fold
from pipeline.rnn.early_stop import Split
from pipeline.rnn.group import GlobalFit
from pipeline.rnn.presets import FEWEST_WINDOWS
from pipeline.rnn.settings import NetworkSettings
from pipeline.rnn.spreads import never_errs
from pipeline.rnn.transform import to_scale
from pipeline.rnn.two_fits import TwoFits, hold_back_to_measure, why_too_few
from pipeline.rnn.unscaled import Unscaled, see_folds


@dataclass(frozen=True)
class Part:
    """What one series gives to a pool.

    Attributes:
        scale: its reference and spreads.
        n_windows: how many of the pool's windows are its own.
        reason: why it gives none; empty where it does.
        held: places of its windows among those held back to measure the first fit.
    """

    scale: Scale
    n_windows: int
    reason: str
    held: slice


@dataclass(frozen=True)
class Pool:
    """The folds of many series at one refit cutoff.

    Attributes:
        folds: all of them as one fold; its scale only says that something is corrected.
        parts: by the series' names, in their order.
    """

    folds: TwoFits
    parts: dict[str, Part]


def prepare_pools(
    fits: Sequence[GlobalFit], settings: NetworkSettings, *, horizon: int, season_length: int
) -> list[Pool]:
    """What each fit trains on; fits with the same rows, the seeds of a refit cutoff, share it.

    Args:
        fits: of each the series with their rows <= the refit cutoff; in any order, at least one.
        settings: resolved; something is corrected on every series.
        horizon: steps to forecast.
        season_length: steps in a season.
    """
    keys = [tuple(same_rows(series) for series in fit.series) for fit in fits]
    distinct = {
        key: series
        for of_fit, fit in zip(keys, fits, strict=True)
        for key, series in zip(of_fit, fit.series, strict=True)
    }
    sizes = {"horizon": horizon, "season_length": season_length}
    folds = dict(zip(distinct, see_folds(list(distinct.values()), settings, **sizes), strict=True))
    pools = {
        of_fit: prepare_pool([folds[key] for key in of_fit], settings, horizon=horizon)
        for of_fit in dict.fromkeys(keys)
    }
    return [pools[of_fit] for of_fit in keys]


def prepare_pool(folds: Sequence[Unscaled], settings: NetworkSettings, *, horizon: int) -> Pool:
    """What the fits of a network of many series train on, at one refit cutoff.

    Args:
        folds: of each series its rows and windows, in any order; at least one.
        settings: resolved; something is corrected on every series.
        horizon: steps to forecast.
    """
    seen = sorted(folds, key=lambda fold: fold.series.unique_id)
    whole = [scale_part(fold, settings) for fold in seen]
    kept = [k for k, one in enumerate(whole) if not one.reason]
    held = {k: slice(0, 0) for k in range(len(seen))}
    if kept:
        pooled = pool([(whole[k], slice(None)) for k in kept])
        both = TwoFits(pooled, Split(len(pooled.ends), 0), None, Split(0, 0), "")
        if settings.shrinkage:
            both, found = _with_a_first(both, {k: seen[k] for k in kept}, settings, horizon)
            held |= found
    else:
        why = f"no series can be trained on; {seen[0].series.unique_id}: {whole[0].reason}"
        both = TwoFits(replace(whole[0], reason=why), Split(0, 0), None, Split(0, 0), "")
    parts = {
        fold.series.unique_id: Part(
            own.scale, 0 if own.reason else len(own.ends), own.reason, held[k]
        )
        for k, (fold, own) in enumerate(zip(seen, whole, strict=True))
    }
    return Pool(both, parts)


def scale_part(fold: Unscaled, settings: NetworkSettings) -> Correction:
    """The windows of one series on scales of all its rows; failed where they are too few.

    So is a series' scale that was not there when its network was trained.
    """
    whole = scale_fold(fold, settings, until=len(fold.series.y) - 1, n_train=len(fold.ends))
    if whole.reason:
        return whole
    if len(fold.ends) < FEWEST_WINDOWS:
        why = f"{len(fold.ends)} windows, a network of many series needs {FEWEST_WINDOWS} of each"
        return replace(whole, reason=why)
    assert settings.transform is not None
    if never_errs(fold.errors[fold.observed], to_scale(settings.transform, fold.series.y)):
        why = f"its {whole.scale.reference} never errs: nothing says how large a correction may be"
        return replace(whole, reason=why)
    return whole


def pool(some: Sequence[tuple[Correction, slice]]) -> Correction:
    """Some windows of some folds as one fold, in the order given.

    Args:
        some: folds and which of their windows; one fold may come several times.
    """
    distinct = list({id(fold): fold for fold, _ in some}.values())
    lengths = [0, *(len(fold.inputs) for fold in distinct)]
    begin = dict(zip(map(id, distinct), np.cumsum(lengths).tolist(), strict=False))
    weights = [fold.weights[own] for fold, own in some if fold.weights is not None]
    return Correction(
        distinct[0].scale,
        np.concatenate([fold.inputs for fold in distinct]),
        np.concatenate([fold.ends[own] + begin[id(fold)] for fold, own in some]),
        np.concatenate([fold.targets[own] for fold, own in some]),
        np.concatenate([fold.observed[own] for fold, own in some]),
        "",
        distinct[0].futr,
        np.concatenate(weights) if weights else None,
    )


def _with_a_first(
    folds: TwoFits, seen: dict[int, Unscaled], settings: NetworkSettings, horizon: int
) -> tuple[TwoFits, dict[int, slice]]:
    """The same with a first fit, and where the windows held back of each series lie.

    Without it, and with the reason, where there can be none.
    """
    longest = max(seen.values(), key=lambda fold: len(fold.ends))
    split = hold_back_to_measure(longest.ends, freq=longest.series.freq, horizon=horizon)
    if split.reason:
        return replace(folds, held=split, untested=split.reason), {}
    since = longest.series.first_step + int(longest.ends[-split.n_held])
    firsts = {k: _before(fold, settings, since=since, horizon=horizon) for k, fold in seen.items()}
    known = {k: found for k, found in firsts.items() if found}
    if not known:
        why = f"no series has {FEWEST_WINDOWS} windows before those held back"
        return replace(folds, untested=why), {}
    if why := why_too_few(sum(train.stop for _, train, _ in known.values())):
        return replace(folds, untested=why), {}
    places, n_held = {}, 0
    for k, (_, _, held) in known.items():
        n = held.stop - held.start
        places[k], n_held = slice(n_held, n_held + n), n_held + n
    first = pool(
        [
            *((fold, train) for fold, train, _ in known.values()),
            *((fold, held) for fold, _, held in known.values()),
        ]
    )
    return replace(folds, first=first, held=Split(len(first.ends) - n_held, n_held)), places


def _before(
    fold: Unscaled, settings: NetworkSettings, *, since: int, horizon: int
) -> tuple[Correction, slice, slice] | None:
    """A series on the scales of its rows up to a step: windows before it, windows from it on.

    None where there are too few before it.

    Args:
        fold: all rows and windows.
        settings: resolved.
        since: the step at which the first window held back ends.
        horizon: a window with targets behind that step is not before it.
    """
    steps = fold.series.first_step + fold.ends
    n_train = int(np.searchsorted(steps, since - horizon, side="right"))
    first_held = int(np.searchsorted(steps, since))
    if n_train < FEWEST_WINDOWS:
        return None
    until = fold.series.row_of(since)
    known = scale_fold(fold, settings, until=until, n_train=n_train)
    if known.reason:
        return None
    return known, slice(0, n_train), slice(first_held, len(steps))
