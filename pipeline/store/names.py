"""Any name as one safe part of a path, and back: injective also where case is ignored."""

from urllib.parse import unquote

_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_-")
_LONGEST = 200
"""Characters; common file systems take 255 bytes, and a suffix must still fit."""


def encode(name: str) -> str:
    """The name with every character but a-z, 0-9, _ and - as %XX of its UTF-8 bytes.

    Raises:
        ValueError: it is empty, or longer than a file system takes.
    """
    parts = [c if c in _PLAIN else "".join(f"%{b:02X}" for b in c.encode()) for c in name]
    encoded = "".join(parts)
    if not 0 < len(encoded) <= _LONGEST:
        raise ValueError(f"{name!r} has {len(encoded)} encoded characters, 1 to {_LONGEST} fit")
    return encoded


def decode(encoded: str) -> str:
    """The name that `encode` was given."""
    return unquote(encoded, errors="strict")
