"""Names in little room: cut so that different ones stay different."""

from collections.abc import Callable, Sequence
from unicodedata import east_asian_width

_NARROW, _WIDE = frozenset("iljtfrI.,:;'|!()[] "), frozenset("mwMW@%")

_DOTS = "\u2026"


def told_apart(names: Sequence[str], *, width: int, size: float) -> list[str]:
    """The names, or as much of them as fits beside each other and still tells them apart.

    Args:
        names: each once.
        width: pixels for a name.
        size: of the letters, in pixels.

    Returns:
        One a name: whole, or cut at its end, in its middle, or in front; where no cut tells them
        apart, with a number before it.
    """
    for cut in (_end, _middle, _front):
        found = [_longest(name, cut, width / size) for name in names]
        if len(set(found)) == len(names):
            return found
    room = width / size - width_of(f"{len(names)} ")
    return [f"{k} {_longest(name, _end, room)}" for k, name in enumerate(names, 1)]


def _longest(name: str, cut: Callable[[str, int], str], room: float) -> str:
    """A name with as many letters as there is room for."""
    lengths = range(len(name), 1, -1)
    return next((c for n in lengths if width_of(c := cut(name, n)) <= room), name[:1])


def width_of(text: str) -> float:
    """How wide a text is, as a multiple of its size; rather too wide than too narrow."""
    return sum(map(_letter, text), 0.0)


def _letter(letter: str) -> float:
    if east_asian_width(letter) in "WF":
        return 1.0
    return 0.36 if letter in _NARROW else 0.95 if letter in _WIDE else 0.64


def _end(name: str, letters: int) -> str:
    return name if len(name) <= letters else name[: letters - 1] + _DOTS


def _middle(name: str, letters: int) -> str:
    if len(name) <= letters:
        return name
    tail = letters // 2
    return name[: letters - 1 - tail] + _DOTS + name[len(name) - tail :]


def _front(name: str, letters: int) -> str:
    return name if len(name) <= letters else _DOTS + name[len(name) - letters + 1 :]
