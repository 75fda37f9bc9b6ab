"""Training all networks at once, against libraries that train one after the other: one table.

    .venv-bench/bin/python bench/train.py     # with the peers; requirements.txt says how to make it
    python bench/train.py                     # without: their places stay empty
    python bench/train.py --quick             # small sizes, nothing kept: only whether it runs
    python bench/train.py --device cuda       # the part that a GPU changes

Two layers, batches of 16 windows of 11 lags, one input, one step ahead, Adam; ours and the loop
around torch.nn clip gradients, the libraries are spared that. A figure is the median of 5; methods
of a table take turns, so that a busy minute meets all of them. Nothing that was not measured in
this run is in the table.
"""

import argparse
import json
import os
from collections.abc import Iterator

import numpy as np
import peers
import torch
from timing import (
    Measure,
    Table,
    about,
    as_rates,
    best_of,
    has,
    in_turn,
    in_unit,
    one_step,
    product_peak,
    show,
    with_threads,
)
from trainings import (
    ADAMS,
    ROOT,
    ROWS,
    SIZES,
    Absent,
    operations,
    our_backtest,
    our_training,
    settings_of,
    targets,
    their_training,
    why_no_kernel,
)

from pipeline.clean.observations import Series
from pipeline.rnn.batches import Windows
from pipeline.rnn.correction import fit_correction
from pipeline.rnn.optimizer import AdamState
from pipeline.rnn.stack import layout_of

RESULTS = ROOT / "bench" / "results" / "train.json"
BACKTEST = "seconds of a backtest, 50 cutoffs x 100 steps, 2 x 32, from rows in memory to forecasts"
BEST_LOOP = "torch.nn loop, its best setting"
MANY = "networks x steps a second, rnn 2 x {}"
CUTOFFS, STEPS, TOGETHER = 50, 100, 64

Named = tuple[str, Table]
"""A table and what it shows."""


def step_table(y: np.ndarray, cell: str, hidden: int, *, absent: Absent, quick: bool) -> Table:
    """Microseconds per network and step; TOGETHER networks of ours at once."""
    networks, measures = 4 if quick else TOGETHER, {}
    for kernel, reason in absent.items():
        train = our_training(cell, hidden, networks=networks, kernel=kernel, device="cpu")
        measures[f"ours, {kernel}"] = reason or one_step(train, pieces=networks, quick=quick)
    if cell == "rnn":
        measures |= library_steps(y, hidden, quick=quick)
    measures["torch.nn loop"] = one_step(their_training(y, cell, hidden), quick=quick)
    for adam in ADAMS:
        loop = one_step(their_training(y, cell, hidden, adam=adam), quick=quick)
        for n in {1, torch.get_num_threads()}:
            measures[f"try: Adam {adam}, threads {n}"] = lambda n=n, one=loop: with_threads(n, one)
    table = in_turn(measures, quick=quick)
    best_of(table, BEST_LOOP, "try: ")
    return in_unit(table, 1e6, 1)


