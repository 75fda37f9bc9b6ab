"""The article's network, against the plain loop that a person would write in torch."""

from pathlib import Path

import numpy as np
import pytest
import torch

from pipeline.clean.observations import Series
from pipeline.rnn.random_numbers import hash_name
from pipeline.rnn.stack import layout_of
from pipeline.rnn.start import start_rows
from pipeline.rnn.train import Fit, train_networks

LAGS, ROWS, BATCH = 11, 202, 16
RAINFALL = Path(__file__).parents[2].parent / "shared" / "data" / "Rainfall_data.csv"
NAMES = {"weight_ih": "w_xh", "weight_hh": "w_hh", "bias_ih": "b_ih", "bias_hh": "b_hh"}


@pytest.fixture(autouse=True)
def one_thread():
    """Matrices this small gain nothing from threads, and lose much where others use them too."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


class Plain(torch.nn.Module):
    """Two layers of 128 tanh units; the last output of the sequence goes through a linear head."""

    def __init__(self, n_columns: int) -> None:
        super().__init__()
        self.layers = torch.nn.RNN(n_columns, 128, 2, batch_first=True)
        self.head = torch.nn.Linear(128, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.layers(x)[0][:, -1])

    def parameter(self, name: str) -> torch.Tensor:
        """The parameter that stands under our name, turned: inputs first."""
        place, kind = name.split(".")
        if place == "head":
            return getattr(self.head, kind)
        theirs = {ours: their for their, ours in NAMES.items()}[kind]
        return getattr(self.layers, f"{theirs}_l{place.removeprefix('layer')}")


def plain_loop(values: np.ndarray, network: Plain, *, epochs: int) -> list[float]:
    """Epochs over the windows in the order of time; the mean loss of each epoch."""
    data = torch.from_numpy(values)
    x = torch.stack([data[t : t + LAGS] for t in range(ROWS - LAGS)])
    y = torch.stack([data[t + LAGS, :1] for t in range(ROWS - LAGS)])
    assert len(x) == 191
    optimizer, loss_of, curve = (
        torch.optim.Adam(network.parameters(), lr=1e-3),
        torch.nn.MSELoss(),
        [],
    )
    for _ in range(epochs):
        losses = []
        for k in range(0, len(x), BATCH):
            optimizer.zero_grad()
            loss = loss_of(network(x[k : k + BATCH]), y[k : k + BATCH])
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        curve.append(float(np.mean(losses)))
    return curve


def rainfall(n_columns: int) -> np.ndarray:
    """The article's file: rain, and with four columns what it was forecast from."""
    if not RAINFALL.exists():
        pytest.skip(f"{RAINFALL.name} is not there")
    table = np.genfromtxt(RAINFALL, delimiter=",", skip_header=1)
    precipitation_first = [6, 3, 4, 5]
    return np.ascontiguousarray(table[:ROWS, precipitation_first[:n_columns]])


def synthetic(n_columns: int) -> np.ndarray:
    rng = np.random.default_rng(3)
    season = np.sin(2 * np.pi * (np.arange(ROWS)[:, None] + np.arange(n_columns)) / 12)
    return 300 * (1 + season) + rng.normal(size=(ROWS, n_columns)) * 50


@pytest.mark.parametrize("n_columns", [1, 4])
@pytest.mark.parametrize(
    ("data", "epochs"), [(synthetic, 5), pytest.param(rainfall, 20, marks=pytest.mark.slow)]
)
def test_the_article_is_a_plain_loop(settings_of, data, epochs, n_columns):
    values = data(n_columns)
    columns = ("y", "a", "b", "c")[:n_columns]
    settings = settings_of(preset="article", epochs=epochs, dtype="float64")
    layout = layout_of(settings, n_columns=n_columns, horizon=1)
    start = start_rows(
        layout,
        names=[hash_name("mumbai")],
        seeds=[0],
        corrects_something=[False],
        dtype=torch.float64,
        device=torch.device("cpu"),
    )
    plain = Plain(n_columns).double()
    with torch.no_grad():
        for name, part in layout.split(start).items():
            value = part[0] if name.startswith("head") else part[0].flatten(-2)
            plain.parameter(name).copy_(value.T if value.dim() == 2 else value)
    curve = plain_loop(values, plain, epochs=epochs)

    series = Series("mumbai", "MS", 360, columns, values)
    (network,) = train_networks([Fit(series, 0)], settings, horizon=1, season_length=12)
    assert network.n_windows == 191
    rows = torch.from_numpy(network.weights)[None]
    for name, part in layout.split(rows).items():
        found = part[0] if name.startswith("head") else part[0].flatten(-2)
        wanted = plain.parameter(name).detach()
        wanted = wanted.T if wanted.dim() == 2 else wanted
        distance = (found - wanted).norm() / wanted.norm()
        assert distance < 1e-6, name
    np.testing.assert_allclose(network.losses, curve, rtol=1e-5)
    assert curve[-1] < curve[0]
