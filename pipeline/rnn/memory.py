"""When the networks of a program do not fit into memory: half of them, then the other half.

What a network becomes does not depend on its company, so the numbers are the same.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

import torch

from pipeline.errors import InputError

Job = TypeVar("Job")
Result = TypeVar("Result")


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
    return "DefaultCPUAllocator" in said or "not enough memory" in said
