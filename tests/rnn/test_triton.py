"""The GPU's kernels in Triton's interpreter, on a CPU: the same training as by plain torch.

The interpreter runs one program after the other and knows no warps: what a GPU makes of the same
text, and that nothing races there, `test_cuda.py` says.
"""

import importlib.util
from dataclasses import replace

import numpy as np
import pytest
import torch

from pipeline.rnn.batches import Windows, gather_batch
from pipeline.rnn.kernels.on_cuda import make_steps, why_not
from pipeline.rnn.layout import Layout
from pipeline.rnn.losses import losses_of
from pipeline.rnn.optimizer import AdamState, clip_each, step_adam
from pipeline.rnn.presets import resolve
from pipeline.rnn.settings import NetworkSettings
from pipeline.rnn.stack import CELLS, run_stack

if importlib.util.find_spec("triton") is None:
    pytest.skip("Triton is not installed here", allow_module_level=True)
if torch.cuda.is_available():
    pytest.skip("there is a GPU: test_cuda.py runs the kernels on it", allow_module_level=True)
with pytest.MonkeyPatch.context() as patch:  # it is read here, and where kernels run
    patch.setenv("TRITON_INTERPRET", "1")
    pytest.importorskip("pipeline.rnn.kernels.triton_steps")

FOLDS, ROWS, STEPS, HORIZON, COLUMNS = 3, 30, 10, 3, 2
SHAPES = {
    "one layer": {"hidden_size": 16, "num_layers": 1, "batch_size": 4, "input_size": 3},
    "two layers, padded": {"hidden_size": 5, "num_layers": 2, "batch_size": 7, "input_size": 2},
    "one lag, no clip": {
        "hidden_size": 8,
        "num_layers": 1,
        "batch_size": 3,
        "input_size": 1,
        "clip": "none",
    },
    "tiles": {"hidden_size": 40, "num_layers": 1, "batch_size": 33, "input_size": 2},
}

FEW = (slice(0, 2),)
TAKES_LONG = {
    (cell, shape)
    for cell in ("gru", "lstm")
    for shape in ("one layer", "one lag, no clip", "tiles")
}
CASES = [
    pytest.param(cell, shape, marks=[pytest.mark.slow] if (cell, shape) in TAKES_LONG else [])
    for cell in CELLS
    for shape in SHAPES
]


@pytest.fixture(autouse=True)
def interpreted(monkeypatch):
    monkeypatch.setenv("TRITON_INTERPRET", "1")


class Problem:
    """Networks with their windows, and the windows and rates of every step."""

    def __init__(self, **given):
        options = {"cell": "rnn", "loss": "mse", "clip": 0.5} | given
        self.settings = resolve(
            NetworkSettings(**options, steps=STEPS, kernel="fused", corrects="none", device="cpu"),
            freq="MS",
        )
        s, draw = self.settings, torch.Generator().manual_seed(1)
        gates = CELLS[s.cell].GATES
        self.layout = Layout(s.cell, gates, COLUMNS, s.hidden_size, s.num_layers, HORIZON)
        ends = torch.arange(s.input_size - 1, ROWS).expand(FOLDS, -1).contiguous()
        shape = (*ends.shape, HORIZON)
        observed = torch.rand(shape, generator=draw) > 0.2
        targets = torch.where(observed, 2 * torch.randn(shape, generator=draw), 0)
        inputs = torch.randn(FOLDS, ROWS, COLUMNS, generator=draw)
        self.windows = Windows(inputs, ends, targets, observed, None, slice(0, 0))
        self.which = torch.tensor([2, 0, 1, 0])
        self.rows = torch.zeros(4, self.layout.row_size)
        for piece, part in zip(
            self.layout.pieces, self.layout.split(self.rows).values(), strict=True
        ):
            used = part[piece.inside]
            used.copy_(0.4 * torch.randn(used.shape, generator=draw))
        size = (STEPS, 4, s.batch_size)
        self.numbers = torch.randint(shape[1], size, generator=draw)
        self.counted = torch.rand(size, generator=draw) > 0.2
        self.counted[3, 1] = False  # a step without a target
        self.rates = torch.full((STEPS, 4), 3e-3, dtype=torch.float64)
        self.rates[6:, 2], self.rates[1:, 3] = -1, -1

    def fused(self, some=(0, 1, 2, 3), stretches=(slice(0, 4), slice(4, STEPS))):
        """Losses, weights and what Adam remembers, by the kernels."""
        some = list(some)
        rows, losses = self.rows[some].clone(), []
        adam = AdamState.of(rows)
        for steps in stretches:
            losses.append(
                make_steps(
                    self.windows,
                    self.layout,
                    self.settings,
                    rows=rows,
                    adam=adam,
                    which=self.which[some],
                    numbers=self.numbers[steps, some].contiguous(),
                    counted=self.counted[steps, some].contiguous(),
                    rates=self.rates[steps, some].contiguous(),
                    first_step=steps.start,
                )
            )
        return torch.cat(losses), rows, adam

    def torchs(self, steps=STEPS):
        """The same by plain torch."""
        rows, losses = self.rows.clone(), torch.zeros(steps, 4)
        adam = AdamState.of(rows)
        for step in range(steps):
            leaf = rows.clone().requires_grad_()
            batch = gather_batch(
                self.windows,
                self.which,
                self.numbers[step],
                self.counted[step],
                input_size=self.settings.input_size,
            )
            outputs = run_stack(leaf, batch.inputs, self.layout)
            loss = self.settings.loss
            found = losses_of(outputs, batch.targets, batch.observed, loss=loss).means
            (gradients,) = torch.autograd.grad(found.sum(), leaf)
            gradients = clip_each(gradients, self.settings.clip)
            for f, rate in enumerate(self.rates[step].tolist()):
                if rate >= 0:
                    block = slice(f, f + 1)
                    step_adam(rows, gradients, adam, block=block, step=step, rate=rate)
                    losses[step, f] = found[f].detach()
        return losses, rows, adam


