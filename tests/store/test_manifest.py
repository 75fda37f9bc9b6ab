"""The manifest: back as it was, equal bytes for equal facts, and nothing else taken for one."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.store.manifest import FORMAT, Entry, Manifest, Slot, StoredFile

TEXT = st.text(max_size=6)
PLAIN = st.none() | st.booleans() | st.integers() | TEXT | st.floats(allow_nan=False, width=16)
FACTS = st.dictionaries(TEXT, PLAIN | st.lists(PLAIN, max_size=3), max_size=3)
ENTRIES = st.builds(Entry, st.dictionaries(TEXT, TEXT, max_size=3), TEXT, TEXT, TEXT)
MANIFESTS = st.builds(
    Manifest,
    files=st.dictionaries(TEXT, st.builds(StoredFile, TEXT, TEXT, st.integers(0)), max_size=3),
    entries=st.dictionaries(st.builds(Slot, TEXT, TEXT), ENTRIES, max_size=4),
    content=TEXT,
    facts=FACTS.filter(lambda facts: "inf" not in json.dumps(facts).lower()),
    made=st.just({}),
)


@given(manifest=MANIFESTS)
def test_a_manifest_comes_back_as_it_was(manifest):
    assert Manifest.from_json(manifest.to_json()) == manifest


@given(manifest=MANIFESTS)
def test_the_order_of_files_and_entries_does_not_change_its_bytes(manifest):
    backwards = Manifest(
        files=dict(reversed(manifest.files.items())),
        entries=dict(reversed(manifest.entries.items())),
        content=manifest.content,
        facts=dict(reversed(manifest.facts.items())),
    )
    assert backwards.to_json() == manifest.to_json()


@given(manifest=MANIFESTS, data=st.data())
def test_half_a_manifest_is_none(manifest, data):
    whole = manifest.to_json()
    assert Manifest.from_json(whole[: data.draw(st.integers(0, len(whole) - 1))]) is None


@given(content=st.binary(max_size=40))
def test_other_bytes_are_none(content):
    assert Manifest.from_json(content) is None


@pytest.mark.parametrize("body", [None, [], 3, {}, {"format": FORMAT}, {"format": FORMAT + 1}])
def test_other_json_is_none(body):
    assert Manifest.from_json(json.dumps(body).encode()) is None


def test_a_manifest_of_another_format_is_none():
    body = json.loads(Manifest({}, {}, "x").to_json())
    assert Manifest.from_json(json.dumps(body).encode()) is not None
    for other in ({"format": FORMAT + 1}, {"files": []}, {"entries": {"a": 3}}, {"entries": "a"}):
        assert Manifest.from_json(json.dumps(body | other).encode()) is None
