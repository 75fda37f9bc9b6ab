"""Steps of training on a GPU: what `triton_steps.py` is compiled for, and its launch.

Triton comes with torch for CUDA and is imported when it is needed.
"""

import importlib.util
import os
import shutil
from contextlib import nullcontext

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from pipeline.errors import InputError
from pipeline.rnn.batches import Windows
from pipeline.rnn.kernels import compiled
from pipeline.rnn.kernels.triton_shape import Shape
from pipeline.rnn.layout import Layout
from pipeline.rnn.optimizer import BETAS, AdamState
from pipeline.rnn.settings import NetworkSettings

LARGEST_TILE = 2**14
"""Numbers of a tile of all windows: twice as many compile for minutes, or do not fit at all."""

PRECISIONS = {"highest": "ieee", "high": "tf32", "medium": "tf32"}
"""How Triton rounds a product, by torch's word for it."""

WARPS = 16
"""Warps for each multiprocessor, all that their registers allow; a program of theirs has a scratch
of its own."""


def why_not(settings: NetworkSettings) -> str:
    """Why networks of these settings cannot be trained on a GPU; empty where they can."""
    if reason := compiled.why_not(settings):  # both know the same losses, and float32 alone
        return reason
    if importlib.util.find_spec("triton") is None:
        return "there is no Triton here, which comes with torch for CUDA"
    if not any(map(shutil.which, (os.environ.get("CC", "cc"), "gcc", "clang"))):
        return "Triton needs a C compiler for its launcher, and there is none: install gcc or clang"
    return ""


def make_steps(
    windows: Windows,
    layout: Layout,
    settings: NetworkSettings,
    *,
    rows: Float[Tensor, "F P"],
    adam: AdamState,
    which: Int[Tensor, " F"],
    numbers: Int[Tensor, "S F B"],
    counted: Bool[Tensor, "S F B"],
    rates: Float[Tensor, "S F"],
    first_step: int,
) -> Float[Tensor, "S F"]:
    """Make steps of F networks, in place, in one launch.

    Args:
        windows: of all folds, float32, on the device of the rows.
        layout: the shape of the networks.
        settings: resolved.
        rows: their weights.
        adam: what Adam remembers of them.
        which: the fold of each.
        numbers: the windows of each step.
        counted: which of them count.
        rates: the learning rate of each step, float64; negative from where a network has ended.
        first_step: steps made before.

    Returns:
        The loss of each step; 0 where a network has ended.
    """
    shape = shape_of(layout, settings, batch=numbers.shape[2])
    sizes, roots = _adam_sizes(rates, first_step)
    losses = torch.zeros(rates.shape, dtype=torch.float32, device=rows.device)
    programs = min(len(rows), most_programs(shape, rows.device))
    tensors = (
        *(windows.inputs, windows.ends, windows.targets, windows.observed.view(torch.uint8)),
        *(which, numbers, counted.view(torch.uint8), sizes.to(rows.device), roots.to(rows.device)),
        *(rows, adam.mean, adam.square, losses),
        torch.zeros(programs, shape.scratch, device=rows.device),
    )
    for tensor in tensors:
        assert tensor.is_contiguous(), tensor.shape
        assert tensor.device == rows.device, tensor.device
    launch(shape, tensors, clip=compiled.clip_of(settings), programs=programs)
    return losses


def shape_of(layout: Layout, settings: NetworkSettings, *, batch: int) -> Shape:
    """What the kernels are compiled for.

    Raises:
        InputError: the batch is too large for them.
    """
    assert settings.input_size is not None
    assert settings.loss is not None
    assert settings.matmul_precision is not None
    shape = Shape(
        cell=layout.cell,
        gates_count=layout.gates,
        inputs=layout.n_inputs,
        hidden=layout.hidden,
        layers=layout.num_layers,
        outputs=layout.outputs,
        batch=batch,
        lags=settings.input_size,
        row=layout.row_size,
        loss=settings.loss,
        clips=isinstance(settings.clip, float),
        precision=PRECISIONS[settings.matmul_precision],
        deep=16 if layout.hidden <= 16 else 32,
    )
    if (tile := shape.batch_tile * max(shape.outputs_tile, shape.inputs_tile)) > LARGEST_TILE:
        raise InputError(
            f"kernel: fused takes a step's windows times their targets, or features, in one piece "
            f"on a GPU, and {tile} numbers are too many (at most {LARGEST_TILE}); declare a "
            "smaller batch_size, or kernel: torch"
        )
    return shape


def launch(
    shape: Shape,
    tensors: tuple[Tensor, ...],
    *,
    clip: float,
    programs: int,
) -> None:
    """Run the kernel on its tensors, in the order of its arguments.

    Args:
        shape: what it is compiled for.
        tensors: inputs, ends, targets, observed, which, numbers, counted, sizes, roots, rows,
            mean, square, losses, scratch.
        clip: the largest norm of a gradient; read where the shape clips.
        programs: how many share out the networks.
    """
    from pipeline.rnn.kernels.triton_steps import make_steps as kernel

    inputs, ends, sizes = tensors[0], tensors[1], tensors[7]
    with torch.cuda.device(inputs.device) if inputs.is_cuda else nullcontext():
        kernel[(programs,)](
            *tensors,
            n_rows=inputs.shape[1],
            n_windows=ends.shape[1],
            n_networks=sizes.shape[1],
            n_steps=len(sizes),
            clip=clip,
            s=shape,
            num_warps=shape.warps,
            num_stages=1,  # loads must not run ahead of the stores of the step before
        )


def most_programs(shape: Shape, device: torch.device) -> int:
    """Programs that run at once."""
    if device.type != "cuda":
        return 2  # Triton's interpreter, one program after the other
    processors = torch.cuda.get_device_properties(device).multi_processor_count
    return processors * max(1, WARPS // shape.warps)


def _adam_sizes(
    rates: Float[Tensor, "S F"], first_step: int
) -> tuple[Float[Tensor, "S F"], Float[Tensor, " S"]]:
    """Each step's size, negative where a network has ended, and what divides the root."""
    made = first_step + torch.arange(1, len(rates) + 1, dtype=torch.float64)
    mean, square = (1 - beta**made for beta in BETAS)
    return (rates / mean[:, None]).float(), square.sqrt().float()
