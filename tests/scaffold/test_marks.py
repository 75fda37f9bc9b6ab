"""Cells between semicolons and decimal commas: the command that is told writes what was meant."""

import csv
import re
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import InputError
from pipeline.raw.dialect import RawFile
from pipeline.scaffold.marks import refuse_other_marks
from tests.scaffold.conftest import Desk, days, months, table, wave


def spelled(value: float, decimal: str, *, digits: int = 2) -> str:
    """A number with thousands apart, as German or English writes it."""
    english = f"{value:,.{digits}f}"
    return english if decimal == "." else english.translate(str.maketrans(",.", ".,"))


def german(mark: str) -> str:
    rows = [
        (f"{d:%d.%m.%Y}", spelled(1000 + v, ","))
        for d, v in zip(months("2015-01-15", 96), wave(96), strict=True)
    ]
    return table(["Datum", "Verbrauch (kWh)"], rows, mark=mark)


def commands_of(told: str) -> list[str]:
    return re.findall(r'python3 -c "[^"]*" < .*? > commas\.csv', told)


def rewritten(desk: Desk, command: str) -> list[list[str]]:
    """The rows of the copy that a command writes."""
    command = command.replace("python3", sys.executable, 1)
    subprocess.run(command, shell=True, cwd=desk.root, check=True, timeout=60)
    with (desk.root / "commas.csv").open(newline="") as copy:
        return list(csv.reader(copy))


def copied(desk: Desk, text: str) -> list[list[str]]:
    """The rows of the copy, where one command alone is told."""
    (command,) = commands_of(desk.refused(text))
    return rewritten(desk, command)


@pytest.mark.parametrize(("mark", "word"), [(";", "semicolons"), ("\t", "tabs"), ("|", "bars")])
def test_other_marks_are_told_and_the_command_that_is_told_writes_what_is_read(desk, mark, word):
    told = desk.refused("\ufeff" + german(mark))
    assert told.startswith(f"sales.csv line 1: the cells are separated by {word}; only commas")
    assert "or (1.020,00 is written as 1020.00): python3" in told
    rewritten(desk, *commands_of(told))
    found = desk.new(desk.root / "commas.csv")
    assert found.data_set.columns.ds_format == "15.%m.%Y"
    assert found.observations.series["commas"].y[:3].tolist() == [1020, 1026.33, 1032.67]


@pytest.mark.parametrize("mark", [";", "\t", "|"])
def test_a_header_in_quotes_is_one_too(desk, mark):
    text = "\ufeff" + german(mark).replace(f"Datum{mark}Verbrauch (kWh)", f'"day"{mark}"a, b"')
    assert copied(desk, text)[0] == ["day", "a, b"]


def test_semicolons_within_a_quoted_name_part_nothing(desk):
    rows = list(zip(months("2015-01-01", 96), wave(96), strict=True))
    found = desk.made(table(["date", "sold"], rows).replace("sold", '"a;b;c"', 1))
    assert found.values.y == "a;b;c"


def test_bars_in_names_alone_part_nothing(desk):
    rows = [
        (f"{d:%Y-%m-%d}", "1", str(v), "2")
        for d, v in zip(days("2020-01-01", 40), wave(40), strict=True)
    ]
    text = table(["day", "||", "sold", "1||"], rows)
    refuse_other_marks(RawFile("sales.csv", text.encode()))


def test_beside_decimal_commas_a_point_alone_parts_thousands(desk):
    cells = ["1.000,0", "1.001", "-12.345.678", "999", "1234,5", " 2.500 "]
    rows = list(zip(days("2024-01-01", 6), cells, strict=True))
    copy = copied(desk, table(["day", "sold"], rows, mark=";"))
    assert [float(row[1]) for row in copy[1:]] == [1000, 1001, -12345678, 999, 1234.5, 2500]


