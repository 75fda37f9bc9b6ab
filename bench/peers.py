"""The same training by other means: a loop around torch.nn, neuralforecast, Darts.

Each gives a function of the number of steps, or of the refits, that takes seconds. Batches of 16
windows of 11 lags, one step ahead, Adam at 1e-3, no logger, no checkpoint, no progress bar.
"""

import contextlib
import io
import logging
import time
import warnings
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
import torch

LAGS, BATCH, LAYERS, RATE = 11, 16, 2, 1e-3
CELLS = {"rnn": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}
GATES = {"rnn": 1, "gru": 3, "lstm": 4}

QUIET = {
    "enable_progress_bar": False,
    "enable_model_summary": False,
    "enable_checkpointing": False,
    "logger": False,
}
"""Options of Lightning's trainer, which both libraries hand on."""


@contextlib.contextmanager
def silence() -> Iterator[None]:
    """Lightning greets on every fit."""
    logging.disable(logging.WARNING)
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        yield
    logging.disable(logging.NOTSET)


def frame_of(y: np.ndarray) -> pd.DataFrame:
    """One monthly series as Nixtla's libraries want it."""
    ds = pd.date_range("2000-01-01", periods=len(y), freq="MS")
    return pd.DataFrame({"unique_id": "s", "ds": ds, "y": y.astype(np.float32)})


def neuralforecast_model(hidden: int, steps: int):  # noqa: ANN201 - its class loads with it
    """Its RNN with a tanh cell, as near to ours as its options go."""
    from neuralforecast.models import RNN

    return RNN(
        h=1, input_size=LAGS, encoder_hidden_size=hidden, encoder_n_layers=LAYERS, decoder_layers=1,
        decoder_hidden_size=hidden, max_steps=steps, windows_batch_size=BATCH, batch_size=1,
        learning_rate=RATE, scaler_type="identity", accelerator="cpu", start_padding_enabled=False,
        **QUIET,
    )  # fmt: skip


def neuralforecast_fit(y: np.ndarray, *, hidden: int) -> Callable[[int], float]:
    """Seconds of a fit of so many steps."""
    from neuralforecast import NeuralForecast

    frame = frame_of(y)

    def train(steps: int) -> float:
        with silence():
            forecaster = NeuralForecast([neuralforecast_model(hidden, steps)], freq="MS")
            start = time.perf_counter()
            forecaster.fit(frame)
            return time.perf_counter() - start

    return train


def neuralforecast_backtest(y: np.ndarray, *, hidden: int, steps: int, cutoffs: int) -> float:
    """Seconds of its cross-validation with a refit at every cutoff."""
    from neuralforecast import NeuralForecast

    with silence():
        forecaster = NeuralForecast([neuralforecast_model(hidden, steps)], freq="MS")
        start = time.perf_counter()
        found = forecaster.cross_validation(
            frame_of(y), n_windows=cutoffs, step_size=1, refit=True, verbose=0
        )
        took = time.perf_counter() - start
    assert len(found) == cutoffs, len(found)
    return took


def darts_fit(y: np.ndarray, *, hidden: int) -> Callable[[int], float]:
    """Seconds of a fit of so many steps of its BlockRNNModel."""
    from darts import TimeSeries
    from darts.models import BlockRNNModel

    series = TimeSeries.from_values(y.astype(np.float32))
    # Its epochs are passes over all windows, in steps of one batch.
    a_pass = -(-(len(y) - LAGS) // BATCH)

    def train(steps: int) -> float:
        with silence():
            model = BlockRNNModel(
                input_chunk_length=LAGS, output_chunk_length=1, model="RNN", hidden_dim=hidden,
                n_rnn_layers=LAYERS, batch_size=BATCH, n_epochs=max(1, round(steps / a_pass)),
                optimizer_kwargs={"lr": RATE}, pl_trainer_kwargs={"accelerator": "cpu", **QUIET},
            )  # fmt: skip
            start = time.perf_counter()
            model.fit(series)
            # Told as if it had made exactly as many steps as asked for.
            return (time.perf_counter() - start) * steps / (max(1, round(steps / a_pass)) * a_pass)

    return train
