"""h_t = tanh(x_t W_xh + h_{t-1} W_hh + b),  b = b_ih + b_hh,  h_0 = 0 where none is given.

The network of Elman (1990), as torch.nn.RNN computes it. Two biases that always appear as a sum
look like one too many, but under Adam each of them takes its own step: with one, training would
differ from torch.nn.RNN.

Backwards (Werbos 1990, "Backpropagation through time"), with d_t the gradient before the tanh:
d_t = (g_t + d_{t+1} W_hh') (1 - h_t^2),  and the gradient of W_hh is the sum of h_{t-1}' d_t.
"""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from pipeline.rnn.cells.gradients import gradients_from_outside, step_back, weight_gradient
from pipeline.rnn.cells.squash import make_blocks, sigmoid_, twice_less_one
from pipeline.rnn.layout import LayerWeights, States

GATES, STATES = 1, 1
"""Blocks of hidden units side by side in W_xh and W_hh; states from step to step: h."""


def run_cell(
    inputs: Float[Tensor, "F T B I"],
    weights: LayerWeights,
    start: tuple[Float[Tensor, "F B H"], ...] | None = None,
) -> States:
    """The hidden states h_1 .. h_T of one layer of F networks.

    Args:
        inputs: x_1 .. x_T, the steps before the batch so that each step is one block of memory.
        weights: W_xh, W_hh and the two biases of each network.
        start: h_0, zero in padding units; None: zero.
    """
    F, T, B, _ = inputs.shape
    bias = (weights.b_ih + weights.b_hh).unsqueeze(1)
    projected = torch.baddbmm(bias, inputs.reshape(F, T * B, -1), weights.w_xh)
    h_0 = None if start is None else start[0]
    every, h = _Recurrence.apply(projected.view(F, T, B, -1), weights.w_hh, h_0)
    return States(every, (h,))


class _Recurrence(torch.autograd.Function):
    """From x_t W_xh + b of all steps to all states, and the last one by itself.

    By hand, because then the gradient of W_hh is one product over all steps and not one a step, and
    no zeros are added for the steps of the top layer that nothing reads.
    """

    @staticmethod
    def forward(
        ctx: Any,  # noqa: ANN401 - torch does not name its type
        projected: Float[Tensor, "F T B H"],
        w_hh: Float[Tensor, "F H H"],
        h_0: Float[Tensor, "F B H"] | None,
    ) -> tuple[Float[Tensor, "F T B H"], Float[Tensor, "F B H"]]:
        ctx.set_materialize_grads(False)
        if projected.is_cuda:
            states = _run_on_gpu(projected, w_hh, h_0)
            ctx.save_for_backward(states, w_hh, h_0)
            return states, states[:, -1].clone()
        F, _, B, H = projected.shape
        block = make_blocks(1, (F, B, H), projected)
        (flat,), (doubled,), twice = block.flat, block.values, 2 * w_hh
        states, before = torch.empty_like(projected), h_0
        for x, h in zip(projected.unbind(1), states.unbind(1), strict=True):
            if before is None:  # h_0 is zero: no product with W_hh
                torch.add(x, x, out=doubled)
            else:
                torch.baddbmm(x, before, twice, beta=2, out=doubled)
            sigmoid_(flat)
            twice_less_one(doubled, out=h)
            before = h
        ctx.save_for_backward(states, w_hh, h_0)
        return states, states[:, -1].clone()

    @staticmethod
    def backward(
        ctx: Any,  # noqa: ANN401 - torch does not name its type
        *gradients: Float[Tensor, "..."] | None,
    ) -> tuple[Float[Tensor, "F T B H"], Float[Tensor, "F H H"], Float[Tensor, "F B H"] | None]:
        of_every, of_last = gradients
        states, w_hh, h_0 = ctx.saved_tensors
        h, d = states.unbind(1), torch.empty_like(states)
        into, to_start = d.unbind(1), ctx.needs_input_grad[2]
        arriving, outside = gradients_from_outside(of_every, of_last, states)
        for t in range(len(h) - 1, -1, -1):
            torch.ops.aten.tanh_backward.grad_input(arriving, h[t], grad_input=into[t])
            if t > 0 or to_start:
                arriving = step_back(into[t], w_hh, outside[t - 1] if t > 0 else None)
        return d, weight_gradient(states, h_0, d), arriving if to_start else None


def _run_on_gpu(
    projected: Float[Tensor, "F T B H"],
    w_hh: Float[Tensor, "F H H"],
    h_0: Float[Tensor, "F B H"] | None,
) -> Float[Tensor, "F T B H"]:
    """All states, where a pass over the numbers costs more than torch's own tanh does.

    Each step's product is added to `projected` in its place: nobody reads that again.
    """
    states, before = torch.empty_like(projected), h_0
    for x, h in zip(projected.unbind(1), states.unbind(1), strict=True):
        torch.tanh(x if before is None else x.baddbmm_(before, w_hh), out=h)
        before = h
    return states
