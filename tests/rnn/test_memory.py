"""Networks that do not fit into memory are trained in parts, with the same numbers."""

import subprocess
import sys

import pytest
import torch

from pipeline.errors import InputError
from pipeline.rnn.memory import is_out_of_memory, train_in_parts

SCRIPT = """
import hashlib, resource, sys
import numpy as np
from pipeline.clean.observations import Series
from pipeline.rnn import steps, train
from pipeline.rnn.presets import resolve
from pipeline.rnn.settings import NetworkSettings

values = 10 + np.random.default_rng(0).normal(size=(100, 1))
fits = [train.Fit(Series(f"s{k}", "MS", 0, ("y",), values), 0) for k in range(64)]
declared = NetworkSettings(hidden_size=128, steps=2, batch_size=512, input_size=12, device="cpu")
settings, groups, make = resolve(declared, freq="MS"), [], train.make_group
unlimited = resource.getrlimit(resource.RLIMIT_AS)
train.train_networks(fits[:2], settings, horizon=1, season_length=12)  # what loads lazily

def noted(jobs, *rest, **named):
    groups.append(len(jobs))
    return make(jobs, *rest, **named)

def trained(room):
    groups.clear()
    if room:
        now = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (now + room, unlimited[1]))
    networks = train.train_networks(fits, settings, horizon=1, season_length=12)
    resource.setrlimit(resource.RLIMIT_AS, unlimited)
    numbers = (n.weights.tobytes() + n.shrinkage.weights.tobytes() for n in networks)
    found = hashlib.sha256(b"".join(numbers)).hexdigest()
    return [found, *sorted({n.status for n in networks}), *groups]

train.make_group = noted
for megabytes in (300, 150, 75, 40, 20, 10):
    tight = trained(megabytes * 1_000_000)
    if len(tight) > 3:
        break
print(*tight)
print(*trained(0))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the limit on memory is Linux's")
def test_too_little_memory_halves_the_networks_and_changes_no_bit():
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    tight, enough = (line.split() for line in done.stdout.splitlines())
    assert enough[2:] == ["128"]  # 64 networks and the first fits that measure them
    assert tight[2:4] == ["128", "64"]
    assert tight[:2] == enough[:2]


def test_each_part_is_told_where_it_begins():
    seen = []

    def train(jobs, first):
        seen.append((first, len(jobs)))
        if len(jobs) > 3:
            raise MemoryError
        return [10 * job for job in jobs]

    assert train_in_parts(range(9), train) == [10 * k for k in range(9)]
    assert [s for s in seen if s[1] <= 3] == [(0, 2), (2, 2), (4, 2), (6, 3)]


def test_a_single_network_that_does_not_fit_is_an_error_for_people():
    def train(jobs, first):
        raise torch.OutOfMemoryError("tried to allocate 80 GiB")

    with pytest.raises(InputError, match="smaller batch_size"):
        train_in_parts([1], train)


def test_other_errors_are_not_taken_for_it():
    assert not is_out_of_memory(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))

    def train(jobs, first):
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    with pytest.raises(RuntimeError, match="mat1"):
        train_in_parts([1, 2], train)
