"""Networks that train together: their weights, their windows, their draws, and who is still at it.

They stand in the order of their number of steps, the longest first: at each step those that still
train are the first ones, and those that have finished are no longer touched.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import torch
from jaxtyping import Float, Int
from torch import Tensor

from pipeline.clean.observations import Series
from pipeline.rnn.batches import Windows
from pipeline.rnn.correction import Correction
from pipeline.rnn.layout import Layout
from pipeline.rnn.random_numbers import PURPOSE_WINDOWS, hash_name, name_streams
from pipeline.rnn.settings import NetworkSettings
from pipeline.rnn.start import start_rows

FEWEST = 2
"""Networks in a product: a single one takes another kernel, with other last bits."""


@dataclass(frozen=True)
class Fit:
    """One network to train.

    Attributes:
        series: rows <= the refit cutoff, the columns that the network sees, the target first.
        seed: index of the seed, from 0.
    """

    series: Series
    seed: int


@dataclass(frozen=True)
class Group:
    """F networks in training, the one with the most steps first.

    Attributes:
        layout: the shape of all of them.
        rows: their weights, changed in place.
        windows: of all folds.
        which: the fold of each network.
        n_windows: of each network's fold.
        streams: of each network's draws.
        n_steps: optimizer steps of each; 0 for one that only keeps another company.
    """

    layout: Layout
    rows: Float[Tensor, "F P"]
    windows: Windows
    which: Int[Tensor, " F"]
    n_windows: Int[Tensor, " F"]
    streams: Int[Tensor, " F"]
    n_steps: list[int]

    def count_active(self, step: int) -> int:
        """How many networks, from the first one on, make this step."""
        return bisect_left(self.n_steps, -step, key=lambda n: -n)

    def equal_lengths(self) -> list[tuple[slice, int]]:
        """Runs of networks with the same number of steps, and that number."""
        runs, start = [], 0
        for n_steps, members in groupby(self.n_steps):
            end = start + len(list(members))
            runs.append((slice(start, end), n_steps))
            start = end
        return runs


def make_group(
    fits: Sequence[Fit],
    settings: NetworkSettings,
    *,
    layout: Layout,
    folds: Sequence[Correction],
    n_steps: Sequence[int],
    device: torch.device,
) -> Group:
    """The networks of these fits, at their start; a single one is given company.

    Args:
        fits: the one with the most steps first.
        settings: resolved.
        layout: the shape of the networks.
        folds: the fold of each fit; fits may share one.
        n_steps: of each fit.
        device: where they train.
    """
    dtype = torch.float64 if settings.dtype == "float64" else torch.float32
    distinct = list({id(fold): fold for fold in folds}.values())
    numbers = {id(fold): number for number, fold in enumerate(distinct)}
    names, seeds = [hash_name(f.series.unique_id) for f in fits], [f.seed for f in fits]
    rows = start_rows(
        layout,
        names=names,
        seeds=seeds,
        corrects_something=[fold.scale.reference != "none" for fold in folds],
        dtype=dtype,
        device=device,
    )
    missing = max(0, FEWEST - len(fits))
    pick = [*range(len(fits)), *[0] * missing]
    return Group(
        layout=layout,
        rows=torch.cat([rows, torch.zeros_like(rows[:missing])]),
        windows=Windows.of(distinct, dtype, device),
        which=torch.tensor([numbers[id(folds[k])] for k in pick], device=device),
        n_windows=torch.tensor([len(folds[k].ends) for k in pick], device=device),
        streams=name_streams(names, seeds, PURPOSE_WINDOWS, device)[pick],
        n_steps=[*n_steps, *[0] * missing],
    )
