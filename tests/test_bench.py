"""The scripts of bench/ run: figures that nobody can make again are worth nothing."""

import importlib.util
import os
import subprocess
import sys

import pytest

from tests.strategies import REPOSITORY

TABLES = ("us per network and step", "part of the", "seconds of a backtest", "a second", "bytes")
PEERS = ("neuralforecast", "darts")


def run(script: str, *arguments: str) -> str:
    """What a script of bench/ prints, with the results that are kept as they were."""
    results = REPOSITORY / "bench" / "results"
    before = {path: path.read_bytes() for path in results.iterdir()}
    done = subprocess.run(
        [sys.executable, f"bench/{script}", *arguments],
        cwd=REPOSITORY,
        env=os.environ | {"OMP_WAIT_POLICY": "PASSIVE"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    kept = {path: path.read_bytes() for path in results.iterdir()}
    assert kept == before, "figures are kept unasked"
    return done.stdout


@pytest.mark.slow
def test_the_table_of_training_is_printed_and_peers_that_are_absent_have_an_empty_place():
    printed = run("train.py", "--quick")
    lines = printed.splitlines()
    for table in TABLES:
        assert any(table in line for line in lines), table
    assert printed.count("ours, fused") >= 4
    for peer in PEERS:
        row = next(line for line in lines if line.startswith(f"  {peer} "))
        absent = importlib.util.find_spec(peer) is None
        assert row.endswith("not installed") == absent, row


@pytest.mark.slow
def test_the_table_of_baselines_is_printed_and_nothing_is_kept_unasked():
    printed = run("baselines.py", "30")
    for name in ("anomaly_persistence", "damped_trend", "holt_winters"):
        assert printed.count(f"  {name}, ") == 3, name
    assert "AutoETS (statsforecast)" in printed


@pytest.mark.slow
def test_the_table_of_luck_is_printed():
    printed = run("luck.py")
    assert printed.count("bounds hold the true rank") == 9
