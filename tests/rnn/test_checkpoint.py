"""A training that is stopped anywhere and gone on with ends with the bytes of one that ran on."""

import shutil

import numpy as np
import pytest
import torch

from pipeline.rnn.group import Fit
from pipeline.rnn.train import train_networks

SIZES = {"horizon": 3, "season_length": 12}
CASES = {
    "fixed budget": {"steps": 90},
    "passes of different length": {"epochs": 25, "batch_size": 16},
    "early stopping": {
        "shrinkage": False,
        "steps": 110,
        "early_stop_patience_steps": 9,
        "learning_rate": 2e-2,
    },
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
    return [
        (n.weights.tobytes(), n.losses.tobytes(), n.status, n.reason, n.shrinkage.weights.tobytes())
        for n in networks
    ]


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


ELSEWHERE = {
    "threads": lambda patch: torch.set_num_threads(2),
    "torch": lambda patch: patch.setattr(torch, "__version__", "2.0.0"),
    "kernel": lambda patch: {"kernel": "fused"},
}


@pytest.fixture
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def stopped(fits, settings):
    """What a training that was stopped left behind, at step 10."""
    kept = Kept(1)
    with pytest.raises(Stopped):
        train_networks(fits, settings, **SIZES, checkpoint=kept)
    assert kept.step == 10
    kept.stop_after = None
    return kept


def resumed(fits, settings, kept):
    """The networks, and the first step that was told: 10 from the beginning, 20 from step 10."""
    steps = []
    found = train_networks(
        fits, settings, **SIZES, checkpoint=kept, say=lambda step, _: steps.append(step)
    )
    return found, min(steps)


@pytest.mark.usefixtures("one_thread")
@pytest.mark.parametrize("other", ELSEWHERE)
def test_what_another_environment_saved_is_not_gone_on_with(fits, settings_of, other, monkeypatch):
    if other == "kernel" and not (shutil.which("cc") or shutil.which("gcc")):
        pytest.skip("there is no C compiler here")
    kept = stopped(fits, settings_of(steps=60))
    here = dict(kept.saved)
    assert resumed(fits, settings_of(steps=60), kept)[1] == 20
    kept.saved = here
    settings = settings_of(steps=60, **(ELSEWHERE[other](monkeypatch) or {}))
    found, first = resumed(fits, settings, kept)
    assert first == 10, "it went on with it"
    assert bits(found) == bits(train_networks(fits, settings, **SIZES))


def without(name):
    return lambda arrays: {k: v for k, v in arrays.items() if k != name}


OTHER_RELEASES = {
    **{f"no {name}": without(name) for name in ("curve.made", "step", "places", "environment")},
    "one more": lambda arrays: arrays | {"adam.third": arrays["adam.mean"]},
    "shape": lambda arrays: arrays | {"curve.sums": arrays["curve.sums"][:, :-1]},
    "dtype": lambda arrays: arrays | {"rows": arrays["rows"].astype(np.float64)},
    "no order": lambda arrays: arrays | {"places": np.zeros_like(arrays["places"])},
}


@pytest.mark.parametrize("change", OTHER_RELEASES)
def test_what_another_release_saved_is_no_checkpoint(fits, settings_of, change):
    # So fast that the weights of the beginning are the best ones of some networks.
    settings = settings_of(
        steps=60, shrinkage=False, early_stop_patience_steps=2, learning_rate=0.5
    )
    kept = stopped(fits, settings)
    kept.saved = {part: OTHER_RELEASES[change](arrays) for part, arrays in kept.saved.items()}
    found, first = resumed(fits, settings, kept)
    assert first == 10
    assert bits(found) == bits(train_networks(fits, settings, **SIZES))
