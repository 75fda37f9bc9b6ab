import io
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import altair as alt
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from pipeline.plots.png import LIMIT, png_of
from pipeline.plots.theme import CARD, finished, inline

REPOSITORY = Path(__file__).parents[2]


def noise(*, size: int, cells: int) -> alt.Chart:
    """Squares of random colours side by side: nothing that a palette or a filter could shrink."""
    random = np.random.default_rng(3)
    place = np.arange(cells**2)
    rows = pd.DataFrame({"x": place % cells, "y": place // cells, "c": random.random(cells**2)})
    places = {axis: alt.value(alt.expr(f"datum.{axis} * {size / cells}")) for axis in ("x", "y")}
    mark = alt.Chart(inline(rows), width=size, height=size).mark_rect(
        width=size / cells, height=size / cells
    )
    colour = alt.Color("c:Q", scale=alt.Scale(scheme="turbo"), legend=None)
    return mark.encode(**places, color=colour)


@pytest.mark.parametrize(
    ("size", "cells"), [(260, 130), pytest.param(700, 230, marks=pytest.mark.slow)]
)
def test_noise_is_shrunk_until_it_fits(size, cells):
    content = png_of(noise(size=size, cells=cells))
    assert len(content) < LIMIT
    image = Image.open(io.BytesIO(content))
    assert image.width >= 100
    colours = image.convert("RGB").getcolors(1_000_000)
    assert colours is not None
    assert len(colours) > 10


def test_equal_charts_give_equal_bytes():
    assert png_of(noise(size=100, cells=10)) == png_of(noise(size=100, cells=10))


def flat(colour: str) -> alt.LayerChart:
    """A pale area, and a mark two pixels wide."""
    one = alt.InlineData(values=[{}])
    area = alt.Chart(one, width=400, height=200).mark_rect(color="#eef3f8")
    line = alt.Chart(one).mark_rect(color=colour)
    return alt.layer(
        area.encode(x=alt.value(0), x2=alt.value(400), y=alt.value(0), y2=alt.value(200)),
        line.encode(x=alt.value(100), x2=alt.value(102), y=alt.value(50), y2=alt.value(60)),
    )


def test_the_card_is_white_an_area_keeps_its_colour_and_a_short_mark_is_not_lost():
    image = Image.open(io.BytesIO(png_of(finished(flat("#d55e00"), "Title", "subtitle"))))
    assert image.mode == "P"
    rgb = np.asarray(image.convert("RGB")).reshape(-1, 3).astype(int)
    found = {tuple(colour) for colour in np.unique(rgb, axis=0).tolist()}
    assert (255, 255, 255) in found
    assert CARD == "#ffffff"
    assert (0xEE, 0xF3, 0xF8) in found
    assert np.abs(rgb - [0xD5, 0x5E, 0x00]).sum(axis=1).min() < 30


def test_an_address_in_a_chart_is_not_fetched():
    chart = alt.Chart("http://127.0.0.1:9/data.json").mark_point().encode(x="x:Q")
    with pytest.raises(ValueError, match=r"(?i)not allowed|allowed_base_urls|denied"):
        png_of(chart)


def test_the_bytes_do_not_depend_on_the_time_zone():
    code = textwrap.dedent("""
        import hashlib
        import pandas as pd
        from pipeline.plots.observations import plot_observations
        from pipeline.plots.png import png_of
        ds = pd.date_range("2000-01-01", periods=30, freq="D")
        rows = pd.DataFrame({"unique_id": "a", "ds": ds, "y": range(30)})
        print(hashlib.sha256(png_of(plot_observations(rows, {"y": "y"}))).hexdigest())
    """)
    hashes = {
        subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"TZ": zone},
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for zone in ("UTC", "America/New_York")
    }
    assert len(hashes) == 1
