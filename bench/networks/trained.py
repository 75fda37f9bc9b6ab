"""Networks trained as a run trains them, ready to be shown their held-out windows."""

from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from bench.networks.held_out import Case, Score, Shown, columns_of, held_out, score_of, shown
from pipeline.rnn.correction import Correction
from pipeline.rnn.forecast import forecast_networks
from pipeline.rnn.group import Fit
from pipeline.rnn.layout import Layout
from pipeline.rnn.network import Network
from pipeline.rnn.settings import NetworkSettings
from pipeline.rnn.stack import Starts, layout_of, run_stack
from pipeline.rnn.train import train_networks


class Ready(NamedTuple):
    """Trained networks, the seeds of a fold next to each other, and what they are held against."""

    networks: list[Network]
    rows: Float[Tensor, "F P"]
    layout: Layout
    corrections: list[Correction]
    seen: Shown

    def outputs(self, lags: int, starts: Starts | None = None) -> Float[Tensor, "F B horizon"]:
        """What they put out when shown so many lags."""
        with torch.inference_mode():
            return run_stack(self.rows, self.seen.inputs(lags), self.layout, starts)

    def outputs_of_first(self, lags: int, t: int) -> Float[Tensor, "F B horizon"]:
        """What they put out for the first t lags of windows of so many."""
        return run_stack(self.rows, self.seen.inputs(lags)[:, :, :t].contiguous(), self.layout)

    def score(self, lags: int) -> Score:
        """Their errors when shown so many lags."""
        return score_of(self.outputs(lags), self.corrections)


def trained(case: Case, settings: NetworkSettings, *, seeds: int) -> Ready:
    """Train a network for each fold and seed, all in one program."""
    fits = [Fit(fold.series, seed) for fold in case.folds for seed in range(seeds)]
    networks = train_networks(fits, settings, **case.sizes)
    failed = {n.reason for n in networks if n.status != "ok"}
    assert not failed, failed
    corrections = [
        held_out(fold, networks[k * seeds].scale, case, settings)
        for k, fold in enumerate(case.folds)
    ]
    which = [k for k in range(len(case.folds)) for _ in range(seeds)]
    rows = torch.from_numpy(np.stack([n.weights for n in networks]))
    layout = layout_of(settings, n_columns=columns_of(case), horizon=case.horizon)
    return Ready(networks, rows, layout, corrections, shown(corrections, which))


def furthest_from_the_pipeline(ready: Ready, case: Case, settings: NetworkSettings) -> float:
    """How far our outputs are from what the pipeline itself forecasts there, in spreads."""
    assert settings.input_size is not None
    outputs = ready.outputs(settings.input_size).double().numpy()
    seeds, furthest = len(ready.networks) // len(case.folds), 0.0
    for k, (fold, correction) in enumerate(zip(case.folds, ready.corrections, strict=True)):
        network = ready.networks[k * seeds]
        last = int(fold.rows[-1])
        (found,) = forecast_networks([network], [fold.whole.until(last)], settings, **case.sizes)
        y = fold.whole.y[last + 1 : last + 1 + case.horizon]
        paths = y - correction.targets[-1] * network.spread
        ours = paths + outputs[k * seeds, len(fold.rows) - 1] * network.spread
        there = correction.observed[-1]
        off = np.abs(ours - found.y_hat)[there] / network.spread
        furthest = max(furthest, float(off.max(initial=0.0)))
    return furthest
