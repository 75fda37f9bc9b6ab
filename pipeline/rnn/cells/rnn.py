"""h_t = tanh(x_t W_xh + h_{t-1} W_hh + b),  b = b_ih + b_hh,  h_0 = 0.

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

from pipeline.rnn.layout import LayerWeights, States

GATES = 1
"""Blocks of hidden units side by side in W_xh and W_hh."""


def run_cell(inputs: Float[Tensor, "F T B I"], weights: LayerWeights) -> States:
    """The hidden states h_1 .. h_T of one layer of F networks.

    Args:
        inputs: x_1 .. x_T, the steps before the batch so that each step is one block of memory.
        weights: W_xh, W_hh and the two biases of each network.
    """
    F, T, B, _ = inputs.shape
    bias = (weights.b_ih + weights.b_hh).unsqueeze(1)
    projected = torch.baddbmm(bias, inputs.reshape(F, T * B, -1), weights.w_xh)
    return States(*_Recurrence.apply(projected.view(F, T, B, -1), weights.w_hh))


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
    ) -> tuple[Float[Tensor, "F T B H"], Float[Tensor, "F B H"]]:
        ctx.set_materialize_grads(False)
        states = torch.empty_like(projected)
        (first, *rest), outs = projected.unbind(1), states.unbind(1)
        torch.tanh(first, out=outs[0])  # h_0 is zero: no product with W_hh
        for step, before, out in zip(rest, outs[:-1], outs[1:], strict=True):
            torch.tanh(torch.baddbmm(step, before, w_hh), out=out)
        ctx.save_for_backward(states, w_hh)
        return states, outs[-1].clone()

    @staticmethod
    def backward(
        ctx: Any,  # noqa: ANN401 - torch does not name its type
        *gradients: Float[Tensor, "..."] | None,
    ) -> tuple[Float[Tensor, "F T B H"], Float[Tensor, "F H H"]]:
        (of_all, of_last), (states, w_hh) = gradients, ctx.saved_tensors
        h, d = states.unbind(1), torch.empty_like(states)
        g: list[Tensor | None] = [None] * len(h) if of_all is None else list(of_all.unbind(1))
        if of_last is not None:
            g[-1] = of_last if of_all is None else of_all[:, -1] + of_last
        arriving, into = g[-1], d.unbind(1)
        for t in range(len(h) - 1, -1, -1):
            torch.ops.aten.tanh_backward.grad_input(arriving, h[t], grad_input=into[t])
            if t > 0:
                arriving = _one_step_back(into[t], w_hh, g[t - 1])
        earlier, later = states[:, :-1].flatten(1, 2), d[:, 1:].flatten(1, 2)
        return d, torch.bmm(earlier.mT, later)


def _one_step_back(
    d: Float[Tensor, "F B H"],
    w_hh: Float[Tensor, "F H H"],
    from_above: Float[Tensor, "F B H"] | None,
) -> Float[Tensor, "F B H"]:
    """The gradient of h_{t-1}: what comes from step t, and from the layer above if any."""
    if from_above is None:
        return torch.bmm(d, w_hh.mT)
    return torch.baddbmm(from_above, d, w_hh.mT)
