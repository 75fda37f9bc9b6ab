"""Artifacts: what is committed is read, what is damaged is told, what is replaced is old or new."""

import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from shutil import copytree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import InputError
from pipeline.store import store as store_module
from pipeline.store.manifest import Entry, Slot
from pipeline.store.store import DamagedError, Store, content_of, sha256

SLOT = Slot("elnino", "ar")
PLACE = ("toy", "scores", "2000-01-01")
FILES = {"scores.parquet": b"one", "about.txt": b"two"}
NAMES = st.text(min_size=1, max_size=12)

COMMIT_FOR_EVER = """
import itertools, random, sys, time
from pathlib import Path
from pipeline.store.manifest import Entry, Slot
from pipeline.store.store import Store
store, first = Store(Path(sys.argv[1])), int(sys.argv[2])
for number in itertools.count(first, 2):
    which = f"{number % 2}{number}" if sys.argv[3] == "new" else str(number // 2 % 2)
    files = {f"{name}.bin": f"{which} {name} ".encode() * 2000 for name in "abc"}
    entries = {Slot("s", "m"): Entry({}, which)}
    store.commit("a", "b", files=files, entries=entries, made={"number": number})
    if number == first:
        print("ready", flush=True)
    time.sleep(random.random() * float(sys.argv[4]))
"""
"""Alternates two artifacts of three files, or makes a new one each time; seconds between them."""


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "storage")


def commit(store: Store, *place: str, files: dict | None = None, content: str = "c", **further):
    entries = {SLOT: Entry({"rows": "k"}, content)}
    place = place or PLACE
    return store.commit(*place, files=FILES if files is None else files, entries=entries, **further)


def whole(store: Store, *place: str) -> str:
    """Which artifact lies there; every file of it must be its own."""
    found = {}
    manifest = store.read(*place)
    assert manifest is not None
    for name in manifest.files:
        found[name] = store.file(manifest, name, *place)
    which = manifest.entries[Slot("s", "m")].content
    assert found == {f"{n}.bin": f"{which} {n} ".encode() * 2000 for n in "abc"}
    return which


@given(names=st.lists(NAMES, min_size=1, max_size=3), contents=st.binary(), name=NAMES)
def test_what_is_committed_anywhere_is_read_there(tmp_path_factory, names, contents, name):
    store = Store(tmp_path_factory.mktemp("store"))
    files = {f"{name}.bin": contents, "other.txt": b"other"}
    made = commit(store, *names, files=files, facts={"n": 1}, made={"run": "r"})
    manifest, content = store.load(f"{name}.bin", *names)
    assert (manifest, content) == (made, contents)
    assert (manifest.facts, manifest.made) == ({"n": 1}, {"run": "r"})
    assert store.list(*names[:-1]) == [names[-1]]
    assert {path for path in store.root.rglob("*") if path.is_file()} == {
        path for path in store.folder(*names).iterdir() if path.is_file()
    }


def test_where_nothing_was_committed_there_is_nothing(store):
    assert store.read(*PLACE) is None
    assert store.list("toy") == []
    with pytest.raises(DamagedError, match="there is no toy/scores/2000-01-01"):
        store.load("scores.parquet", *PLACE)


def test_a_name_cannot_lead_out_of_the_store(store):
    commit(store, "..", "../../x", files={"../../evil.txt": b"evil"})
    assert store.load("../../evil.txt", "..", "../../x")[1] == b"evil"
    outside = [path for path in store.root.parent.rglob("*") if path.name != "storage"]
    assert all(path.is_relative_to(store.root) for path in outside)


@pytest.mark.parametrize("name", ["日本" * 20 + ".csv", "x" * 200 + ".csv", "a." + "y" * 200, ".x"])
def test_a_file_of_any_name_that_a_disk_takes_is_stored(store, name):
    commit(store, files={name: b"rows"})
    assert store.load(name, *PLACE)[1] == b"rows"


def test_files_of_one_name_in_two_folders_are_two_files(store):
    files = {"a/x.csv": b"one", "b/x.csv": b"two", "c/x.csv": b"two"}
    commit(store, files=files)
    assert {name: store.load(name, *PLACE)[1] for name in files} == files