def test_a_column_of_whole_thousands_is_read_as_the_others_of_the_file_are(desk):
    rows = [(day, "1.234", "0,5", "52.52") for day in days("2024-01-01", 3)]
    told = desk.refused(table(["day", "sold", "price", "lat"], rows, mark=";"))
    ways = commands_of(told)
    assert 'of column "sold", where 1.234 is 1234: python3' in told  # lat has a decimal point
    assert "; where 1.234 is 1.234: python3" in told
    assert [rewritten(desk, way)[1][1:] for way in ways] == [
        ["1234", "0.5", "52.52"],
        ["1.234", "0.5", "52.52"],
    ]
    alone = table(["day", "sold", "price"], [row[:3] for row in rows], mark=";")
    assert copied(desk, alone)[1][1:] == ["1234", "0.5"]


@pytest.mark.parametrize(("cell", "thousand", "decimal"), [("1.234", 0, 1), ("1,234", 1, 0)])
def test_where_nothing_says_whether_it_is_a_thousand_both_commands_are_told(
    desk, cell, thousand, decimal
):
    rows = [(day, cell, f"{day:%m.%Y}") for day in days("2024-01-01", 30)]
    ways = commands_of(desk.refused(table(["day", "sold", "month"], rows, mark=";")))
    found = [rewritten(desk, way)[1] for way in ways]
    assert found[thousand] == ["2024-01-01", "1234", "01.2024"]
    assert found[decimal] == ["2024-01-01", "1.234", "01.2024"]


def test_english_numbers_between_tabs_lose_their_commas_and_keep_their_points(desk):
    rows = [("2024-01-01", "1,234.5"), ("2024-01-02", "1,234"), ("2024-01-03", "1.234")]
    copy = copied(desk, table(["day", "sold"], rows, mark="\t"))
    assert [row[1] for row in copy[1:]] == ["1234.5", "1234", "1.234"]


def test_a_column_with_both_marks_is_told_with_two_of_its_cells(desk):
    rows = [("2024-01-01", "12,5"), ("2024-01-02", "13,5"), ("2024-01-03", "14.5")]
    told = desk.refused(table(["day", "sold"], rows, mark=";"))
    assert told == (
        'sales.csv, column "sold": 12,5 (line 2) and 14.5 (line 4): the decimal mark changes; '
        "correct the cells"
    )


def test_what_is_no_number_stays_as_it_is(desk):
    odd = ["1.0000,5", "1.2.3", "12,5 %", "10.2024", "", "a.b,c"]
    rows = [
        (f"{day:%d.%m.%Y}", "3,5", cell)
        for day, cell in zip(days("2024-01-01", 6), odd, strict=True)
    ]
    copy = copied(desk, table(["day", "x", "odd"], rows, mark=";"))
    assert [row[2] for row in copy[1:]] == odd
    assert copy[1][:2] == ["01.01.2024", "3.5"]


NUMBERS = st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=12)


@settings(max_examples=25)
@given(numbers=NUMBERS, decimal=st.sampled_from(",."), digits=st.integers(0, 4))
def test_no_command_writes_another_number_unless_a_person_says_so(
    tmp_path_factory, numbers, decimal, digits
):
    desk = Desk(tmp_path_factory.mktemp("marks"))
    values = [number / 10**digits for number in numbers]
    cells = [spelled(value, decimal, digits=digits) for value in values]
    text = table(["day", "x"], [("2024-01-01", cell) for cell in cells], mark=";")
    path = desk.file("x.csv", text)
    with pytest.raises(InputError) as told:
        refuse_other_marks(RawFile(str(path), path.read_bytes()))
    ways = [
        [float(row[1]) for row in rewritten(desk, way)[1:]] for way in commands_of(str(told.value))
    ]
    assert values in ways
    if len(ways) == 2:  # one mark, three digits behind it, everywhere
        assert all(re.fullmatch(r"-?[0-9]{1,3}([.,][0-9]{3})?", cell) for cell in cells)
