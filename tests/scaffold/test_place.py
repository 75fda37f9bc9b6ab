"""Both or none: files and declaration appear together, and nothing that is there is overwritten."""

import os

import pytest

from pipeline.errors import InputError
from tests.scaffold.conftest import everything_in, monthly


def test_files_and_declaration_are_there_and_the_own_file_stays(desk):
    path = desk.file("sales.csv", monthly())
    desk.new(path)
    assert everything_in(desk.project.root) == {
        "data": None,
        "data/shop": None,
        "data/shop/sales.csv": monthly().encode(),
        "pipeline": None,
        "pipeline/defs": None,
        "pipeline/defs/shop": None,
        "pipeline/defs/shop/defs.yaml": desk.page().encode(),
        "workspace.yaml": b"",
    }
    assert path.read_bytes() == monthly().encode()


@pytest.mark.parametrize("folder", ["pipeline/defs/shop", "data/shop"])
@pytest.mark.parametrize("full", [True, False])
def test_nothing_that_is_there_is_overwritten(desk, folder, full):
    there = desk.project.root / folder
    there.mkdir(parents=True)
    if full:
        (there / "notes.txt").write_text("mine")
    told = desk.refused(monthly())
    assert told.startswith(
        f"{folder} is there already, and nothing is overwritten; choose another name, or "
    )


def test_a_name_that_is_taken_is_told_with_how_to_edit_or_remove_what_has_it(desk):
    desk.made(monthly())
    assert desk.refused(monthly()) == (
        "pipeline/defs/shop is there already, and nothing is overwritten; choose another name, "
        "edit pipeline/defs/shop/defs.yaml, or remove that data set first: delete "
        "pipeline/defs/shop, data/shop and storage/shop"
    )


def test_files_that_lie_in_their_place_can_be_named_there(desk):
    (desk.project.root / "data" / "shop").mkdir(parents=True)
    path = desk.file("project/data/shop/sales.csv", monthly())
    assert desk.refused(monthly()).endswith("or name the files that lie there, as data/shop/*.csv")
    assert desk.new(path).data_set.name == "shop"


@pytest.mark.parametrize(
    "name",
    ["my shop", "../shop", "", "süd", "_shop", "a-b", "a/b", "shop\n", "output", "class", "None"],
)
def test_a_name_that_is_none_is_told(desk, name):
    assert "cannot name a data set" in desk.refused(monthly(), name=name)


@pytest.mark.parametrize("name", ["2024", "A_1"])
def test_any_letters_and_digits_name_a_data_set(desk, name):
    desk.made(monthly(), name=name)
    assert desk.project.data_set(name).name == name


def test_files_that_lie_in_their_place_already_stay_there(desk):
    folder = desk.project.root / "data" / "shop"
    folder.mkdir(parents=True)
    for name in ("a.csv", "b.csv"):
        (folder / name).write_text(monthly())
    with pytest.raises(InputError, match=r"data/shop holds b.csv too: name all of its files"):
        desk.new(folder / "a.csv")
    before = everything_in(folder)
    found = desk.new(folder / "a.csv", folder / "b.csv")
    assert list(found.observations.series) == ["a", "b"]
    assert everything_in(folder) == before


def test_any_ending_becomes_csv_and_the_stem_stays_the_name(desk):
    found = desk.new(desk.file("north.TXT", monthly()))
    assert list(found.observations.series) == ["north"]
    assert [path.name for path in desk.project.paths(found.data_set)] == ["north.csv"]


def test_files_of_one_name_are_told(desk):
    (desk.root / "other").mkdir()
    files = [desk.file("a.csv", monthly()), desk.file("other/a.csv", monthly())]
    with pytest.raises(InputError, match=r"would both be data/shop/a.csv; rename one"):
        desk.new(*files)


@pytest.mark.parametrize("missing", ["there/is/none.csv", "."])
def test_what_is_no_file_is_told(desk, missing):
    with pytest.raises(InputError, match=r"cannot be read|is a folder"):
        desk.new(desk.root / missing)


def test_without_agreement_nothing_is_written(desk):
    before = everything_in(desk.project.root)
    assert desk.new(desk.file("sales.csv", monthly()), agree=False) is None
    assert everything_in(desk.project.root) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_folder_that_cannot_be_written_is_told(desk):
    desk.project.root.chmod(0o500)
    assert "cannot be written" in desk.refused(monthly())


@pytest.mark.parametrize("step", range(1, 9))
def test_whatever_call_to_the_disk_fails_nothing_is_left_behind(desk, monkeypatch, step):
    """The calls that make, flush and rename fail one after the other, as on a full disk."""
    calls = [0]

    def failing(real):
        def call(*arguments, **options):
            calls[0] += 1
            if calls[0] == step:
                raise OSError(28, "No space left on device")
            return real(*arguments, **options)

        return call

    path = desk.file("sales.csv", monthly())
    before = everything_in(desk.project.root)
    with monkeypatch.context() as patch:
        for name in ("fsync", "rename", "replace"):
            patch.setattr(os, name, failing(getattr(os, name)))
        found = desk.made_or_told(path)
    if calls[0] < step:
        assert (desk.project.defs / "shop" / "defs.yaml").is_file()
        return
    assert isinstance(found, str)
    assert "No space left on device" in found
    left = {k: v for k, v in everything_in(desk.project.root).items() if v is not None}
    assert left == {k: v for k, v in before.items() if v is not None}
    desk.new(path)  # and the next attempt finds its place free
