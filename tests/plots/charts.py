"""What tests of plots share: names that break things, charts, and what a chart says."""

import io

import numpy as np
import pandas as pd
from PIL import Image

from pipeline.plots.png import LIMIT, png_of

ODD = ("a.b[c]:d'e\"f", "Zürich 東京", "x\\y\nz", "__proto__", "null", "1e5", "[0]", "long " * 30)
"""Names that a field's path, an expression, JSON or a line of text may break on."""


def title_of(chart) -> str:
    """The title as one line."""
    return " ".join(chart.to_dict(validate=False)["title"]["text"])


def subtitle_of(chart) -> str:
    """The subtitle as one line."""
    return " ".join(chart.to_dict(validate=False)["title"]["subtitle"])


def drawn(chart) -> Image.Image:
    """The picture; it is a valid chart, and small enough in every way."""
    chart.to_dict()
    content = png_of(chart)
    assert len(content) < LIMIT
    image = Image.open(io.BytesIO(content))
    assert image.format == "PNG"
    assert 600 <= image.width <= 1500
    assert 40 <= image.height <= 2400
    return image


def walks(names, *, rows=60, freq="MS", scale=1.0, seed=0) -> pd.DataFrame:
    """A random walk for each name: columns unique_id, ds, y."""
    random = np.random.default_rng(seed)
    ds = pd.date_range("2000-01-01", periods=rows, freq=freq)
    return pd.concat(
        [
            pd.DataFrame({"unique_id": n, "ds": ds, "y": scale * random.normal(size=rows).cumsum()})
            for n in names
        ],
        ignore_index=True,
    )
