"""What backpropagation through time does alike in every cell, whatever its gates are."""

import torch
from jaxtyping import Float
from torch import Tensor


def gradients_from_outside(
    of_every: Float[Tensor, "F T B H"] | None,
    of_last: Float[Tensor, "F B H"] | None,
    states: Float[Tensor, "F T B H"],
) -> tuple[Float[Tensor, "F B H"], list[Float[Tensor, "F B H"] | None]]:
    """What the layer above and whoever reads the last state send: to h_T, and to h_1 .. h_{T-1}.

    None where nothing comes: the top layer is read at its last step only, and zeros would cost a
    pass over all others.

    Args:
        of_every: the gradient of all states, if any reader has one.
        of_last: the gradient of the last state by itself, if any reader has one.
        states: h_1 .. h_T.
    """
    if of_every is None:
        last = torch.zeros_like(states[:, 0]) if of_last is None else of_last
        return last, [None] * (states.shape[1] - 1)
    every: list[Tensor | None] = list(of_every.unbind(1))
    last = of_every[:, -1] if of_last is None else of_every[:, -1] + of_last
    return last, every[:-1]


def step_back(
    d: Float[Tensor, "F B GH"],
    w_hh: Float[Tensor, "F H GH"],
    from_outside: Float[Tensor, "F B H"] | None,
) -> Float[Tensor, "F B H"]:
    """The gradient of h_{t-1}: what comes from step t, and from outside if any.

    Args:
        d: the gradient before the gates of step t.
        w_hh: W_hh.
        from_outside: what reaches h_{t-1} from the layer above.
    """
    if from_outside is None:
        return torch.bmm(d, w_hh.mT)
    return torch.baddbmm(from_outside, d, w_hh.mT)


def weight_gradient(
    states: Float[Tensor, "F T B H"],
    h_0: Float[Tensor, "F B H"] | None,
    d: Float[Tensor, "F T B GH"],
) -> Float[Tensor, "F H GH"]:
    """The gradient of W_hh: the sum of h_{t-1}' d_t over all steps, in one product.

    Args:
        states: h_1 .. h_T.
        h_0: what came before; None: zero.
        d: the gradient before the gates, of all steps.
    """
    earlier, later = states[:, :-1].flatten(1, 2), d[:, 1:].flatten(1, 2)
    total = torch.bmm(earlier.mT, later)
    return total if h_0 is None else total.baddbmm_(h_0.mT, d[:, 0])