def assert_same_weights(ours, theirs):
    """Within a hundredth of a step, but where Adam made a step of a gradient that is rounding."""
    off = (ours - theirs).abs()
    assert (off > 3e-5).float().mean() < 1e-3
    assert off.max() < 3e-3


def assert_same_memory(ours, theirs):
    """Adam's mean is the gradients themselves, where a step is not much more than their signs."""
    for one, other in ((ours.mean, theirs.mean), (ours.square, theirs.square)):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-5 * float(other.abs().max()))


@pytest.mark.parametrize(("cell", "shape"), CASES)
def test_ten_steps_are_torchs(cell, shape):
    problem = Problem(cell=cell, **SHAPES[shape])
    losses, rows, adam = problem.fused()
    wanted, theirs, remembered = problem.torchs()
    torch.testing.assert_close(losses, wanted, rtol=2e-5, atol=1e-6)
    assert_same_weights(rows, theirs)
    assert_same_memory(adam, remembered)
    assert torch.equal(losses[6:, 2], torch.zeros(4))
    assert torch.equal(rows == 0, theirs == 0), "padding is no longer zero"


@pytest.mark.parametrize("loss", ["mae", "huber"])
def test_steps_with_the_other_losses_are_torchs(loss):
    problem = Problem(loss=loss, **SHAPES["two layers, padded"])
    losses, rows, adam = problem.fused(stretches=FEW)
    wanted, theirs, remembered = problem.torchs(FEW[0].stop)
    torch.testing.assert_close(losses, wanted, rtol=2e-5, atol=1e-6)
    assert_same_weights(rows, theirs)
    assert_same_memory(adam, remembered)


@pytest.mark.parametrize("cell", CELLS)
def test_company_and_order_change_no_bit(cell):
    problem = Problem(cell=cell, **SHAPES["two layers, padded"])
    losses, rows, adam = problem.fused(stretches=FEW)
    for some in ([1], [2, 0]):
        own = problem.fused(some, FEW)
        assert torch.equal(own[0], losses[:, some])
        assert torch.equal(own[1], rows[some])
        assert torch.equal(own[2].square, adam.square[some])


def test_a_number_that_is_none_stays_with_its_network():
    problem = Problem(**SHAPES["one layer"])
    losses, rows, _ = problem.fused(stretches=FEW)
    inputs = problem.windows.inputs.clone()
    inputs[2] = np.nan  # the first network's fold alone
    problem.windows = replace(problem.windows, inputs=inputs)
    other, moved, _ = problem.fused(stretches=FEW)
    assert other[:, 0].isnan().all()
    assert moved[0].isnan().any()
    assert torch.equal(other[:, 1:], losses[:, 1:])
    assert torch.equal(moved[1:], rows[1:])


def test_what_the_kernels_do_not_know_is_told(settings_of):
    assert why_not(settings_of()) == ""
    assert "loss tweedie" in why_not(settings_of(loss="tweedie"))
    assert "float64" in why_not(settings_of(dtype="float64"))
