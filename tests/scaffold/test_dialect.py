"""Files that the chain does not read: told before all else, with a way out that works."""

import subprocess

import pytest

from pipeline.errors import InputError
from tests.scaffold.conftest import monthly, months, table


def test_latin_letters_of_windows_are_told_and_the_command_that_is_told_works(desk):
    text = monthly().replace("sold", "verkäufe").encode("cp1252")
    told = desk.refused(text)
    assert told.startswith("sales.csv line 1: byte 0xe4 is not UTF-8; save the file as UTF-8")
    command = told[told.index("iconv") :]
    subprocess.run(command, shell=True, cwd=desk.root, check=True, timeout=60)
    assert desk.new(desk.root / "utf8.csv").data_set.columns.y == "verkäufe"


def test_a_byte_order_mark_is_no_part_of_a_name(desk):
    assert desk.made("\ufeff" + monthly()).data_set.columns.ds == "date"


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"PK\x03\x04rest", "is no CSV but an Excel workbook"),
        (b"\x1f\x8brest", "compressed with gzip"),
        ("date,sold\n".encode("utf-16"), "UTF-16"),
        (b"", "the file is empty"),
        (b"date,sold\n", "a header and no rows"),
        (b'"date,sold\n', "the header cannot be read"),
        (b"\ndate,sold\n2020-01-01,1\n", "a blank line where the header belongs"),
        (b"date,sold,sold\n2020-01-01,1,2\n", 'the header has the column "sold" twice'),
    ],
)
def test_what_is_no_csv_is_told(desk, content, what):
    told = desk.refused(content)
    assert told.startswith("sales.csv")
    assert what in told


def test_titles_above_the_names_are_told_with_the_lines_to_remove(desk):
    told = desk.refused("Sales of 2015\n\nall stores\n" + monthly())
    assert told == (
        "sales.csv line 1: no header; the column names seem to stand in line 4: remove lines 1 to 3"
    )


def test_a_file_without_names_is_told(desk):
    told = desk.refused(monthly().split("\n", 1)[1])
    assert told.startswith('sales.csv line 1: a row of data ("2015-01-01") where the column names')


def test_a_column_for_each_date_is_told_to_be_turned_round(desk):
    dates = months("2020-01-01", 24)
    told = desk.refused(table(["country", *dates], [["DE", *range(24)]]))
    assert "a column for each date (2020-01-01, 2020-02-01, ...)" in told


def test_files_without_a_common_column_are_told(desk):
    files = [desk.file("a.csv", monthly()), desk.file("b.csv", "x,y\n1,2\n")]
    with pytest.raises(InputError, match="have no column in common"):
        desk.new(*files)
