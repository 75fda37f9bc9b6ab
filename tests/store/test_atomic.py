"""One file: old or new, and nothing left beside it."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.store import atomic
from pipeline.store.atomic import write_whole


@given(content=st.binary())
def test_what_is_written_is_read(content, tmp_path_factory):
    path = tmp_path_factory.mktemp("atomic") / "a.bin"
    write_whole(path, content)
    assert path.read_bytes() == content
    assert [p.name for p in path.parent.iterdir()] == ["a.bin"]


@pytest.mark.parametrize("step", ["fsync", "replace"])
@pytest.mark.parametrize("failure", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_failure_before_the_rename_leaves_the_old_file_and_nothing_else(
    step, failure, tmp_path, monkeypatch
):
    path = tmp_path / "a.bin"
    write_whole(path, b"old")

    def fail(*_: object) -> None:
        raise failure

    owner = os if step == "fsync" else atomic.Path
    with monkeypatch.context() as patch:
        patch.setattr(owner, step, fail)
        with pytest.raises(type(failure)):
            write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.bin"]


def test_the_file_is_on_the_disk_before_it_has_its_name(tmp_path, monkeypatch):
    done = []
    fsync, replace = os.fsync, atomic.Path.replace
    monkeypatch.setattr(os, "fsync", lambda handle: (done.append("flush"), fsync(handle))[1])
    monkeypatch.setattr(
        atomic.Path, "replace", lambda path, to: (done.append("rename"), replace(path, to))[1]
    )
    write_whole(tmp_path / "a.bin", b"new")
    assert done == ["flush", "rename", "flush"]
