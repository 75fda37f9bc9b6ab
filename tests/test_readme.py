"""Every command and every example of the README, run in the order in which it stands there.

In a copy of what git tracks, with the virtual environment of this run. `make demo` and `make test`
are run by `.ci/run` itself: a test of them here would run the tests within the tests.
"""

import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path

import pytest

from pipeline.chain.project import Project
from tests.conftest import REPOSITORY

README = (REPOSITORY / "README.md").read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, flags=re.M | re.S)
ROWS_OF_THE_LAST = """
print(next(len(v) for v in reversed(list(globals().values())) if hasattr(v, "shape")))
"""
NOT_SHIPPED = ("pipeline/defs/shop/defs.yaml", "data/mumbai/Rainfall_data.csv")
OWN = ("my/", "data/shop/", "pipeline/defs/shop/")
"""What who followed it has beside the project."""

DAYS = 760
"""Of the shop: enough for two years of rows before the first cutoffs."""


def blocks(language: str) -> list[str]:
    return [text for found, text in BLOCKS if found == language]


def commands() -> list[str]:
    """Every line of shell, continued lines joined."""
    lines = "\n".join(blocks("sh")).replace("\\\n", " ").splitlines()
    return [re.sub(r"\s+#.*$", "", line).strip() for line in lines if line.strip()]


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a person has after `make demo` set up and before anything ran, and their own CSV."""
    root = tmp_path_factory.mktemp("readme") / "hindcast"
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    found = subprocess.run(listed, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    for name in found.stdout.splitlines():
        if (REPOSITORY / name).is_file() and not name.startswith(OWN):
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(REPOSITORY / name, root / name)
    (root / ".venv").symlink_to(sys.prefix)
    (root / "my").mkdir()
    (root / "my" / "shop.csv").write_text(sold())
    return root


def sold() -> str:
    """A shop's days up to yesterday: a week's rhythm and a little noise."""
    from datetime import UTC, datetime, timedelta

    import numpy as np

    random, today = np.random.default_rng(5), datetime.now(UTC).date()
    rows = ["day,sold"]
    for k in range(DAYS):
        y = 40 + 8 * np.sin(2 * np.pi * k / 7) + random.normal()
        rows.append(f"{today - timedelta(days=DAYS - k)},{y:.1f}")
    return "\n".join(rows) + "\n"


def environment() -> Mapping[str, str]:
    own = ("HINDCAST_", "DAGSTER_")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(own)}
    return kept | {"BROWSER": "true"}  # a program that opens nothing, and succeeds


def run(line: str, clone: Path) -> str:
    done = subprocess.run(
        ["bash", "-ec", line],
        cwd=clone,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def open_and_close(line: str, clone: Path) -> None:
    """A command that goes on until Ctrl-C: it must answer on its page, and end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [*shlex.split(line), "--port", str(port)],
        cwd=clone,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        # Ctrl-C may be ignored by whatever runs the tests; what it starts would inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        start_new_session=True,
    )
    try:
        deadline = time.monotonic() + 120
        while True:
            try:
                page = urllib.request.urlopen(f"http://127.0.0.1:{port}/asset-groups", timeout=5)
                assert b"Dagster" in page.read()
                break
            except OSError:
                assert server.poll() is None, "it ended by itself"
                assert time.monotonic() < deadline, "no page within two minutes"
                time.sleep(0.5)
    finally:
        os.killpg(server.pid, signal.SIGINT)
        server.wait(timeout=60)


@pytest.mark.slow
def test_every_command_and_every_example_runs(clone: Path):
    ran = []
    for line in commands():
        if line.startswith("make "):
            continue
        if line.endswith("hindcast ui"):
            open_and_close(line, clone)
        else:
            ran.append((line, run(line, clone)))
    outputs = dict(ran)
    assert len(outputs) == len(ran) >= 7
    (plan,) = (text for line, text in ran if line.endswith("hindcast plan"))
    assert "seattle/scores" in plan
    assert "shop/" not in plan
    exported = (clone / "forecasts.csv").read_text().splitlines()
    assert exported[0].startswith("unique_id,ds,cutoff,y,naive")
    assert len(exported[-1].split(",")) == len(exported[0].split(","))
    for example in blocks("python"):
        done = subprocess.run(
            [sys.executable, "-c", example + ROWS_OF_THE_LAST],
            cwd=clone,
            env=environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert int(done.stdout) > 0, example
    check_the_imported_model(clone)


def check_the_imported_model(clone: Path) -> None:
    """What the example of another library wrote is scored once the line is declared."""
    (line,) = re.findall(r"`(imported: \{theta: .*\})`", README)
    declaration = clone / "pipeline" / "defs" / "shop" / "defs.yaml"
    declaration.write_text(f"{declaration.read_text().rstrip()}\n  {line}\n")
    assert "imported_forecasts" in run(".venv/bin/hindcast run shop", clone)
    rows = json.loads(run(".venv/bin/hindcast leaderboard shop --json", clone))
    means = {row["model"]: row["n_scored"] for row in rows if row["unique_id"] is None}
    assert means["theta"] == means["naive"] > 0


def test_the_declaration_that_it_shows_is_one(clone: Path):
    (text,) = blocks("yaml")
    folder = clone / "pipeline" / "defs" / "shown"
    folder.mkdir()
    (folder / "defs.yaml").write_text(text)
    data_set = Project(clone).data_set("shown")
    shutil.rmtree(folder)
    assert data_set.horizon == 14
    assert data_set.owners == ["ana@example.org"]


def test_every_make_target_is_there_and_the_machine_of_the_tests_runs_them():
    targets = [line.split()[1] for line in commands() if line.startswith("make ")]
    assert targets == ["demo", "test"]
    makefile = (REPOSITORY / "Makefile").read_text()
    ci = (REPOSITORY / ".ci" / "run").read_text()
    for target in targets:
        assert re.search(rf"^{target}:", makefile, flags=re.M)
        assert re.search(rf"make .*\b{target}\b", ci)


@pytest.mark.parametrize(
    "document",
    ["README.md", "CONTRIBUTING.md", *(f"docs/{p.name}" for p in REPOSITORY.glob("docs/*.md"))],
)
def test_every_link_and_every_file_that_is_named_is_there(document: str):
    path = REPOSITORY / document
    text = path.read_text()
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
        if not target.startswith(("http", "data:")):
            assert (path.parent / target).exists(), target
    for name in re.findall(r"`((?:pipeline|tests|docs|bench|data)/[\w/.]+\.\w+)`", text):
        assert (REPOSITORY / name).exists() or name in NOT_SHIPPED, name


def test_every_line_of_the_shipped_settings_is_explained():
    import yaml

    text = (REPOSITORY / "docs" / "deploy.md").read_text()
    settings = yaml.safe_load((REPOSITORY / "dagster.yaml").read_text())

    def paths(value: object, before: str = "") -> list[str]:
        if not isinstance(value, dict):
            return [before]
        return [p for k, v in value.items() for p in paths(v, f"{before}.{k}".lstrip("."))]

    explained = text.replace("`, `", "`\n`")
    for path in paths(settings):
        first, last = path.split(".")[0], path.split(".")[-1]
        assert re.search(rf"`[\w.]*{first}", explained), path
        assert last in ("module", "class") or re.search(rf"`[\w.]*{last}: ", explained), path
