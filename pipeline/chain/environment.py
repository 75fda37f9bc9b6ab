"""Where results are made: for the record, and to know which of them may be rounded otherwise.

Part of no key: what another machine made is reused, though here its last bits may be others.
"""

import functools
import importlib.metadata
import os
import platform
import sys
from pathlib import Path
from typing import Any

from pipeline.folds.keys import hash_of
from pipeline.rnn.settings import NetworkSettings

_LIBRARIES = ("hindcast", "numpy", "pandas", "pyarrow", "safetensors", "torch", "utilsforecast")

_NO_BIT = {"threads", "cores", "hindcast"}
"""For the record only: no result depends on the threads, and whose numbers this project changes
are other versions of its stages."""


def environment() -> dict[str, Any]:
    """What may change the last bits of a result."""
    return _versions() | _torch()


def place_of(network: NetworkSettings | None = None) -> str:
    """One hash: results of equal ones are equal to the last bit, of others perhaps not.

    Args:
        network: what a network declares, resolved; None for what is made without torch.
    """
    where = environment() if network else _versions()
    how = [network.kernel, network.device] if network else []
    return hash_of([{k: v for k, v in where.items() if k not in _NO_BIT}, how])[:16]


@functools.cache
def _versions() -> dict[str, Any]:
    return {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "cpu": _cpu(),
        "cores": os.cpu_count(),
    } | {name: importlib.metadata.version(name) for name in _LIBRARIES}


def _cpu() -> str:
    """The processor's name, by which libraries choose their kernels."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def _torch() -> dict[str, Any]:
    """Threads, instructions and GPU, once a stage has loaded torch."""
    torch = sys.modules.get("torch")
    if torch is None:
        return {}
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else None
    capability = torch.backends.cpu.get_cpu_capability()
    return {"threads": torch.get_num_threads(), "capability": capability, "gpu": gpu}
