"""What one network learns from many series that are alike, against one network for each."""

import numpy as np
import pytest

from bench.panels.panel import panel
from pipeline.baselines.forecast import reference_paths
from pipeline.clean.observations import Series
from pipeline.rnn.forecast import average_seeds, forecast_networks
from pipeline.rnn.global_network import networks_for
from pipeline.rnn.group import Fit, GlobalFit
from pipeline.rnn.presets import resolve
from pipeline.rnn.settings import NetworkSettings
from pipeline.rnn.train import train_networks
from pipeline.rnn.train_global import train_global_networks

SIZES = {"horizon": 3, "season_length": 12}


def learnt(structure: str, scope: str, **changes) -> tuple[float, np.ndarray]:
    """Squared error over that of climatology on the last rows of a panel, and the mean weights."""
    drawn = panel(structure, series=40, rows=144, seed=3)
    series = [
        Series(name, "MS", 360, ("y",), y[:, None])
        for name, y in zip(drawn.unique_ids, drawn.y, strict=True)
    ]
    declared = NetworkSettings(scope=scope, seeds=1, device="cpu", **changes)
    given, cut = resolve(declared, freq="MS"), [one.until(119) for one in series]
    if scope == "global":
        networks = train_global_networks([GlobalFit(tuple(cut), 0)], given, **SIZES)
        each = [own for own, *_ in networks_for([networks] * len(cut), cut, given, **SIZES)]
    else:
        each = train_networks([Fit(one, 0) for one in cut], given, **SIZES)
    asked = [(k, row) for row in range(119, 141, 3) for k in range(40)]
    rows = [series[k].until(row) for k, row in asked]
    found = forecast_networks([each[k] for k, _ in asked], rows, given, **SIZES)
    errors = np.zeros((2, len(asked), 3))
    for place, ((k, row), forecast) in enumerate(zip(asked, found, strict=True)):
        path = reference_paths("climatology", [series[k]], [np.array([row])], **SIZES)[0][0]
        y, y_hat = series[k].y[row + 1 : row + 4], average_seeds([forecast]).y_hat
        errors[:, place] = (y_hat - y) / drawn.scale[k], (path - y) / drawn.scale[k]
    ours, theirs = np.mean(errors**2, axis=(1, 2))
    return ours / theirs, np.mean([one.shrinkage.weights for one in each], axis=0)


@pytest.mark.slow
def test_it_learns_from_many_what_one_is_too_short_for():
    of_all, trusted = learnt("threshold", "global", steps=400, batch_size=128)
    assert of_all < 0.75
    assert trusted[0] > 0.7
    assert of_all < 0.9 * learnt("threshold", "local")[0]


@pytest.mark.slow
def test_where_nothing_is_to_be_learnt_it_costs_little():
    of_all, _ = learnt("noise", "global", steps=400, batch_size=128)
    assert of_all < 1.02
