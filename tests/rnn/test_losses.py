"""The loss: torch's mean squared error per network, with gaps out, and no stretched shapes."""

import pytest
import torch
from jaxtyping import TypeCheckError

from pipeline.rnn.losses import masked_mse

torch.manual_seed(0)
OUTPUTS, TARGETS = torch.randn(2, 3, 5, 4)
EVERY = torch.ones(3, 5, 4, dtype=torch.bool)


def test_loss_is_torchs_of_each_network():
    wanted = [torch.nn.MSELoss()(o, t) for o, t in zip(OUTPUTS, TARGETS, strict=True)]
    torch.testing.assert_close(masked_mse(OUTPUTS, TARGETS, EVERY), torch.stack(wanted))


def test_missing_targets_are_out_of_the_loss():
    observed = EVERY.clone()
    observed[0, 2:], observed[1] = False, False
    losses = masked_mse(OUTPUTS, TARGETS.masked_fill(~observed, float("nan")), observed)
    torch.testing.assert_close(losses[0], torch.nn.MSELoss()(OUTPUTS[0, :2], TARGETS[0, :2]))
    assert losses[1] == 0


@pytest.mark.parametrize(
    ("outputs", "targets"),
    [((1, 16, 1), (1, 16, 4)), ((16, 1), (16, 1, 4)), ((1, 16, 1), (1, 16)), ((16, 1), (16,))],
)
@pytest.mark.filterwarnings("ignore:Using a target size")
def test_a_stretched_target_is_an_error(outputs, targets):
    y_hat, y = torch.zeros(outputs), torch.ones(targets)
    torch.nn.MSELoss()(y_hat, y)  # what torch makes a number of
    with pytest.raises((ValueError, TypeCheckError)):  # the second where shapes are checked
        masked_mse(y_hat, y, torch.ones(targets, dtype=torch.bool))
