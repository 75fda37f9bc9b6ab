"""What trained networks put out for windows of their own folds, while their group is there."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from pipeline.rnn.batches import gather_batch
from pipeline.rnn.group import Group
from pipeline.rnn.settings import NetworkSettings
from pipeline.rnn.stack import fewest_together, run_stack


class Outputs(NamedTuple):
    """One batch of windows of some networks.

    Attributes:
        start: place of the batch's first window among those asked for.
        counted: which places hold a window; a network with fewer windows than others has none.
        medians: what was put out, the median where that is quantiles; float64.
    """

    start: int
    counted: Bool[np.ndarray, "networks batch"]
    medians: Float[np.ndarray, "networks batch horizon"]


def outputs_of(
    group: Group,
    rows: Float[Tensor, "F P"],
    places: list[int],
    *,
    first: Int[Tensor, " F"],
    n: Int[Tensor, " F"],
    settings: NetworkSettings,
) -> Iterator[Outputs]:
    """The outputs of networks for their windows from `first` on, batch by batch.

    Batches have the declared size, so that a network's numbers do not depend on how many windows
    its company has; too few networks are given company.

    Args:
        group: the networks, on the CPU.
        rows: their weights.
        places: which of them; at least one.
        first: number of the first window of each network of the group.
        n: how many windows each has.
        settings: resolved.
    """
    batch_size, lags, quantiles = settings.batch_size, settings.input_size, group.layout.quantiles
    assert batch_size is not None
    assert lags is not None
    together = [*places, *places[:1] * max(0, fewest_together(rows.device) - len(places))]
    which = torch.tensor(together)
    chosen, first, n = rows[which], first[which], n[which]
    for start in range(0, int(n.max()), batch_size):
        place = start + torch.arange(batch_size)
        counted = place < n[:, None]
        numbers = torch.where(counted, first[:, None] + place, 0)
        batch = gather_batch(group.windows, group.which[which], numbers, counted, input_size=lags)
        with torch.no_grad():
            outputs = run_stack(chosen, batch.inputs, group.layout, futr=batch.futr)
        medians = outputs.unflatten(-1, (-1, quantiles))[..., quantiles // 2]
        yield Outputs(
            start,
            counted[: len(places)].numpy(),
            medians[: len(places)].to(torch.float64).numpy(),
        )
