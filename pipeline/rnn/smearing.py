"""Logarithms and the mean: after training, forecasts are made to add up to what was observed.

A network that learnt the mean of logarithms forecasts something like a median, below the mean by
the more the more the values vary. The smearing estimate (Duan 1983, "Smearing estimate: a
nonparametric retransformation method") multiplies by what the residuals say; here by one factor per
network, sum of the actuals over sum of the forecasts, on the windows that it was trained on. The
factor's logarithm is added to the head's bias: from there on it is a part of the correction, is
shrunk like it, and a first fit is measured with its own.
"""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from pipeline.rnn.group import Fit, Group, Job
from pipeline.rnn.outputs import outputs_of
from pipeline.rnn.settings import NetworkSettings

_OF_A_MEAN = ("mse", "huber")
"""Losses whose forecast is meant as a mean; an absolute error asks for the median, and a median of
logarithms is the logarithm of the median."""


def smear(
    group: Group, rows: Float[Tensor, "F P"], jobs: Sequence[Job], settings: NetworkSettings
) -> None:
    """Move the heads' biases, in place, where the target was a logarithm and the loss wants a mean.

    One that puts out nothing stays as it is: it has learnt nothing, and is its reference. So does
    one whose sums are no numbers.

    Args:
        group: the networks of these jobs, trained; on the CPU.
        rows: their weights.
        jobs: in the order of their numbers in the group.
        settings: resolved.
    """
    if settings.transform != "log" or settings.loss not in _OF_A_MEAN:
        return
    places = [place for place, job in enumerate(group.places) if job < len(jobs)]
    own = [jobs[group.places[place]] for place in places]
    shifts = torch.zeros(len(rows), dtype=rows.dtype)
    shifts[places] = torch.from_numpy(_shifts(group, rows, places, own, settings)).to(rows.dtype)
    group.layout.split(rows)["head.bias"].add_(shifts[:, None])


def _shifts(
    group: Group,
    rows: Float[Tensor, "F P"],
    places: list[int],
    jobs: Sequence[Job],
    settings: NetworkSettings,
) -> Float[np.ndarray, " jobs"]:
    """The logarithm of each network's factor, over its spread."""
    actual, forecast = np.zeros(len(jobs)), np.zeros(len(jobs))
    says_something = np.zeros(len(jobs), dtype=bool)
    nothing = torch.zeros_like(group.n_train)
    batches = outputs_of(group, rows, places, first=nothing, n=group.n_train, settings=settings)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for start, counted, medians in batches:
            for k, job in enumerate(jobs):
                block = slice(start, start + int(counted[k].sum()))
                seen, out = job.fold.observed[block], medians[k, : int(counted[k].sum())]
                y = _actuals(job)[block][seen]
                residuals = out[seen] - job.fold.targets[block][seen]
                actual[k] += np.sum(y)
                forecast[k] += np.sum(y * np.exp(job.fold.scale.spread * residuals))
                says_something[k] |= bool(out.any())
        shifts = np.log(actual / forecast) / [job.fold.scale.spread for job in jobs]
    return np.where(says_something & np.isfinite(shifts), shifts, 0.0)


def _actuals(job: Job) -> Float[np.ndarray, "windows horizon"]:
    """The targets of a job's windows in their own unit."""
    ends, horizon = job.fold.ends, job.fold.targets.shape[1]
    assert isinstance(job.fit, Fit), "spreads differ between series: one factor is none of theirs"
    return job.fit.series.y[ends[:, None] + 1 + np.arange(horizon)]
