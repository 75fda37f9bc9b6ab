"""Cells between semicolons, tabs or bars, and numbers as some languages write them.

Such a file is refused, with a command that writes it as the chain reads it. For each column the
command knows which mark is the decimal one; where the file leaves that open, a person says it.
"""

import csv
import io
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field

from pipeline.errors import InputError
from pipeline.raw.dialect import RawFile, read_text
from pipeline.scaffold.date_formats import readings_of

_WORDS = {";": "semicolons", "\t": "tabs", "|": "bars"}

_NUMBERS = {
    ",": "[+-]?([0-9]+|[1-9][0-9]{0,2}([.][0-9]{3})+)(,[0-9]+)?",
    ".": "[+-]?([0-9]+|[1-9][0-9]{0,2}(,[0-9]{3})+)([.][0-9]+)?",
}
"""By decimal mark, how a number is written; the other mark parts thousands."""

_EITHER = re.compile(r"[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}")
"""One mark, and three digits behind it: 1.234 is a thousand in one language and one in another."""


def refuse_other_marks(file: RawFile) -> None:
    """See that commas part the cells.

    Raises:
        InputError: something else does; the message holds the command that writes a copy.
    """
    text = read_text(file).decode("utf-8")
    lines = [re.sub(r'"[^"]*"', "", line) for line in text.split("\n", 2)[:2]]
    first, second = [*lines, ""][:2]
    for mark, word in _WORDS.items():
        # In a name alone it parts nothing: rows have it too.
        if first.count(mark) > first.count(",") and (mark in second or not second.strip()):
            raise InputError(
                f"{file.name} line 1: the cells are separated by {word}; only commas are read, and "
                'numbers with a decimal point. In a spreadsheet save it as CSV with "," between '
                f"fields and English numbers; or{_commands(file.name, text, mark)}"
            )


@dataclass
class _Column:
    """The numbers of one column that have marks in them.

    Attributes:
        name: of the column.
        seen: by decimal mark, the first cell in which it must be that one, with its line.
        either: the first cell that may be read in two ways.
    """

    name: str
    seen: dict[str, tuple[int, str]] = field(default_factory=dict)
    either: str = ""

    def look(self, line: int, cell: str) -> None:
        """Take a cell into account."""
        if _EITHER.fullmatch(cell):
            self.either = self.either or cell
        elif (mark := _decimal_mark(cell)) is not None:
            self.seen.setdefault(mark, (line, cell))


def _decimal_mark(cell: str) -> str | None:
    """The mark that parts the decimals of a number; None where it has no mark, or is no number."""
    found = [mark for mark, number in _NUMBERS.items() if re.fullmatch(number, cell)]
    return found[0] if len(found) == 1 else None


def _commands(name: str, text: str, mark: str) -> str:
    """How a copy with commas and decimal points is written, in words and commands."""
    columns = _columns(name, text, mark)
    found = {m for column in columns.values() for m in column.seen}
    usual = found.pop() if len(found) == 1 else ""
    marks = {n: next(iter(c.seen), usual if c.either else "") for n, c in columns.items()}
    open_to = next((c for n, c in columns.items() if c.either and not marks[n]), None)
    if open_to is None:
        return f"{_example(columns, marks)}: {_command(name, mark, marks)}"
    ways = {
        m: marks | {n: m for n, c in columns.items() if c.either and not marks[n]} for m in ".,"
    }
    return f", of {_named(open_to.name)}, where " + "; where ".join(
        f"{open_to.either} is {_plain(open_to.either, m)}: {_command(name, mark, ways[m])}"
        for m in ",."
    )


def _columns(name: str, text: str, mark: str) -> dict[int, _Column]:
    """By place, the columns with marks in their numbers.

    Raises:
        InputError: a column has numbers of both kinds, or a row cannot be read.
    """
    rows = _rows(name, text, mark)
    _, header = next(rows)
    columns = {place: _Column(title) for place, title in enumerate(header)}
    texts: dict[int, dict[str, int]] = {place: {} for place in columns}
    for line, row in rows:
        for place, cell in enumerate(row[: len(header)]):
            texts[place].setdefault(cell.strip(), line)
    for place, column in columns.items():
        if readings_of([cell for cell in texts[place] if cell], share=0.9):
            continue  # 01.2020 is no number
        for cell, line in texts[place].items():
            column.look(line, cell)
        if len(column.seen) > 1:
            (one_line, one), (other_line, other) = column.seen.values()
            raise InputError(
                f"{name}, {_named(column.name)}: {one} (line {one_line}) and {other} (line "
                f"{other_line}): the decimal mark changes; correct the cells"
            )
    return {n: c for n, c in columns.items() if c.seen or c.either}


def _rows(name: str, text: str, mark: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not blank, each with the line it ends in."""
    reader = csv.reader(io.StringIO(text, newline="\n"), delimiter=mark)
    try:
        yield from ((reader.line_num, row) for row in reader if row)
    except csv.Error as error:
        raise InputError(
            f"{name} line {reader.line_num}: no row of cells can be read here ({error}); correct it"
        ) from None


def _named(title: str) -> str:
    return f'column "{title}"' if title.strip() else "the column without a name"


def _plain(cell: str, decimal: str) -> str:
    thousands = "." if decimal == "," else ","
    return cell.replace(thousands, "").replace(decimal, ".")


def _example(columns: dict[int, _Column], marks: dict[int, str]) -> str:
    """What becomes of a number, where the command changes some."""
    for place, column in columns.items():
        cells = [column.either, *(cell for _, cell in column.seen.values())]
        for cell in filter(None, cells):
            if _plain(cell, marks[place]) != cell:
                return f" ({cell} is written as {_plain(cell, marks[place])})"
    return ""


def _command(name: str, mark: str, marks: dict[int, str]) -> str:
    """The command; it takes the marks out of the numbers of the columns that have any."""
    cell = "c"
    for decimal, changed in (
        (".", "c.replace(',','')"),
        (",", "c.replace('.','').replace(',','.')"),
    ):
        places = ",".join(str(place) for place, found in marks.items() if found == decimal)
        if places:
            is_number = f"re.fullmatch(r'{_NUMBERS[decimal]}',c.strip())"
            cell = f"{changed} if i in{{{places}}}and {is_number}else {cell}"
    rows = f"[{cell} for i,c in enumerate(r)]for r in csv.reader(sys.stdin,delimiter={mark!r})"
    program = (
        "import csv,re,sys;sys.stdin.reconfigure(encoding='utf-8-sig',newline='');"
        f"csv.writer(sys.stdout).writerows({rows})"
    )
    return f'python3 -c "{program}" < {shlex.quote(name)} > commas.csv'
