"""Memory of a training: kept from step to step, and what is done where there is not enough.

Where the networks of a program do not fit, half of them train, then the other half: what a network
becomes does not depend on its company, so the numbers are the same (`device.company_counts` says
where that holds but for rounding).
"""

import ctypes
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

import torch

from pipeline.errors import InputError

_TRIM, _MAPPED = -1, -4
"""glibc's M_TRIM_THRESHOLD and M_MMAP_MAX, from malloc.h."""

_USUAL_TRIM, _USUAL_MAPPED = 64 * 2**20, 65_536
"""Where glibc's own adjustment of the first ends, and its default of the second."""

Job = TypeVar("Job")
Result = TypeVar("Result")


@contextmanager
def freed_memory_kept() -> Iterator[None]:
    """Inside, memory that was freed stays with the process: the next step needs as much.

    Else glibc gives it back after every step, and the system clears each page anew: a quarter of
    the time of wide networks with gates. Behind it what is left over is given back. Elsewhere than
    on Linux with glibc nothing happens.
    """
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None
    if libc is None or not hasattr(libc, "mallopt") or not hasattr(libc, "malloc_trim"):
        yield
        return
    libc.mallopt(_MAPPED, 0)
    libc.mallopt(_TRIM, 2**31 - 1)
    try:
        yield
    finally:
        libc.mallopt(_MAPPED, _USUAL_MAPPED)
        libc.mallopt(_TRIM, _USUAL_TRIM)
        libc.malloc_trim(0)


def train_in_parts(
    jobs: Sequence[Job], train: Callable[[Sequence[Job], int], list[Result]], first: int = 0
) -> list[Result]:
    """Train all together, or in halves where the memory does not hold them.

    Args:
        jobs: at least one.
        train: trains those it is given; told also the number of the first of them.
        first: number of the first job.

    Raises:
        InputError: not even one network fits.
    """
    try:
        return train(jobs, first)
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        if len(jobs) == 1:
            raise InputError(
                "one network alone does not fit into memory; declare a smaller batch_size, "
                f"hidden_size or input_size ({error})"
            ) from error
    # Behind the except: the error holds the frames, and with them the tensors, of what failed.
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    half = len(jobs) // 2
    return [
        *train_in_parts(jobs[:half], train, first),
        *train_in_parts(jobs[half:], train, first + half),
    ]


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory was asked for and is not there, on a GPU or a CPU."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    said = str(error)
    if "DefaultCPUAllocator" in said or "not enough memory" in said:
        return True
    # A capture that memory ran out in ends with an error of its own, raised over the first one.
    return error.__context__ is not None and is_out_of_memory(error.__context__)
