"""What a CSV file is written in: encoding, line ends, and whether its header has what is declared.

Only UTF-8 with commas is read. Other encodings and delimiters are refused, never guessed.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.errors import InputError

_BOM = b"\xef\xbb\xbf"
"""Spreadsheets write it in front of UTF-8; it is no part of the first column's name."""


@dataclass(frozen=True)
class RawFile:
    """A CSV file as it lies on disk.

    Attributes:
        name: its path as the user knows it, e.g. data/seattle/seattle.csv.
        content: its bytes.
    """

    name: str
    content: bytes


def read_text(file: RawFile) -> bytes:
    r"""The text of a file as UTF-8 without a byte order mark, every line ended by \n.

    Raises:
        InputError: it is empty, not UTF-8, or holds a NUL byte.
    """
    body = file.content.removeprefix(_BOM)
    body = body.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if not body.strip():
        raise InputError(
            f"{file.name}: the file is empty; put a header and rows in it or remove it"
        )
    if b"\0" in body:
        raise InputError(
            f"{file.name} line {_line_at(body, body.index(0))}: a NUL byte (damaged, or UTF-16); "
            "save the file as UTF-8"
        )
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{file.name} line {_line_at(body, error.start)}: byte 0x{body[error.start]:02x} is "
            "not UTF-8; save the file as UTF-8"
        ) from None
    return body


def _line_at(body: bytes, position: int) -> int:
    return body.count(b"\n", 0, position) + 1


def check_header(name: str, header: Sequence[str], columns: Sequence[str]) -> None:
    """Whether a header has each declared column, and no name twice.

    Args:
        name: the file.
        header: its column names as they stand there.
        columns: the declared columns.

    Raises:
        InputError: a column is missing (naming its twin, where only spaces, underscores or case
            differ), a name stands twice, or the delimiter is no comma.
    """
    doubled = [c for i, c in enumerate(header) if c and c in header[:i]]
    if doubled:
        raise InputError(
            f'{name} line 1: the header has the column "{doubled[0]}" twice; rename one of them'
        )
    for column in columns:
        if column not in header:
            raise InputError(f'{name} line 1: no column "{column}"{_nearest(column, header)}')


def _nearest(column: str, header: Sequence[str]) -> str:
    """What the header has in place of a missing column, and what to do about it."""
    for other in header:
        if _bare(other) == _bare(column):
            return (
                f'; the header has "{other}", and names match exactly: '
                "declare it as the file spells it"
            )
    for mark, word in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
        if len(header) == 1 and mark in header[0]:
            return f"; the header is separated by {word}, only commas are read: save it with commas"
    return f"; the header has {', '.join(header)}: correct the header or the declaration"


def _bare(name: str) -> str:
    return re.sub(r"[\s_]+", "", name).casefold()