@pytest.mark.parametrize("damage", ["gone", "shorter", "other", "empty"])
def test_a_damaged_file_is_told_and_a_new_commit_heals_it(store, damage):
    manifest = commit(store)
    path = store.folder(*PLACE) / manifest.files["scores.parquet"].path
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes({"shorter": b"on", "other": b"onE", "empty": b""}[damage])
    assert not store.is_intact(manifest, *PLACE)
    with pytest.raises(DamagedError, match=r"scores-.*parquet of toy/scores/2000-01-01 is "):
        store.load("scores.parquet", *PLACE)
    assert store.load("about.txt", *PLACE)[1] == b"two"
    assert store.is_intact(commit(store), *PLACE)
    assert store.load("scores.parquet", *PLACE)[1] == b"one"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"format": 0}', b"\xff"])
def test_a_damaged_manifest_is_none_and_a_new_commit_heals_it(store, content):
    commit(store)
    (store.folder(*PLACE) / "manifest.json").write_bytes(content)
    assert store.read(*PLACE) is None
    assert store.is_intact(commit(store), *PLACE)


def test_equal_files_of_two_artifacts_are_checked_one_by_one(store):
    checked: dict[str, bool] = {}
    places = [("toy", "scores", key) for key in ("a", "b")]
    ours, theirs = (commit(store, *place) for place in places)
    (store.folder(*places[1]) / theirs.files["about.txt"].path).unlink()
    assert store.is_intact(ours, *places[0], checked=checked)
    assert not store.is_intact(theirs, *places[1], checked=checked)


def test_a_file_that_many_refer_to_is_read_once_for_all_of_them(store, monkeypatch):
    commit(store, "toy", "packs", "p")
    places = [("toy", "model", key) for key in "abc"]
    refers = [("toy", "packs", "p")]
    manifests = [commit(store, *place, files={}, refers=refers) for place in places]
    reads = []
    read = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: (reads.append(path), read(path))[1])
    checked: dict[str, bool] = {}
    assert all(
        store.is_intact(manifest, *place, checked=checked)
        for manifest, place in zip(manifests, places, strict=True)
    )
    assert len(reads) == len(FILES)


def test_files_of_another_artifact_are_referred_to_with_their_hashes(store):
    pack = commit(store, "toy", "packs", "p")
    manifest = commit(store, files={"own.txt": b"own"}, refers=[("toy", "packs", "p")])
    assert set(manifest.files) == {"own.txt", *(f"toy/packs/p/{name}" for name in FILES)}
    assert store.file(manifest, "toy/packs/p/scores.parquet", *PLACE) == b"one"
    (store.folder("toy", "packs", "p") / pack.files["about.txt"].path).write_bytes(b"other")
    assert not store.is_intact(manifest, *PLACE)


def test_a_store_may_be_moved_with_everything_in_it(store, tmp_path):
    commit(store, "toy", "packs", "p")
    manifest = commit(store, refers=[("toy", "packs", "p")])
    moved = Store(tmp_path / "elsewhere")
    copytree(store.root, moved.root)
    (store.folder("toy", "packs", "p") / "manifest.json").unlink()
    assert moved.read(*PLACE) == manifest
    assert moved.is_intact(manifest, *PLACE)


def test_who_refers_to_nothing_is_told_and_changes_nothing(store):
    before = commit(store)
    with pytest.raises(DamagedError, match="there is no toy/packs/p"):
        commit(store, files={"x.txt": b"x"}, refers=[("toy", "packs", "p")])
    assert store.read(*PLACE) == before
    assert store.is_intact(before, *PLACE)


def test_the_files_of_the_artifact_before_and_left_overs_are_swept(store):
    commit(store, files={"a.txt": b"old", "b.txt": b"stays"})
    folder = store.folder(*PLACE)
    (folder / ".a-0123.txt.4711.tmp").write_bytes(b"half")
    (folder / "sub").mkdir()
    manifest = commit(store, files={"a.txt": b"new", "b.txt": b"stays"})
    kept = {file.path for file in manifest.files.values()}
    assert {path.name for path in folder.iterdir()} == kept | {"manifest.json", ".lock", "sub"}


def test_a_file_that_did_not_change_is_not_written_again(store):
    before = commit(store)
    paths = [store.folder(*PLACE) / file.path for file in before.files.values()]
    times = [path.stat().st_mtime_ns for path in paths]
    commit(store, made={"run": "later"})
    assert [path.stat().st_mtime_ns for path in paths] == times


