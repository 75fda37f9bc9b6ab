"""CPU or GPU: which one a run uses, and how its products are rounded there."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from pipeline.errors import InputError
from pipeline.rnn.settings import NetworkSettings


def pick_device(settings: NetworkSettings) -> torch.device:
    """The device that the settings ask for.

    Raises:
        InputError: `cuda` is asked for and there is none.
    """
    present = torch.cuda.is_available()
    if settings.device == "cuda" and not present:
        raise InputError(
            "device: cuda is asked for, but torch finds no GPU here; "
            "install a torch build for CUDA and its driver, or declare device: auto or cpu"
        )
    wanted = settings.device if settings.device != "auto" else "cuda" if present else "cpu"
    return torch.device(wanted)


@contextmanager
def full_precision(device: torch.device) -> Iterator[None]:
    """Products of float32 numbers with all their bits: no TF32 on a GPU while this is open."""
    if device.type != "cuda":
        yield
        return
    products = torch.backends.cuda.matmul
    before, products.allow_tf32 = products.allow_tf32, False
    try:
        yield
    finally:
        products.allow_tf32 = before
