"""Which windows at which step."""

import numpy as np
import pytest
import torch

from pipeline.rnn.batches import Windows, draw_windows, gather_batch, pass_windows
from pipeline.rnn.correction import fit_correction
from pipeline.rnn.random_numbers import hash_name, name_streams


def test_a_pass_shows_every_window_once_in_the_order_of_time():
    n_windows = torch.tensor([10, 4, 3, 0])
    choice = pass_windows(n_windows, torch.arange(6), 4)
    for k, n in enumerate([10, 4, 3]):
        batches = -(-n // 4)
        seen = choice.numbers[:batches, k][choice.counted[:batches, k]]
        assert seen.tolist() == list(range(n))
    assert torch.equal(choice.numbers[3:, 0], choice.numbers[:3, 0])
    assert choice.counted[2, 0].tolist() == [True, True, False, False]
    assert not choice.counted[:, 3].any()
    assert (choice.numbers >= 0).all()


def test_draws_are_even_and_know_nothing_of_their_company():
    names = [hash_name("a"), hash_name("b"), hash_name("a")]
    streams = name_streams(names, [0, 0, 0], 2, torch.device("cpu"))
    drawn = draw_windows(streams, torch.tensor([20, 7, 40]), torch.arange(500), 32).numbers
    alone = draw_windows(streams[1:2], torch.tensor([7]), torch.tensor([123]), 32).numbers
    assert torch.equal(alone[0, 0], drawn[123, 1])
    counts = torch.bincount(drawn[:, 0].flatten(), minlength=20)
    assert len(counts) == 20
    assert (counts - 800).abs().max() < 150  # five standard deviations
    # Twice the windows: the same draws, twice as fine.
    assert torch.equal(drawn[:, 2] // 2, drawn[:, 0])


@pytest.mark.parametrize("mask_channel", [True, False])
def test_gathered_windows_are_the_rows_of_their_fold(series_of, settings_of, mask_channel):
    settings = settings_of(input_size=5, mask_channel=mask_channel)
    folds = [
        fit_correction(series_of(k, rows=rows, columns=2), settings, horizon=3, season_length=12)
        for k, rows in enumerate((40, 55))
    ]
    windows = Windows.of(folds, torch.float64, torch.device("cpu"))
    which, numbers = torch.tensor([1, 0, 1]), torch.tensor([[3, 0], [9, 1], [2, 2]])
    counted = torch.tensor([[True, True], [True, False], [True, True]])
    batch = gather_batch(windows, which, numbers, counted, input_size=5)
    assert batch.inputs.shape == (3, 2, 5, 4 if mask_channel else 2)
    for k in range(3):
        fold = folds[which[k]]
        for b in range(2):
            n = int(numbers[k, b])
            end = fold.ends[n]
            np.testing.assert_array_equal(batch.inputs[k, b], fold.inputs[end - 4 : end + 1])
            np.testing.assert_array_equal(batch.targets[k, b], fold.targets[n])
            assert batch.observed[k, b].all() == bool(counted[k, b])
