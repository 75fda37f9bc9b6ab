"""Clipping, Adam and the schedule against torch's own."""

import pytest
import torch

from pipeline.rnn.optimizer import AdamState, clip_each, learning_rate, step_adam


def test_each_network_is_clipped_by_its_own_norm():
    gradients = torch.randn(4, 32) * torch.tensor([[0.01], [1.0], [100.0], [0.0]])
    wanted = gradients.clone()
    for row in wanted:
        parameter = torch.nn.Parameter(torch.zeros(32))
        parameter.grad = row
        torch.nn.utils.clip_grad_norm_(parameter, 1.0)
    torch.testing.assert_close(clip_each(gradients, 1.0), wanted)
    assert clip_each(gradients, "none") is gradients


def test_a_norm_that_overflows_is_no_zero_gradient():
    gradients = torch.tensor([[1e30, 1e30], [3.0, 4.0]])
    clipped = clip_each(gradients, 1.0)
    assert clipped[0].isnan().all()
    torch.testing.assert_close(clipped[1], torch.tensor([0.6, 0.8]))


@pytest.mark.parametrize("schedule", ["cosine", "constant"])
def test_steps_are_those_of_torch_adam(schedule):
    torch.manual_seed(0)
    rows, gradients = torch.randn(3, 16), torch.randn(7, 3, 16)
    theirs, still = torch.nn.Parameter(rows[:2].clone()), rows[2].clone()
    optimizer = torch.optim.Adam([theirs], lr=0.01)
    by_torch = {
        "cosine": torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=7),
        "constant": torch.optim.lr_scheduler.ConstantLR(optimizer, factor=1),
    }[schedule]
    state = AdamState.of(rows)
    for step, gradient in enumerate(gradients):
        rate = learning_rate(step, 7, largest=0.01, schedule=schedule)
        assert rate == pytest.approx(by_torch.get_last_lr()[0])
        step_adam(rows, gradient, state, block=slice(0, 2), step=step, rate=rate)
        theirs.grad = gradient[:2]
        optimizer.step()
        by_torch.step()
    torch.testing.assert_close(rows[:2], theirs.detach())
    assert torch.equal(rows[2], still)
