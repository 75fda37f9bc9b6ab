"""CPU or GPU: which one a run uses, and how its products are rounded there."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

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


def company_counts(settings: NetworkSettings) -> bool:
    """Whether a network's last bits depend on those that train beside it.

    On a GPU torch's products do, by how many there are, and early stopping takes its losses from
    them; the fused steps do not, and on a CPU nothing does.
    """
    with_torch = settings.kernel == "torch" or settings.stops_early
    return with_torch and pick_device(settings).type == "cuda"


Held = TypeVar("Held")


def on_cpu(held: Held) -> Held:
    """The same dataclass with all its tensors on the CPU; so are those of dataclasses in it."""
    parts: Any = held
    every = ((field.name, getattr(parts, field.name)) for field in fields(parts))
    moved = {
        name: value.cpu() if isinstance(value, torch.Tensor) else on_cpu(value)
        for name, value in every
        if isinstance(value, torch.Tensor) or is_dataclass(value)
    }
    return replace(parts, **moved)


def is_here(settings: NetworkSettings) -> bool:
    """Whether the device that the settings ask for is at hand."""
    return settings.device != "cuda" or torch.cuda.is_available()


@contextmanager
def products_rounded_as(settings: NetworkSettings) -> Iterator[None]:
    """Products of float32 numbers as declared, while this is open: with all their bits by default.

    The process's own setting is not trusted: another library may have allowed TF32.
    """
    assert settings.matmul_precision is not None
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision(settings.matmul_precision)
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)