@pytest.mark.parametrize("failing", range(4))
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_process_that_stops_at_any_write_leaves_the_old_artifact_or_the_new(
    store, failing, after, monkeypatch
):
    commit(store, content="old")
    new = {"scores.parquet": b"1", "about.txt": b"2", "third.txt": b"3"}
    real, writes = store_module.write_whole, []

    def stop(path: Path, content: bytes) -> None:
        writes.append(path)
        if len(writes) == failing + 1 and not after:
            raise KeyboardInterrupt
        real(path, content)
        if len(writes) == failing + 1:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(store_module, "write_whole", stop)
        with pytest.raises(KeyboardInterrupt):
            commit(store, files=new, content="new")
    manifest = store.read(*PLACE)
    assert manifest is not None
    assert store.is_intact(manifest, *PLACE)
    is_new = failing == 3 and after
    assert manifest.entries[SLOT].content == ("new" if is_new else "old")
    assert set(manifest.files) == set(new if is_new else FILES)


def test_a_folder_that_cannot_be_written_is_told_in_a_sentence(tmp_path):
    (tmp_path / "storage").write_text("a file where the folder should be")
    with pytest.raises(InputError) as error:
        commit(Store(tmp_path / "storage"))
    assert "cannot be written" in str(error.value)
    assert "name another folder in HINDCAST_STORE" in str(error.value)
    assert Store(tmp_path / "storage").read(*PLACE) is None


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_told_in_a_sentence(tmp_path):
    (tmp_path / "storage").mkdir(mode=0o500)
    with pytest.raises(InputError, match="Permission denied"):
        commit(Store(tmp_path / "storage"))


def test_the_content_of_an_artifact_is_that_of_its_slots_in_any_order():
    entries = {Slot("a", "x"): Entry({"rows": "1"}, "c"), Slot("b", "x"): Entry({}, "d")}
    backwards = {slot: Entry({}, e.content, "read") for slot, e in reversed(entries.items())}
    assert content_of(entries) == content_of(backwards)
    assert content_of(entries) != content_of({Slot("a", "x"): entries[Slot("a", "x")]})


def test_readers_see_one_artifact_whole_while_another_replaces_it(store):
    stop = threading.Event()

    def put(number: int) -> None:
        files = {f"{name}.bin": f"{number} {name}".encode() * 200 for name in "ab"}
        entries = {Slot("s", "m"): Entry({}, str(number))}
        store.commit("a", files=files, entries=entries)

    def read() -> set[str]:
        seen = set()
        while not stop.is_set():
            for name in "ab":
                manifest, content = store.load(f"{name}.bin", "a")
                which = manifest.entries[Slot("s", "m")].content
                assert content == f"{which} {name}".encode() * 200
                seen.add(which)
        return seen

    put(-1)
    with ThreadPoolExecutor(3) as pool:
        readers = [pool.submit(read) for _ in range(3)]
        try:
            for number in range(40):
                put(number)
        finally:
            stop.set()
        assert len(set.union(*(reader.result() for reader in readers))) > 1


@pytest.mark.slow
def test_killed_at_any_moment_a_writer_leaves_the_old_artifact_or_the_new(store):
    random = np.random.default_rng(0)
    seen = set()
    for number in range(40):
        writer = start(store, number % 2, "alternating")
        try:
            writer.wait(timeout=float(random.uniform(0, 0.03)))
        except subprocess.TimeoutExpired:
            writer.kill()
        finish(writer)
        seen.add(whole(store, "a", "b"))
    assert seen == {"0", "1"}
    commit(store, "a", "b")
    assert not list(store.root.rglob("*.tmp"))


@pytest.mark.slow
def test_two_processes_that_commit_at_one_place_leave_it_whole(store):
    writers = [start(store, first, "new", pause=0.1) for first in (0, 1)]
    seen = set()
    try:
        end = time.monotonic() + 20
        while len(seen) < 2 and time.monotonic() < end:
            manifest, content = store.load("b.bin", "a", "b")
            which = manifest.entries[Slot("s", "m")].content
            assert content == f"{which} b ".encode() * 2000
            seen.add(which[0])
    finally:
        for writer in writers:
            writer.kill()
            finish(writer)
    assert seen == {"0", "1"}
    whole(store, "a", "b")


def start(store: Store, first: int, how: str, *, pause: float = 0.0) -> subprocess.Popen:
    """A process that commits until it is killed; it has committed once."""
    command = [sys.executable, "-c", COMMIT_FOR_EVER, str(store.root), str(first), how]
    command.append(str(pause))
    writer = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert writer.stdout is not None
    assert writer.stdout.readline() == b"ready\n"
    return writer


def finish(writer: subprocess.Popen) -> None:
    writer.wait()
    if writer.stdout is not None:
        writer.stdout.close()
    assert writer.returncode == -9


def test_sha256_is_that_of_the_standard():
    assert sha256(b"").startswith("e3b0c44298fc1c149afbf4c8996fb924")