def library_steps(y: np.ndarray, hidden: int, *, quick: bool) -> dict[str, Measure]:
    """One step of each library; Darts counts passes over the windows, all of 16 steps here."""
    found: dict[str, Measure] = dict.fromkeys(("neuralforecast", "darts"), "not installed")
    if has("neuralforecast"):
        train = peers.neuralforecast_fit(y, hidden=hidden)
        found["neuralforecast"] = one_step(train, by=20, quick=quick)
    if has("darts"):
        a_pass = -(-(len(y) - peers.LAGS) // peers.BATCH)
        found["darts"] = one_step(peers.darts_fit(y, hidden=hidden), by=a_pass, quick=quick)
    return found


def backtest_table(y: np.ndarray, *, absent: Absent, quick: bool) -> Table:
    """Seconds of a backtest with a refit at every cutoff, 2 x 32."""
    cutoffs, steps = (3, 5) if quick else (CUTOFFS, STEPS)
    sizes = {"steps": steps, "cutoffs": cutoffs}
    measures: dict[str, Measure] = {
        f"ours, {kernel}": reason or (lambda k=kernel: our_backtest(y, kernel=k, **sizes))
        for kernel, reason in absent.items()
    }
    ends = range(len(y) - cutoffs, len(y))
    for adam in ADAMS:
        measures[f"torch.nn loop, Adam {adam}"] = lambda adam=adam: sum(
            their_training(y[:end], "rnn", 32, adam=adam)(steps) for end in ends
        )
    measures["neuralforecast, cross_validation(refit=True)"] = (
        (lambda: peers.neuralforecast_backtest(y, hidden=32, **sizes))
        if has("neuralforecast")
        else "not installed"
    )
    for one in measures.values():
        if not isinstance(one, str):
            one()
    return in_unit(in_turn(measures, quick=quick), 1, 3)


def many_table(hidden: int, *, device: str, absent: Absent, quick: bool) -> Table:
    """Networks times steps a second, by how many train at once; one loop on the same device.

    Beside a GPU the compiled steps on the CPU of its machine.
    """
    y, measures = np.random.default_rng(0).normal(size=ROWS), {}
    counts = (1, 8) if quick else (1, 100, 1000, 10_000) if hidden == 32 else (1, 100, 1000)
    for kernel, reason in absent.items():
        for n in counts:
            train = our_training("rnn", hidden, networks=n, kernel=kernel, device=device)
            name = f"ours, {kernel}, {n} at once"
            measures[name] = reason or one_step(train, pieces=n, quick=quick)
    if device == "cuda":
        n = counts[-1]
        train = our_training("rnn", hidden, networks=n, kernel="fused", device="cpu")
        measures[f"ours, fused on the CPU, {n} at once"] = one_step(train, pieces=n, quick=quick)
    for adam in ADAMS:
        train = their_training(y, "rnn", hidden, adam=adam, device=device)
        measures[f"torch.nn loop, one network, Adam {adam}"] = one_step(train, quick=quick)
    return as_rates(in_turn(measures, quick=quick))


def share_table(rates: dict[str, tuple[str, int, float]], peak: float) -> Table:
    """The part of the peak that trainings reach; what each step must multiply and add counts.

    Args:
        rates: cell, hidden units, and networks times steps a second.
        peak: floating point operations a second.
    """
    found: Table = {"the peak, Gflop/s": {"median": round(peak / 1e9, 1)}}
    for name, (cell, hidden, rate) in rates.items():
        found[name] = {"median": round(operations(cell, hidden) * rate / peak, 4)}
    return found


def memory_table(device: str) -> Table:
    """Bytes on the device: folds of a series of 2000 rows, theirs copied; state of a network."""
    series = Series("s", "MS", 0, ("y",), np.random.default_rng(0).normal(size=(2000, 1)))
    settings = settings_of("rnn", 32, 1, kernel="torch", device=device)
    table: Table = {}
    for folds in (1, 10, 100):
        cut = [series.until(1999 - k) for k in range(folds)]
        corrections = [fit_correction(one, settings, **SIZES) for one in cut]
        windows = Windows.of(corrections, torch.float32, torch.device(device))
        tensors = (windows.inputs, windows.ends, windows.targets, windows.observed)
        for lags in (peers.LAGS, 36):
            copied = [
                torch.tensor(one.y, dtype=torch.float32).unfold(0, lags + 1, 1).contiguous()
                for one in cut
            ]
            copies = {"median": sum(tensor.nbytes for tensor in copied)}
            table[f"data, {folds} folds, windows of {lags} copied"] = copies
        ours = {"median": sum(tensor.nbytes for tensor in tensors)}
        table[f"data, {folds} folds, ours (rows, any window)"] = ours
    for cell in peers.CELLS:
        for hidden in (32, 128):
            declared = settings_of(cell, hidden, 1, kernel="torch", device=device)
            layout = layout_of(declared, n_columns=1, horizon=1)
            rows = torch.zeros(1, layout.row_size, device=device)
            adam = AdamState.of(rows)
            state = {"median": rows.nbytes + adam.mean.nbytes + adam.square.nbytes}
            table[f"weights and Adam's state, {cell} 2 x {hidden}"] = state
    return table


def measured_on_cpu(y: np.ndarray, *, absent: Absent, quick: bool) -> Iterator[Named]:
    """The tables of a CPU, as they come."""
    rates, peak = {}, 0.0
    shapes = [("rnn", 32)] if quick else [(cell, H) for cell in peers.CELLS for H in (32, 128)]
    for cell, H in shapes:
        peak = max(peak, product_peak("cpu", quick=quick))
        table = step_table(y, cell, H, absent=absent, quick=quick)
        yield f"us per network and step, {cell} 2 x {H}", table
        for name in ("ours, torch", "ours, fused", BEST_LOOP):
            if us := table[name]["median"]:
                rates[f"{name}, {cell} 2 x {H}"] = (cell, H, 1e6 / us)
    peak = max(peak, product_peak("cpu", quick=quick))
    yield "part of the fastest product, 1 = all", share_table(rates, peak)
    yield BACKTEST, backtest_table(y, absent=absent, quick=quick)
    yield MANY.format(32), many_table(32, device="cpu", absent=absent, quick=quick)
    yield "bytes", memory_table("cpu")


def measured_on_gpu(*, absent: Absent, quick: bool) -> Iterator[Named]:
    """The tables that a GPU changes."""
    rates = {}
    peak = product_peak("cuda", quick=quick)
    for H in (32,) if quick else (32, 128):
        table = many_table(H, device="cuda", absent=absent, quick=quick)
        yield MANY.format(H), table
        for name, row in table.items():
            if row["median"] is not None:
                rates[f"{name}, 2 x {H}"] = ("rnn", H, row["median"])
    peak = max(peak, product_peak("cuda", quick=quick))
    yield "part of the fastest product, 1 = all", share_table(rates, peak)
    yield "bytes", memory_table("cuda")


def main() -> None:
    """Measure, print the table, keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small sizes, nothing is kept")
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    asked = parser.parse_args()
    if asked.device == "cuda" and not torch.cuda.is_available():
        parser.error("--device cuda: torch finds no GPU here, and no row is made without one")
    y, source = targets()
    where = about(asked.device, source)
    sizes = {"absent": why_no_kernel(asked.device), "quick": asked.quick}
    tables: dict[str, Table] = {}
    print(json.dumps(where, indent=1))
    if asked.quick:
        print("quick: measured once, smaller than the tables say; these are no figures")
    measured = measured_on_gpu(**sizes) if asked.device == "cuda" else measured_on_cpu(y, **sizes)
    for name, table in measured:
        tables[name] = table
        show(name, table)
    if not asked.quick:
        path = RESULTS if asked.device == "cpu" else RESULTS.with_stem("train_cuda")
        where["load_after"] = round(os.getloadavg()[0], 2)
        path.write_text(json.dumps({"tables": tables} | where, indent=1) + "\n")


if __name__ == "__main__":
    main()
