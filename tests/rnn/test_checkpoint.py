"""A training that is stopped anywhere and gone on with ends with the bytes of one that ran on."""

import pytest
import torch

from pipeline.rnn.group import Fit
from pipeline.rnn.train import train_networks

SIZES = {"horizon": 3, "season_length": 12}
CASES = {
    "fixed budget": {"steps": 230},
    "passes of different length": {"epochs": 60, "batch_size": 16},
    "early stopping": {"steps": 230, "early_stop_patience_steps": 9, "learning_rate": 2e-2},
}


class Stopped(BaseException):
    """The process is gone."""


class Kept:
    """Keeps what is saved, and stops the training after so many savings."""

    def __init__(self, stop_after: int | None = None) -> None:
        self.saved, self.n_saved, self.stop_after = {}, 0, stop_after

    def load(self, part):
        return self.saved.get(part)

    def is_due(self):
        return True

    def save(self, part, tensors):
        self.saved[part], self.step = tensors, int(tensors["step"][0])
        self.n_saved += 1
        if self.n_saved == self.stop_after:
            raise Stopped


@pytest.fixture
def fits(series_of):
    folds = [series_of(k, rows=60 + 11 * (k % 4)) for k in range(6)]
    diverging = series_of(7)
    diverging.values[:] *= 1e30
    return [*(Fit(fold, 0) for fold in folds), Fit(diverging, 0)]


def bits(networks):
    return [(n.weights.tobytes(), n.losses.tobytes(), n.status, n.reason) for n in networks]


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("stop_after", [1, 3])
def test_resumed_is_uninterrupted(fits, settings_of, case, stop_after):
    # `none` lets the values of the last fit overflow: it is dropped on the way.
    settings = settings_of(corrects={"series 7": "none"}, **CASES[case])
    whole = Kept()
    wanted = train_networks(fits, settings, **SIZES, checkpoint=whole)
    assert {n.status for n in wanted} == {"ok", "failed"}
    kept = Kept(stop_after)
    with pytest.raises(Stopped):
        train_networks(fits, settings, **SIZES, checkpoint=kept)
    kept.stop_after, steps, stopped_at = None, [], kept.step
    found = train_networks(
        fits, settings, **SIZES, checkpoint=kept, say=lambda step, _: steps.append(step)
    )
    assert bits(found) == bits(wanted)
    assert min(steps) >= stopped_at > 0, "it began at the beginning"
    assert kept.n_saved == whole.n_saved >= 4
    assert bits(train_networks(fits, settings, **SIZES)) == bits(wanted)


def test_what_another_environment_saved_is_not_gone_on_with(fits, settings_of):
    settings, kept = settings_of(steps=120), Kept(1)
    with pytest.raises(Stopped):
        train_networks(fits, settings, **SIZES, checkpoint=kept)
    kept.stop_after, steps = None, []
    before = torch.get_num_threads()
    torch.set_num_threads(before + 1)
    try:
        train_networks(
            fits, settings, **SIZES, checkpoint=kept, say=lambda step, _: steps.append(step)
        )
    finally:
        torch.set_num_threads(before)
    assert min(steps) < 50
