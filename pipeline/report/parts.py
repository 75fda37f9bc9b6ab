"""What a page is put together from: sections of sentences, figures and tables."""

from dataclasses import dataclass, field

from pipeline.plots.theme import Chart, Look


@dataclass(frozen=True)
class Table:
    """Cells as they are read.

    Attributes:
        head: the names of the columns.
        rows: as many cells each.
        left: columns at the left that are words; the others are numbers.
        strong: rows that stand out.
        more: what is left out, as a sentence; empty where nothing is.
    """

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    left: int = 1
    strong: frozenset[int] = frozenset()
    more: str = ""


@dataclass(frozen=True)
class Key:
    """An entry of a legend: a line as the model is drawn, or a square."""

    name: str
    colour: str
    look: Look | None = None


@dataclass(frozen=True)
class Figure:
    """A chart with what it says.

    Attributes:
        sentence: what the chart shows, with its numbers: for those who do not see it.
        chart: in the width of its place.
        table: its data.
        title: what it is of, where a section has several.
        key: the legend.
    """

    sentence: str
    chart: Chart
    table: Table
    title: str = ""
    key: tuple[Key, ...] = ()


@dataclass(frozen=True)
class Section:
    """A part of the page.

    Attributes:
        name: its place in the address, letters only.
        title: its heading.
        words: sentences under the heading.
        tables: that are seen without a click.
        figures: in their order.
        terms: words with what they mean.
    """

    name: str
    title: str
    words: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    figures: tuple[Figure, ...] = ()
    terms: tuple[tuple[str, str], ...] = field(default=())


def keys_of(looks: dict[str, Look]) -> tuple[Key, ...]:
    """The legend of some models."""
    return tuple(Key(name, look.colour, look) for name, look in looks.items())
