"""`steps.c`, compiled for the shape of the networks at hand by the C compiler of the machine.

A compilation takes about a second and is kept in the user's cache folder. The call releases
Python's lock, so threads share out the networks.
"""

import ctypes
import functools
import hashlib
import os
import platform
import shutil
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from pipeline.errors import InputError
from pipeline.rnn.batches import Windows
from pipeline.rnn.layout import Layout
from pipeline.rnn.optimizer import AdamState
from pipeline.rnn.settings import NetworkSettings

SOURCES = ("steps.c", "products.h", "rnn.h", "gru.h", "lstm.h")

FLAGS = (
    "-O3",
    "-march=native",
    "-mprefer-vector-width=512",
    "-ffp-contract=fast",
    "-fno-math-errno",
    "-fno-trapping-math",
    "-shared",
    "-fPIC",
)
"""No -ffast-math: a number that is none must stay one."""

LOSSES = {"mse": 0, "mae": 1, "huber": 2}
"""The losses that the source knows."""

_POINTERS, _NUMBERS = ctypes.c_void_p, ctypes.c_int64


class _Job(ctypes.Structure):
    """`Job` of the source, field by field."""

    _fields_ = (
        *((name, _POINTERS) for name in ("inputs", "ends", "targets", "observed")),
        *((name, _NUMBERS) for name in ("n_rows", "n_windows")),
        *((name, _POINTERS) for name in ("which", "numbers", "counted", "rates")),
        *((name, _NUMBERS) for name in ("n_networks", "n_steps", "first_step")),
        *((name, _POINTERS) for name in ("rows", "mean", "square", "losses")),
        ("clip", ctypes.c_float),
        ("loss", _NUMBERS),
    )


def why_not(settings: NetworkSettings) -> str:
    """Why networks of these settings cannot be trained on a CPU; empty where they can."""
    if settings.loss not in LOSSES:
        return f"loss {settings.loss}: only {', '.join(LOSSES)} are compiled"
    if settings.dtype != "float32":
        return f"dtype {settings.dtype}: only float32 is compiled"
    if settings.futr_exog:
        return "futr_exog: columns known ahead are not compiled"
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
    """Make steps of F networks, in place.

    Args:
        windows: of all folds, float32, on the CPU.
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

    Raises:
        InputError: there is no C compiler.
        MemoryError: there is no room for a network's states.
    """
    batch_size, lags, F = numbers.shape[2], settings.input_size, len(rows)
    assert lags is not None
    library = _library(layout, batch_size, lags)
    losses = torch.zeros(rates.shape, dtype=torch.float32)
    tensors = {
        **{name: getattr(windows, name) for name in ("inputs", "ends", "targets", "observed")},
        "which": which,
        "numbers": numbers,
        "counted": counted,
        "rates": rates,
        "rows": rows,
        "mean": adam.mean,
        "square": adam.square,
        "losses": losses,
    }
    for name, tensor in tensors.items():
        assert tensor.is_contiguous(), name
    job = _Job(
        n_rows=windows.inputs.shape[1],
        n_windows=windows.ends.shape[1],
        n_networks=F,
        n_steps=len(numbers),
        first_step=first_step,
        clip=clip_of(settings),
        loss=LOSSES[settings.loss or "mse"],
        **{name: tensor.data_ptr() for name, tensor in tensors.items()},
    )
    _share_out(library, job, F)
    return losses


def clip_of(settings: NetworkSettings) -> float:
    """The largest norm of a gradient; negative where nothing is clipped."""
    return settings.clip if isinstance(settings.clip, float) else -1.0


def _share_out(library: ctypes.CDLL, job: _Job, F: int) -> None:
    """Each thread takes the next few networks; which ones changes no number."""
    threads = torch.get_num_threads()
    size = max(1, F // (4 * threads))
    edges = [*range(0, F, size), F]

    def make(begin: int, end: int) -> int:
        return library.make_steps(ctypes.byref(job), _NUMBERS(begin), _NUMBERS(end))

    with ThreadPoolExecutor(threads) as pool:
        if any(pool.map(make, edges[:-1], edges[1:])):
            raise MemoryError("no room for the states of a network")


@functools.cache
def _library(layout: Layout, batch_size: int, lags: int) -> ctypes.CDLL:
    """The source compiled for one shape, from the cache or anew."""
    shape = {
        "GATES": layout.gates,
        "INPUTS": layout.n_inputs,
        "HIDDEN": layout.hidden,
        "LAYERS": layout.num_layers,
        "OUTPUTS": layout.outputs,
        "BATCH": batch_size,
        "STEPS": lags,
        "ROW": layout.row_size,
    }
    words = [*FLAGS, f'-DCELL="{layout.cell}.h"', *(f"-D{k}={size}" for k, size in shape.items())]
    here = Path(__file__).parent
    texts = [(here / name).read_text() for name in SOURCES]
    key = hashlib.sha256("\n".join([*texts, *words, _machine()]).encode())
    path = _cache() / f"steps-{key.hexdigest()[:24]}.so"
    if not path.exists():
        _compile(words, path)
    return ctypes.CDLL(str(path))


def _compile(words: Sequence[str], path: Path) -> None:
    compiler = shutil.which(os.environ.get("CC", "cc")) or shutil.which("gcc")
    if compiler is None:
        raise InputError(
            "kernel: fused needs a C compiler and there is none; install gcc or clang, name one in "
            "CC, or declare kernel: torch"
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    made = path.with_suffix(f".{os.getpid()}")
    command = [compiler, *words, str(Path(__file__).with_name(SOURCES[0])), "-o", str(made), "-lm"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise InputError(
            f"kernel: fused cannot be compiled here; declare kernel: torch\n"
            f"{' '.join(command)}\n{done.stderr[-1000:]}"
        )
    made.replace(path)


def _cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "hindcast"


def _machine() -> str:
    """What -march=native depends on: a home folder may be shared by several machines."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    flags = next((line for line in lines if line.startswith(("flags", "Features"))), "")
    return f"{platform.machine()} {platform.processor()} {flags}"
