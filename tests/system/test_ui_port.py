"""`hindcast ui` where it cannot listen: one sentence at once, and nothing stays behind."""

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
        f"hindcast: port {port} of this machine cannot be used (Address already in use): look "
        f"whether the UI is open already at http://127.0.0.1:{port}, or say --port {port + 1}\n"
    )
    assert done.stdout == ""
    assert sorted(path.name for path in small.root.iterdir()) == before
