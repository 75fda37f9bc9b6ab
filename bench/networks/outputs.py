"""An output at every lag or at the last one only, and the same weights on windows of other lengths.

The output after lag t of a window is the output of the window's first t lags: the head reads h_t,
and h_t knows nothing of what comes after.
"""

from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from bench.networks.drawing import Line, card, panel, zero
from bench.networks.held_out import Case
from bench.networks.trained import Ready, trained
from pipeline.plots.theme import INK, STRONG, Chart, Look
from pipeline.rnn.settings import corrects_of
from pipeline.rnn.stack import run_layers
from pipeline.rnn.together import paths_of_each

CELLS = ("rnn", "gru", "lstm")
LENGTHS = (1, 2, 3, 4, 6, 8, 10, 12, 15, 18, 21, 24, 28, 32, 36, 42, 48, 60)
"""Lags that trained networks are shown."""

LOOKS = {cell: Look(STRONG[k], (), 2.0) for k, cell in enumerate(CELLS)}


def every_output(ready: Ready, lags: int) -> Float[Tensor, "F B T horizon"]:
    """The head on the state after every lag."""
    with torch.inference_mode():
        states = run_layers(ready.rows, ready.seen.inputs(lags), ready.layout)[-1].every
        parts = ready.layout.split(ready.rows)
        flat = torch.baddbmm(
            parts["head.bias"].unsqueeze(1),
            states.transpose(1, 2).flatten(1, 2),
            parts["head.weight"],
        )
        return flat.unflatten(1, states.shape[2:0:-1])


def at_every_lag(case: Case, *, lags: int, seeds: int) -> tuple[dict[str, Any], Chart]:
    """The outputs after every lag of one window, and whether they are those of shorter windows."""
    ready = trained(case, case.with_settings(input_size=lags), seeds=seeds)
    every = every_output(ready, lags)
    with torch.inference_mode():
        cut = [ready.outputs_of_first(lags, t) for t in range(1, lags + 1)]
    off = float((every - torch.stack(cut, dim=2)).abs().max())
    last = float((every[:, :, -1] - ready.outputs(lags)).abs().max())
    shape = "x".join(map(str, every.shape))
    numbers = {"cut_differs": off, "last_differs": last, "shape": shape, "lags": lags}
    return numbers, _drawn(ready, every, lags, case)


def _drawn(ready: Ready, every: Tensor, lags: int, case: Case) -> Chart:
    """One step ahead, after every lag of the last window of the last fold, by all its seeds."""
    seeds = len(ready.rows) // len(ready.corrections)
    fold, window = ready.corrections[-1], len(ready.corrections[-1].ends) - 1
    of_seeds = every[-seeds:, window, :, 0].numpy()
    came = missed_by_the_reference(case, fold.ends[window], lags) / fold.scale.spread
    t = np.arange(1, lags + 1)
    looks = {
        "what came next": Look(INK, (2, 2), 1.4),
        f"output after lag t, {seeds} seeds": Look(STRONG[0], (), 1.6),
        "the one that training reads": Look(STRONG[1], (), 3.0),
    }
    came_next, output, read = looks.values()
    lines = [Line(t, came, came_next)]
    lines += [Line(t, of_one, output) for of_one in of_seeds]
    lines += [Line([lags], [of_one[-1]], read, points=True) for of_one in of_seeds]
    about = panel([zero(t), *lines], "", up="in spreads", across="lag t", height=170)
    name = case.folds[-1].series.unique_id
    return card([about], looks, title=f"An output after every lag of one window of {name}")


def missed_by_the_reference(case: Case, row: int, lags: int) -> Float[np.ndarray, " T"]:
    """Errors of the reference one step after each of the lags up to a row, in the target's unit."""
    whole, rows = case.folds[-1].whole, np.arange(row - lags + 1, row + 1)
    reference = corrects_of(case.settings, whole.unique_id)
    sizes = {"horizon": 1, "season_length": case.season_length}
    (paths,) = paths_of_each([whole], [reference], [rows], **sizes)
    return whole.y[rows + 1] - paths[:, 0]


def on_other_lengths(
    ready: dict[str, dict[str, Ready]], *, lags: dict[str, int]
) -> tuple[dict[str, Any], Chart]:
    """Errors of networks that are shown more or fewer lags than they were trained on.

    Args:
        ready: by series and cell.
        lags: that the networks of each series were trained on.
    """
    numbers: dict[str, Any] = {}
    panels = []
    for name, by_cell in ready.items():
        known = min(min(int(c.ends.min()) for c in r.corrections) for r in by_cell.values())
        lengths = [n for n in sorted({*LENGTHS, lags[name]}) if n <= known + 1]
        found = {cell: [r.score(n).mean for n in lengths] for cell, r in by_cell.items()}
        lines = [Line(lengths, ratios, LOOKS[cell]) for cell, ratios in found.items()]
        there = [ratios[lengths.index(lags[name])] for ratios in found.values()]
        own = Line([lags[name]] * len(there), there, Look(INK, (), 1.0), points=True)
        panels.append(
            panel([zero(lengths, 1.0), *lines, own], name, up="squared error over the reference's",
                  across="lags shown; a dot: lags trained on", height=110)
        )  # fmt: skip
        numbers[name] = {"lengths": lengths, "trained_on": lags[name]} | {
            cell: dict(zip((str(n) for n in lengths), ratios, strict=True))
            for cell, ratios in found.items()
        }
    return numbers, card(panels, LOOKS, title="The same weights on other window lengths")
