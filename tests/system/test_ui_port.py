"""`hindcast ui` where it cannot be: one sentence at once, and nothing is started or left behind."""

import fcntl
import socket
from pathlib import Path

from tests.strategies import SmallProject
from tests.system.conftest import command


def test_a_port_that_is_taken_is_told_before_anything_is_started(tmp_path: Path):
    small = SmallProject.write(tmp_path / "project")
    before = sorted(path.name for path in small.root.iterdir())
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = command(small, "hindcast", "ui", "--port", str(port))
    assert done.returncode == 2
    assert done.stderr == (
        f"hindcast: port {port} of this machine cannot be used (Address already in use): something "
        f"else listens there, as the UI of another project; say --port {port + 1}\n"
    )
    assert done.stdout == ""
    assert sorted(path.name for path in small.root.iterdir()) == before


def test_a_second_ui_of_a_project_is_refused_with_where_the_first_one_is(tmp_path: Path):
    small = SmallProject.write(tmp_path / "project")
    home = small.root / ".dagster_home"
    home.mkdir()
    with (home / "ui.lock").open("w") as first:
        first.write("3017")
        first.flush()
        fcntl.flock(first, fcntl.LOCK_EX)
        done = command(small, "hindcast", "ui", "--port", "3018")
    assert done.returncode == 2
    assert done.stderr == (
        "hindcast: the UI of this project runs already at http://127.0.0.1:3017 (its history is "
        f"{home}): open that page, where Reload definitions finds new data sets, or end it first\n"
    )
    assert sorted(path.name for path in home.iterdir()) == ["ui.lock"]
