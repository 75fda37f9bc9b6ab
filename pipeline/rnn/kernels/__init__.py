"""Optional accelerators: the same steps of training, made by compiled code.

Never needed: without them the same numbers, up to rounding, are made in plain torch.

On a CPU `compiled.py` has the machine's compiler make C for a network's shape, and calls it:

- `steps.c` many optimizer steps of one network at a time, all in the cache of one core;
  `rnn.h`, `gru.h`, `lstm.h` a step of each cell, `products.h` matrix products

On a GPU `on_cuda.py` has Triton do the same, and launches it:

- `triton_steps.py` many optimizer steps of every network in one launch, a program for each;
  `triton_rnn.py`, `triton_gru.py`, `triton_lstm.py` a step of each cell, `triton_products.py`
  matrix products, `triton_shape.py` what they are compiled for
"""

from types import ModuleType

import torch

from pipeline.rnn.kernels import compiled, on_cuda


def kernel_on(device: torch.device) -> ModuleType:
    """The module with `why_not` and `make_steps` for this device."""
    return on_cuda if device.type == "cuda" else compiled
