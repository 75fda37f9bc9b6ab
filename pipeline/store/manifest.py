"""The manifest of an artifact: which files it is, what each part of it depends on, who made it.

A slot is one part of an artifact that is computed by itself: a series with a model, for example.
"""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

FORMAT = 1
"""Of the manifest itself; another number is read as no manifest at all."""


class Slot(NamedTuple):
    """One part of an artifact: a series, and its model, network with seed, or group of windows."""

    unique_id: str
    name: str


@dataclass(frozen=True)
class Entry:
    """What one slot depends on and holds.

    Attributes:
        parts: named hashes of what it depends on; the names that differ are the reason for work.
        read: hash of the contents it was made from, in the stages before; empty where none is.
        content: hash of what it holds.
        at: where it lies, for a slot that lies in another artifact.
        made_in: where it was made, as far as its last bits may depend on that; empty: not said.
    """

    parts: dict[str, str]
    content: str
    read: str = ""
    at: str = ""
    made_in: str = ""


@dataclass(frozen=True)
class StoredFile:
    """A file of an artifact: its name inside the artifact's folder holds its hash."""

    path: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Manifest:
    """One artifact. Replaced as a whole; what it does not name does not exist."""

    files: dict[str, StoredFile]
    entries: dict[Slot, Entry]
    content: str
    facts: dict[str, Any] = field(default_factory=dict)
    made: dict[str, Any] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        """One hash over what all slots hold and what they depend on."""
        rows = [[*slot, e.parts, e.content, e.read] for slot, e in sorted(self.entries.items())]
        return hashlib.sha256(json.dumps(rows, sort_keys=True).encode()).hexdigest()[:32]

    def to_json(self) -> bytes:
        """Sorted JSON; entries by series, then by name."""
        entries: dict[str, dict[str, Any]] = {}
        for slot, entry in self.entries.items():
            entries.setdefault(slot.unique_id, {})[slot.name] = {
                k: v for k, v in asdict(entry).items() if v != "" or k == "content"
            }
        body = {
            "format": FORMAT,
            "files": {name: asdict(file) for name, file in self.files.items()},
            "entries": entries,
            "content": self.content,
            "facts": self.facts,
            "made": self.made,
        }
        return json.dumps(body, sort_keys=True, indent=1, allow_nan=False).encode()

    @staticmethod
    def from_json(content: bytes) -> "Manifest | None":
        """The manifest, or None where the bytes are not one of this format."""
        try:
            body = json.loads(content)
            if body["format"] != FORMAT:
                return None
            return Manifest(
                files={name: StoredFile(**file) for name, file in body["files"].items()},
                entries={
                    Slot(unique_id, name): Entry(**entry)
                    for unique_id, named in body["entries"].items()
                    for name, entry in named.items()
                },
                content=body["content"],
                facts=body["facts"],
                made=body["made"],
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            return None
