"""Losses: torch's own per network, with gaps out; quantiles that cannot cross; honest shapes."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from jaxtyping import TypeCheckError
from sklearn.metrics import mean_pinball_loss

from pipeline.rnn.losses import losses_of, without_crossing
from pipeline.rnn.settings import NetworkSettings

torch.manual_seed(0)
OUTPUTS, TARGETS = torch.randn(2, 3, 5, 4)
EVERY = torch.ones(3, 5, 4, dtype=torch.bool)


THEIRS = {"mse": torch.nn.MSELoss(), "mae": torch.nn.L1Loss(), "huber": torch.nn.HuberLoss()}


@pytest.mark.parametrize("loss", THEIRS)
def test_loss_and_gradient_are_torchs_of_each_network(loss):
    ours, theirs = (OUTPUTS.clone().requires_grad_() for _ in range(2))
    losses = losses_of(ours, TARGETS, EVERY, loss=loss).means
    wanted = torch.stack([THEIRS[loss](o, t) for o, t in zip(theirs, TARGETS, strict=True)])
    torch.testing.assert_close(losses, wanted)
    losses.sum().backward()
    wanted.sum().backward()
    torch.testing.assert_close(ours.grad, theirs.grad)


@pytest.mark.parametrize("loss", [*THEIRS, "quantile"])
def test_missing_targets_are_out_of_the_loss(loss):
    observed = EVERY.clone()
    observed[0, 2:], observed[1] = False, False
    outputs = (OUTPUTS if loss != "quantile" else OUTPUTS.repeat_interleave(3, -1)).clone()
    outputs.requires_grad_()
    missing = TARGETS.masked_fill(~observed, float("nan"))
    options = {"loss": loss, "quantiles": (0.1, 0.5, 0.9)}
    losses = losses_of(outputs, missing, observed, **options)
    fewer = losses_of(outputs[:1, :2], TARGETS[:1, :2], EVERY[:1, :2], **options)
    torch.testing.assert_close(losses.means[:1], fewer.means)
    assert losses.counts.tolist() == [8, 0, 20]
    assert losses.means[1] == 0
    losses.means.sum().backward()
    assert (outputs.grad[1] == 0).all()
    assert (outputs.grad[0, 2:] == 0).all()
    assert outputs.grad.isfinite().all()


def test_pinball_is_scikit_learns():
    p = (0.05, 0.25, 0.5, 0.75, 0.95)
    outputs = torch.randn(2, 6, 3 * len(p), dtype=torch.float64)
    targets = torch.randn(2, 6, 3, dtype=torch.float64)
    every = torch.ones(2, 6, 3, dtype=torch.bool)
    losses = losses_of(outputs, targets, every, loss="quantile", quantiles=p).means
    found = without_crossing(outputs.unflatten(-1, (3, len(p)))).numpy()
    for k in range(2):
        y = targets[k].numpy().ravel()
        each = [mean_pinball_loss(y, found[k, ..., q].ravel(), alpha=p[q]) for q in range(len(p))]
        assert losses[k].item() == pytest.approx(np.mean(each), rel=1e-12)


@given(st.lists(st.floats(-50, 50), min_size=5, max_size=5))
def test_quantiles_never_cross_and_the_middle_is_put_out_itself(raw):
    found = without_crossing(torch.tensor(raw, dtype=torch.float64))
    assert found[2] == raw[2]
    assert (found.diff() >= 0).all()


def test_quantiles_of_normal_errors_are_found_by_training():
    """The loss is small where the quantiles are: those of a normal distribution."""
    y = torch.tensor(np.random.default_rng(0).normal(size=(1, 3_000, 1)))
    raw = torch.zeros(1, 1, 3, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.Adam([raw], lr=0.02)
    every = torch.ones_like(y, dtype=torch.bool)
    for _ in range(300):
        optimizer.zero_grad()
        options = {"loss": "quantile", "quantiles": (0.1, 0.5, 0.9)}
        losses_of(raw.expand(1, 3_000, 3), y, every, **options).means.sum().backward()
        optimizer.step()
    assert without_crossing(raw.detach())[0, 0].tolist() == pytest.approx(
        [-1.28, 0, 1.28], abs=0.08
    )


def test_levels_are_bounds_and_the_median():
    def quantiles(**given):
        return NetworkSettings(**given).quantiles

    wanted = (0.025, 0.1, 0.5, 0.9, 0.975)
    assert quantiles(loss="quantile", level=[95, 80]) == pytest.approx(wanted)
    assert quantiles(loss="quantile", level=[50, 50]) == (0.25, 0.5, 0.75)
    assert quantiles(loss="mae", level=[50]) == (0.5,)


@pytest.mark.parametrize(
    ("outputs", "targets"),
    [((1, 16, 1), (1, 16, 4)), ((16, 1), (16, 1, 4)), ((1, 16, 1), (1, 16)), ((16, 1), (16,))],
)
@pytest.mark.filterwarnings("ignore:Using a target size")
def test_a_stretched_target_is_an_error(outputs, targets):
    y_hat, y = torch.zeros(outputs), torch.ones(targets)
    torch.nn.MSELoss()(y_hat, y)  # what torch makes a number of
    with pytest.raises((ValueError, TypeCheckError)):  # the second where shapes are checked
        losses_of(y_hat, y, torch.ones(targets, dtype=torch.bool))
