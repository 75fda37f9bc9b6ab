"""r_t = s(x_t W_xr + h_{t-1} W_hr + b),  z_t = s(x_t W_xz + h_{t-1} W_hz + b),
q_t = h_{t-1} W_hn + b_hn,  n_t = tanh(x_t W_xn + b_in + r_t q_t),
h_t = n_t + z_t (h_{t-1} - n_t).

Gates r, z, n side by side; s is the sigmoid, b = b_ih + b_hh, h_0 = 0 where none is given. Cho et
al. (2014), "Learning phrase representations using RNN encoder-decoder", as torch.nn.GRU computes
it: the reset gate r after the product with W_hn, where the paper has it before.

Backwards, with a_t the gradient of h_t, and d that before a gate's sigmoid or tanh:
d_n = a_t (1 - z) (1 - n^2),  d_z = a_t (h_{t-1} - n) z (1 - z),  d_r = d_n q r (1 - r),
a_{t-1} = a_t z + (d_n r) W_hn' + d_r W_hr' + d_z W_hz'.
Each d is a_t times a number of the forward pass: those are made for all steps at once.
"""  # noqa: D205 - the equations are the summary

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from pipeline.rnn.cells.gradients import gradients_from_outside, weight_gradient
from pipeline.rnn.cells.squash import Blocks, make_blocks, sigmoid_, twice_less_one
from pipeline.rnn.layout import LayerWeights, States

GATES, STATES = 3, 1
"""Blocks of hidden units side by side in W_xh and W_hh; states from step to step: h."""

_sigmoid_back = torch.ops.aten.sigmoid_backward.grad_input
_tanh_back = torch.ops.aten.tanh_backward.grad_input


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
    H = weights.w_hh.shape[1]
    outside, inside = weights.b_hh.split([2 * H, H], dim=1)
    bias = weights.b_ih + torch.nn.functional.pad(outside, (0, H))
    projected = torch.baddbmm(bias.unsqueeze(1), inputs.reshape(F, T * B, -1), weights.w_xh)
    h_0 = None if start is None else start[0]
    every, h = _Recurrence.apply(projected.view(F, T, B, -1), weights.w_hh, inside, h_0)
    return States(every, (h,))


class _Recurrence(torch.autograd.Function):
    """From the projected inputs of all steps to all states, and the last one by itself."""

    @staticmethod
    def forward(
        ctx: Any,  # noqa: ANN401 - torch does not name its type
        projected: Float[Tensor, "F T B GH"],
        w_hh: Float[Tensor, "F H GH"],
        b_hn: Float[Tensor, "F H"],
        h_0: Float[Tensor, "F B H"] | None,
    ) -> tuple[Float[Tensor, "F T B H"], Float[Tensor, "F B H"]]:
        ctx.set_materialize_grads(False)
        (F, T, B, _), H = projected.shape, w_hh.shape[1]
        gates, fresh = (make_blocks(n, (F, B, w * H), projected) for n, w in ((T, 3), (1, 1)))
        products, states = projected.new_empty(T, F, B, H), projected.new_empty(F, T, B, H)
        bias, before, new = b_hn.unsqueeze(1), h_0, Blocks(fresh.flat[0], fresh.values[0])
        for x, q, gate, flat, h in zip(
            projected.unbind(1), products, gates.values, gates.flat, states.unbind(1), strict=True
        ):
            if before is None:  # h_0 is zero: no product with W_hh
                gate.copy_(x)
                q.copy_(bias.expand_as(q))
            else:
                torch.bmm(before, w_hh, out=gate)
                torch.add(gate[..., 2 * H :], bias, out=q)
                gate[..., : 2 * H].add_(x[..., : 2 * H])
            sigmoid_(flat)  # the block of n too: a pass over it costs less than to spare it
            _next_state(x[..., 2 * H :], before, q, gate.split(H, dim=-1), new, out=h)
            before = h
        ctx.save_for_backward(gates.values, products, states, w_hh, h_0)
        return states, states[:, -1].clone()

    @staticmethod
    def backward(
        ctx: Any,  # noqa: ANN401 - torch does not name its type
        *gradients: Float[Tensor, "..."] | None,
    ) -> tuple[
        Float[Tensor, "F T B GH"],
        Float[Tensor, "F H GH"],
        Float[Tensor, "F H"],
        Float[Tensor, "F B H"] | None,
    ]:
        of_every, of_last = gradients
        gates, products, states, w_hh, h_0 = ctx.saved_tensors
        (_, T, _, H), (a, outside) = states.shape, gradients_from_outside(of_every, of_last, states)
        d, z = _factors(gates, products, states, h_0), gates[..., H : 2 * H]
        to_start, w_back = ctx.needs_input_grad[3], w_hh.roll(H, dims=2).mT
        for t in range(T - 1, -1, -1):
            d[:, t].mul_(a.unsqueeze(2))
            if t > 0 or to_start:
                above = outside[t - 1] if t > 0 else None
                a = a * z[t] if above is None else torch.addcmul(above, a, z[t])
                a.baddbmm_(d[:, t, :, :3].flatten(2), w_back)
        d = d.flatten(3)
        of_w = weight_gradient(states, h_0, d[..., : 3 * H]).roll(-H, dims=2)
        return d[..., H:], of_w, d[..., :H].sum((1, 2)), a if to_start else None


def _next_state(
    x_n: Float[Tensor, "F B H"],
    before: Float[Tensor, "F B H"] | None,
    q: Float[Tensor, "F B H"],
    gates: tuple[Float[Tensor, "F B H"], ...],
    new: Blocks,
    *,
    out: Float[Tensor, "F B H"],
) -> None:
    """From open gates r and z: n_t into the place of n, h_t into `out`; `new` is scratch."""
    r, z, n = gates
    torch.addcmul(x_n, r, q, out=new.values).mul_(2)
    sigmoid_(new.flat)
    twice_less_one(new.values, out=n)
    if before is None:
        torch.addcmul(n, z, n, value=-1, out=out)
    else:
        torch.sub(before, n, out=new.values)
        torch.addcmul(n, z, new.values, out=out)


def _factors(
    gates: Float[Tensor, "T F B GH"],
    products: Float[Tensor, "T F B H"],
    states: Float[Tensor, "F T B H"],
    h_0: Float[Tensor, "F B H"] | None,
) -> Float[Tensor, "F T B 4 H"]:
    """What a_t is multiplied by to be d_n r, d_r, d_z and d_n: the first three meet W_hh."""
    (F, T, B, H), (r, z, n) = states.shape, gates.split(states.shape[-1], dim=-1)
    factors = gates.new_empty(F, T, B, 4, H)
    of_nr, of_r, of_z, of_n = factors.transpose(0, 1).unbind(3)
    _tanh_back(1 - z, n, grad_input=of_n)
    torch.mul(of_n, r, out=of_nr)
    _sigmoid_back(of_n * products, r, grad_input=of_r)
    change = -n
    change[1:] += states[:, :-1].transpose(0, 1)
    if h_0 is not None:
        change[0] += h_0
    _sigmoid_back(change, z, grad_input=of_z)
    return factors
