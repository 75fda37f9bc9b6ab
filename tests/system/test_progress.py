"""What somebody sees who waits for a run: at a terminal, and where the output goes elsewhere."""

import os
import pty
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.strategies import SmallProject
from tests.system.conftest import LAST, environment

pytestmark = pytest.mark.slow

PART = re.compile(r"toy/rnn_model, networks\W.*?(\d+)/(\d+)")
LINE = re.compile(r"^toy/rnn_model: \d+ of \d+ networks, \d+%, about \d+ s left$", re.M)
COLOURS = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


@pytest.fixture
def long(tmp_path: Path) -> SmallProject:
    """A project whose networks train for longer than a test waits."""
    small = SmallProject.write(tmp_path / "project", cutoffs=LAST)
    small.set_network(steps=100_000)
    return small


def shown(small: SmallProject, ours: int, its: int, enough: Callable[[str], bool]) -> str:
    """What `hindcast run` writes at one end, read at the other, until it is enough or all."""
    process = subprocess.Popen(
        [str(Path(sys.executable).parent / "hindcast"), "run"],
        cwd=small.root,
        env=environment(small) | {"TERM": "xterm-256color", "COLUMNS": "110"},
        stdin=its if os.isatty(its) else subprocess.DEVNULL,
        stdout=its,
        stderr=its,
    )
    os.close(its)
    text, deadline = "", time.monotonic() + 200
    while not enough(text) and time.monotonic() < deadline:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # so a terminal says that its other end is closed
            break
        if not piece:
            break
        text += COLOURS.sub("", piece.decode(errors="replace"))
    process.kill()
    process.wait()
    os.close(ours)
    return text


def test_the_bars_move_while_the_networks_train(long):
    def moved(text: str) -> bool:
        parts = {(int(done), int(total)) for done, total in PART.findall(text)}
        return len([done for done, total in parts if 0 < done < total]) >= 2

    text = shown(long, *pty.openpty(), moved)
    assert moved(text), text


def test_without_a_terminal_a_line_comes_now_and_then(long):
    text = shown(long, *os.pipe(), lambda text: bool(LINE.search(text)))
    assert LINE.search(text), text
    assert "━" not in text
