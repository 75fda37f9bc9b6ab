"""The networks that train together: what each of them is shown, and in which order they lie.

A group has at least `fewest_together` networks: of fewer the products have other last bits. Those
that need fewer steps lie behind those that need more, so that at every step the ones that still
train are the first.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import torch
from jaxtyping import Float, Int
from torch import Tensor

from pipeline.clean.observations import Series
from pipeline.rnn.batches import Windows
from pipeline.rnn.correction import Correction
from pipeline.rnn.early_stop import Split
from pipeline.rnn.layout import Layout
from pipeline.rnn.random_numbers import PURPOSE_WINDOWS, hash_name, name_streams
from pipeline.rnn.stack import fewest_together
from pipeline.rnn.start import start_rows


@dataclass(frozen=True)
class Fit:
    """One network to train.

    Attributes:
        series: rows <= the refit cutoff, the columns that the network sees, the target first.
        seed: index of the seed, from 0.
    """

    series: Series
    seed: int

    @property
    def name(self) -> str:
        """What its random numbers are named by."""
        return self.series.unique_id


@dataclass(frozen=True)
class GlobalFit:
    """One network of many series to train.

    Attributes:
        series: each as of a local fit, at the same refit cutoff and with the same columns.
        seed: index of the seed, from 0.
    """

    series: tuple[Series, ...]
    seed: int

    @property
    def name(self) -> str:
        """What its random numbers are named by: no series has an empty name."""
        return ""


@dataclass(frozen=True)
class Job:
    """One network that can be trained: its fit, its fold, its windows and its steps."""

    fit: Fit | GlobalFit
    fold: Correction
    split: Split
    n_steps: int


@dataclass(frozen=True)
class Group:
    """F networks in training, the one with the most steps to make first.

    Attributes:
        layout: the shape of all of them.
        windows: of all folds.
        which: the fold of each network.
        n_train: windows it is trained on, the first ones of its fold.
        n_held: windows held back, the last ones of its fold.
        first_held: number of the first of them.
        streams: of each network's draws.
        n_steps: optimizer steps of each; 0 for one that only keeps another company.
        places: the job of each network; those that only keep company come after the last job.
    """

    layout: Layout
    windows: Windows
    which: Int[Tensor, " F"]
    n_train: Int[Tensor, " F"]
    n_held: Int[Tensor, " F"]
    first_held: Int[Tensor, " F"]
    streams: Int[Tensor, " F"]
    n_steps: list[int]
    places: list[int]

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

    def take(self, order: Sequence[int], n_steps: Sequence[int]) -> "Group":
        """The same networks in another order.

        Args:
            order: which network comes first, second and so on.
            n_steps: of each in the new order, descending.
        """
        index = torch.tensor(order, device=self.which.device)
        fields = ("which", "n_train", "n_held", "first_held", "streams")
        return replace(
            self,
            **{field: getattr(self, field)[index] for field in fields},
            n_steps=list(n_steps),
            places=[self.places[k] for k in order],
        )


def make_group(
    jobs: Sequence[Job], layout: Layout, *, dtype: torch.dtype, device: torch.device
) -> tuple[Group, Float[Tensor, "F P"]]:
    """These networks and the weights they start from; too few are given company.

    Args:
        jobs: the one with the most steps first; they may share folds.
        layout: the shape of the networks.
        dtype: of the weights and of what the networks see.
        device: where they train.
    """
    distinct = list({id(job.fold): job.fold for job in jobs}.values())
    numbers = {id(fold): number for number, fold in enumerate(distinct)}
    names, seeds = [hash_name(j.fit.name) for j in jobs], [j.fit.seed for j in jobs]
    rows = start_rows(
        layout,
        names=names,
        seeds=seeds,
        corrects_something=[job.fold.scale.reference != "none" for job in jobs],
        dtype=dtype,
        device=device,
    )
    missing = max(0, fewest_together(device) - len(jobs))
    seen = [*jobs, *[jobs[0]] * missing]

    def of_each(values: Sequence[int]) -> Int[Tensor, " F"]:
        return torch.tensor(values, dtype=torch.int64, device=device)

    group = Group(
        layout=layout,
        windows=Windows.of(distinct, dtype, device),
        which=of_each([numbers[id(job.fold)] for job in seen]),
        n_train=of_each([job.split.n_train for job in seen]),
        n_held=of_each([job.split.n_held for job in seen]),
        first_held=of_each([len(job.fold.ends) - job.split.n_held for job in seen]),
        streams=name_streams(
            [*names, *names[:1] * missing], [*seeds, *seeds[:1] * missing], PURPOSE_WINDOWS, device
        ),
        n_steps=[*(job.n_steps for job in jobs), *[0] * missing],
        places=list(range(len(seen))),
    )
    return group, torch.cat([rows, rows.new_zeros(missing, rows.shape[1])])
