"""How long the window should be: errors by `input_size`, on folds before the first test cutoff.

A training for each length, of all folds and seeds at once; the held-out cutoffs are the same for
all lengths. A longer window leaves fewer of them to train on, as it does in a run.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from bench.networks.drawing import Line, card, panel, zero
from bench.networks.held_out import Case, Score, difference
from bench.networks.outputs import LOOKS
from bench.networks.trained import trained
from pipeline.plots.theme import INK, STRONG, Chart, Look

LENGTHS = tuple(range(3, 37))
GATED_LENGTHS = tuple(range(3, 37, 3))
"""Lags of networks with gates, which cost three times as much to train."""

LONG = "rnn, ten times the steps"
SEED = Look(STRONG[0], (1, 2), 0.9)


def sweep(
    case: Case, *, cell: str, lengths: Sequence[int], seeds: int, times: int = 1
) -> dict[int, Score]:
    """The errors of networks of each length, on one series, trained so many times as long."""
    steps = times * (case.settings.steps or 0)
    found = {}
    for lags in lengths:
        settings = case.with_settings(cell=cell, input_size=lags, steps=steps)
        found[lags] = trained(case, settings, seeds=seeds).score(lags)
    return found


def numbers_of(found: dict[int, Score], declared: int) -> dict[str, Any]:
    """Error by length, the best, and how far the ends and the best are from the declared one."""
    nearest = min(found, key=lambda n: (abs(n - declared), n))
    best = min(found, key=lambda n: found[n].mean)
    by_length = {str(n): score.mean for n, score in found.items()}
    spread = [score.seeds.max() - score.seeds.min() for score in found.values()]
    return {
        "ratio": by_length,
        "seeds_apart": float(np.mean(spread)),
        "best": best,
        "declared": nearest,
        "against_declared": {
            which: _percent(found[n], found[nearest])
            for which, n in (("shortest", min(found)), ("best", best), ("longest", max(found)))
        },
    }


def _percent(one: Score, other: Score) -> dict[str, float]:
    apart = difference(one.mean_by_fold, other.mean_by_fold)
    percent = 100 / other.mean
    return {"percent": apart.mean * percent, "standard_error": apart.standard_error * percent}


def drawn(found: dict[str, dict[str, dict[int, Score]]], declared: dict[str, int]) -> Chart:
    """Errors by length: the seeds' mean of each cell, single seeds of the rnn, the declared length.

    Args:
        found: by series, cell and length.
        declared: lags of the declared network, by series.
    """
    looks = dict(LOOKS) | {
        "rnn, single seeds": SEED,
        "the reference": Look(INK, (3, 3), 0.8),
    }
    panels = []
    for name, by_cell in found.items():
        lines = [zero(list(by_cell["rnn"]), 1.0)]
        seeds = np.stack([score.seeds for score in by_cell["rnn"].values()], axis=1)
        lines += [Line(list(by_cell["rnn"]), one, SEED) for one in seeds]
        for cell in LOOKS:
            scores = by_cell[cell]
            lines.append(Line(list(scores), [s.mean for s in scores.values()], LOOKS[cell]))
        at = by_cell["rnn"].get(declared[name])
        if at is not None:
            lines.append(Line([declared[name]], [at.mean], Look(INK, (), 1.0), points=True))
        across = "input_size; a dot: as declared" if name == list(found)[-1] else ""
        panels.append(panel(lines, name, across=across, height=120))
    said = "held-out squared error over that of the reference, on cutoffs before the first test one"
    return card(panels, looks, title="How long the window should be", subtitle=said)
