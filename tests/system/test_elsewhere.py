"""A project outside a checkout, made as docs/deploy.md says."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.scaffold.conftest import monthly
from tests.strategies import REPOSITORY
from tests.system.conftest import OURS


def block(heading: str) -> str:
    """The first commands below a heading."""
    text = (REPOSITORY / "docs" / "deploy.md").read_text()
    section = text.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    (commands,) = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
    return commands


@pytest.mark.slow
def test_the_commands_make_a_project_that_forecasts_and_sends_nothing(tmp_path: Path):
    (tmp_path / "shop.csv").write_text(monthly(40))
    programs = str(Path(sys.executable).parent)
    kept = {k: v for k, v in os.environ.items() if k not in OURS}
    done = subprocess.run(
        ["sh", "-eu", "-c", block("Without a checkout")],
        cwd=tmp_path,
        env=kept | {"PATH": os.pathsep.join([programs, os.environ["PATH"]]), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    folder = tmp_path / "forecasts"
    assert list((folder / "storage" / "shop" / "leaderboard").glob("*.parquet"))
    settings = yaml.safe_load((folder / ".dagster_home" / "dagster.yaml").read_text())
    assert settings["telemetry"] == {"enabled": False}
    assert "telemetry" not in (done.stdout + done.stderr).lower()
    # What the two files say is what those of the repository say.
    for name in ("workspace.yaml", "dagster.yaml"):
        ours, theirs = (yaml.safe_load((f / name).read_text()) for f in (REPOSITORY, folder))
        assert theirs.items() <= ours.items()
