"""The hidden state as memory: one tanh unit after a pulse, and along a series."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from bench.networks.drawing import Line, card, panel, zero
from bench.networks.held_out import Case
from pipeline.plots.theme import INK, STRONG, Chart, Look
from pipeline.rnn.layout import Layout
from pipeline.rnn.settings import corrects_of
from pipeline.rnn.stack import run_layers
from pipeline.rnn.together import signals_of_each

UNIT = Layout("rnn", 1, n_inputs=1, hidden_size=1, num_layers=1, horizon=1)
"""One unit, one input: h_t = tanh(u x_t + w h_{t-1})."""

KEPT = (0.5, 0.9, 1.2, -0.9)
"""w of the units shown."""

PULSE_STEPS, SHOWN = 36, 120
"""Steps after the pulse; months of the series that are shown."""


def states_of(
    w: Sequence[float], x: Float[np.ndarray, " T"], *, u: float = 1.0
) -> Float[Tensor, "F T"]:
    """h_1 .. h_T of a unit for each w, all run as one stack of networks."""
    rows = torch.zeros(len(w), UNIT.row_size, dtype=torch.float64)
    parts = UNIT.split(rows)
    parts["layer0.w_xh"][:, 0, 0, 0] = u
    parts["layer0.w_hh"][:, 0, 0, 0] = torch.tensor(w, dtype=torch.float64)
    inputs = torch.from_numpy(x).expand(len(w), 1, -1).unsqueeze(-1)
    return run_layers(rows, inputs.contiguous(), UNIT)[-1].every[:, :, 0, 0]


def measure(case: Case) -> tuple[dict[str, Any], Chart]:
    """States after a pulse of 1, and along what climatology misses of a series."""
    pulse = np.zeros(1 + PULSE_STEPS)
    pulse[0] = 1.0
    after = states_of(KEPT, pulse).numpy()
    series = case.folds[-1].series
    reference = corrects_of(case.settings, series.unique_id)
    sizes = {"season_length": case.season_length, "transform": "none"}
    (signals,) = signals_of_each([series], [reference], **sizes)
    missed = signals.values[-SHOWN:, 0] / np.nanstd(signals.values[:, 0])
    along = states_of(KEPT[:2], missed, u=0.3).numpy()
    numbers = {
        f"w {w:g}": {"first": float(h[0]), "after_12": float(h[12]), "after_36": float(h[36])}
        for w, h in zip(KEPT, after, strict=True)
    }
    return numbers, _drawn(after, missed, along, series.unique_id)


def _drawn(after: np.ndarray, missed: np.ndarray, along: np.ndarray, name: str) -> Chart:
    looks = {f"w = {w:g}": Look(STRONG[k], (), 2.0) for k, w in enumerate(KEPT)}
    looks["input"] = Look(INK, (2, 2), 1.2)
    lags, months = np.arange(after.shape[1]), np.arange(len(missed))
    styles = list(looks.values())
    first = [Line(lags, h, look) for h, look in zip(after, styles, strict=False)]
    second = [Line(months, missed, looks["input"])]
    second += [Line(months, h, look) for h, look in zip(along, styles, strict=False)]
    panels = [
        panel([zero(lags), *first], "One pulse of 1", up="the state", across="steps after it"),
        panel(
            [zero(months), *second],
            f"Along {name}",
            up="what climatology missed, in spreads, and the state of two units",
            across="months",
        ),
    ]
    return card(panels, looks, title="What one tanh unit remembers")
