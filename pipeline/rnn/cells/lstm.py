"""i_t, f_t, o_t = s(x_t W_x + h_{t-1} W_h + b) each with its own weights,
g_t = tanh(x_t W_xg + h_{t-1} W_hg + b),
c_t = i_t g_t + f_t c_{t-1},  h_t = o_t tanh(c_t).

Gates i, f, g, o side by side; s is the sigmoid, b = b_ih + b_hh, h_0 = c_0 = 0 where none is given.
Hochreiter and Schmidhuber (1997), "Long short-term memory", with the forget gate f of Gers,
Schmidhuber and Cummins (2000), "Learning to forget", as torch.nn.LSTM computes it: no peepholes.

Backwards, with a_t the gradient of h_t, e_t of c_t, and d that before a gate's sigmoid or tanh:
e_t = e_{t+1} f_{t+1} + a_t o (1 - tanh(c)^2),  d_o = a_t tanh(c) o (1 - o),
d_i = e_t g i (1 - i),  d_f = e_t c_{t-1} f (1 - f),  d_g = e_t i (1 - g^2),  a_{t-1} = d W_hh'.
Each d is e_t or a_t times a number of the forward pass: those are made for all steps at once.
"""  # noqa: D205 - the equations are the summary

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from pipeline.rnn.cells.gradients import gradients_from_outside, step_back, weight_gradient
from pipeline.rnn.cells.squash import make_blocks, sigmoid_, twice_less_one
from pipeline.rnn.layout import LayerWeights, States

GATES, STATES = 4, 2
"""Blocks of hidden units side by side in W_xh and W_hh; states from step to step: h and c."""

_sigmoid_back = torch.ops.aten.sigmoid_backward.grad_input
_tanh_back = torch.ops.aten.tanh_backward.grad_input


def run_cell(
    inputs: Float[Tensor, "F T B I"],
    weights: LayerWeights,
    start: tuple[Float[Tensor, "F B H"], ...] | None = None,
) -> States:
    """The hidden states h_1 .. h_T of one layer of F networks, and c_T.

    Args:
        inputs: x_1 .. x_T, the steps before the batch so that each step is one block of memory.
        weights: W_xh, W_hh and the two biases of each network.
        start: h_0 and c_0, zero in padding units; None: zero.
    """
    F, T, B, _ = inputs.shape
    bias = (weights.b_ih + weights.b_hh).unsqueeze(1)
    projected = torch.baddbmm(bias, inputs.reshape(F, T * B, -1), weights.w_xh)
    h_0, c_0 = (None, None) if start is None else start
    every, h, c = _Recurrence.apply(projected.view(F, T, B, -1), weights.w_hh, h_0, c_0)
    return States(every, (h, c))


class _Recurrence(torch.autograd.Function):
    """From the projected inputs of all steps to all hidden states, and the last h and c."""

    @staticmethod
    def forward(
        ctx: Any,  # noqa: ANN401 - torch does not name its type
        projected: Float[Tensor, "F T B GH"],
        w_hh: Float[Tensor, "F H GH"],
        h_0: Float[Tensor, "F B H"] | None,
        c_0: Float[Tensor, "F B H"] | None,
    ) -> tuple[Float[Tensor, "F T B H"], Float[Tensor, "F B H"], Float[Tensor, "F B H"]]:
        ctx.set_materialize_grads(False)
        (F, T, B, _), H = projected.shape, w_hh.shape[1]
        gates, squashed = (make_blocks(T, (F, B, n * H), projected) for n in (4, 1))
        cells, states = projected.new_empty(T, F, B, H), projected.new_empty(F, T, B, H)
        before, memory = h_0, c_0
        for t, (x, h) in enumerate(zip(projected.unbind(1), states.unbind(1), strict=True)):
            if before is None:  # h_0 is zero: no product with W_hh
                gates.values[t].copy_(x)
            else:
                torch.baddbmm(x, before, w_hh, out=gates.values[t])
            i, f, g, o = gates.values[t].split(H, dim=-1)
            g.mul_(2)  # tanh(x) = 2 s(2 x) - 1: one sigmoid for all gates
            sigmoid_(gates.flat[t])
            twice_less_one(g, out=g)
            torch.mul(i, g, out=cells[t])
            if memory is not None:
                cells[t].addcmul_(f, memory)
            torch.mul(cells[t], 2, out=squashed.values[t])
            sigmoid_(squashed.flat[t])
            twice_less_one(squashed.values[t], out=squashed.values[t])
            torch.mul(o, squashed.values[t], out=h)
            before, memory = h, cells[t]
        ctx.save_for_backward(gates.values, cells, squashed.values, states, w_hh, h_0, c_0)
        return states, states[:, -1].clone(), cells[-1].clone()

    @staticmethod
    def backward(
        ctx: Any,  # noqa: ANN401 - torch does not name its type
        *gradients: Float[Tensor, "..."] | None,
    ) -> tuple[
        Float[Tensor, "F T B GH"],
        Float[Tensor, "F H GH"],
        Float[Tensor, "F B H"] | None,
        Float[Tensor, "F B H"] | None,
    ]:
        of_every, of_last, e = gradients
        gates, cells, tanh_c, states, w_hh, h_0, c_0 = ctx.saved_tensors
        (_, T, _, H), (a, outside) = states.shape, gradients_from_outside(of_every, of_last, states)
        d, of_c = _factors(gates, cells, tanh_c, c_0), torch.empty_like(cells)
        _tanh_back(gates[..., 3 * H :], tanh_c, grad_input=of_c)
        f, to_start = gates[..., H : 2 * H], any(ctx.needs_input_grad[2:])
        for t in range(T - 1, -1, -1):
            e = a * of_c[t] if e is None else torch.addcmul(e, a, of_c[t])
            d[:, t, :, :3].mul_(e.unsqueeze(2))
            d[:, t, :, 3].mul_(a)
            if t > 0 or to_start:
                e = e * f[t]
                a = step_back(d[:, t].flatten(2), w_hh, outside[t - 1] if t > 0 else None)
        d = d.flatten(3)
        of_w = weight_gradient(states, h_0, d)
        return d, of_w, a if to_start else None, e if to_start else None


def _factors(
    gates: Float[Tensor, "T F B GH"],
    cells: Float[Tensor, "T F B H"],
    tanh_c: Float[Tensor, "T F B H"],
    c_0: Float[Tensor, "F B H"] | None,
) -> Float[Tensor, "F T B 4 H"]:
    """What e_t is multiplied by to be d_i, d_f and d_g, and a_t to be d_o."""
    (T, F, B, H), (i, f, g, o) = cells.shape, gates.split(cells.shape[-1], dim=-1)
    factors = gates.new_empty(F, T, B, 4, H)
    of_i, of_f, of_g, of_o = factors.transpose(0, 1).unbind(3)
    _sigmoid_back(g, i, grad_input=of_i)
    _tanh_back(i, g, grad_input=of_g)
    _sigmoid_back(tanh_c, o, grad_input=of_o)
    _sigmoid_back(cells[:-1], f[1:], grad_input=of_f[1:])
    if c_0 is None:
        of_f[0] = 0
    else:
        _sigmoid_back(c_0, f[0], grad_input=of_f[0])
    return factors
