"""The scripts of bench/ run: figures that nobody can make again are worth nothing."""

import importlib.util
import os
import subprocess
import sys

import pytest

from tests.strategies import REPOSITORY

TABLES = ("us per network and step", "part of the", "seconds of a backtest", "a second", "bytes")
PEERS = ("neuralforecast", "darts")


@pytest.mark.slow
def test_the_table_of_training_is_printed_and_peers_that_are_absent_have_an_empty_place():
    kept = REPOSITORY / "bench" / "results" / "train.json"
    before = kept.read_bytes() if kept.exists() else None
    done = subprocess.run(
        [sys.executable, "bench/train.py", "--quick"],
        cwd=REPOSITORY,
        env=os.environ | {"OMP_WAIT_POLICY": "PASSIVE"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    lines = done.stdout.splitlines()
    for table in TABLES:
        assert any(table in line for line in lines), table
    assert done.stdout.count("ours, fused") >= 4
    for peer in PEERS:
        row = next(line for line in lines if line.startswith(f"  {peer} "))
        absent = importlib.util.find_spec(peer) is None
        assert row.endswith("not installed") == absent, row
    assert (kept.read_bytes() if kept.exists() else None) == before, "a quick run keeps no figures"


@pytest.mark.slow
def test_the_table_of_baselines_is_printed_and_nothing_is_kept_unasked():
    kept = REPOSITORY / "bench" / "results" / "baselines.json"
    before = kept.read_bytes() if kept.exists() else None
    done = subprocess.run(
        [sys.executable, "bench/baselines.py", "30"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    for name in ("anomaly_persistence", "damped_trend", "holt_winters"):
        assert done.stdout.count(f"  {name}, ") == 3, name
    assert "AutoETS (statsforecast)" in done.stdout
    assert (kept.read_bytes() if kept.exists() else None) == before
