"""docs/served.md quotes what bench/served measured, and nothing else."""

import json

from bench.networks.quoted import named, quoted, refreshed
from bench.served.__main__ import PAGE, PANELS, RESULTS
from bench.served.simulated import BROKEN

TEXT = PAGE.read_text(encoding="utf-8")
FOUND = json.loads(RESULTS.read_text(encoding="utf-8"))


def test_every_quoted_number_is_the_measured_one():
    assert "".join(refreshed(TEXT, FOUND)) == TEXT
    assert len(quoted(TEXT)) > 100


def test_what_the_page_promises_came_out():
    assert FOUND["panels_of_each"] == PANELS
    for each in (1, 8):
        assert max(row["lost"] for row in FOUND["panels"][f"lucky, {each} series"].values()) < 0.02
        assert named(FOUND, f"panels/better, {each} series/25 to 36/won") > 0.8
        for at in (12, 36):
            for way in BROKEN:
                row = FOUND["panels"][f"broken after {at} cutoffs: {way}, {each} series"]
                assert row["weight_next"] == 0
                assert row["worst_cutoff"] < 2
    everything = FOUND["shipped"]["ratios"]["all"]["served"]
    assert everything["n_points"] > 500
    assert everything["upper"] < 1.10
