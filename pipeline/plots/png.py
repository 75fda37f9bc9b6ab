"""A chart as a PNG under 100 kB, so that an event of the UI can carry it; rendered without network.

First fewer colours, then fewer pixels, until it fits: whatever the chart holds.
"""

import io
from collections.abc import Iterator
from typing import Any

import altair as alt
import numpy as np
import vl_convert
from jaxtyping import Int
from PIL import Image

from pipeline.plots.theme import Chart

LIMIT = 100_000
"""Bytes of a picture; it is smaller than this."""

_SCALES = (1.4, 1.2, 1.0)
"""Pixels of the picture to one of the chart: the UI shows a picture at its own size, in a dialog of
80 % of the window."""

_COLOURS = (96, 40, 16)
"""Of the palette, from the smoothest on."""


def png_of(chart: Chart) -> bytes:
    """The chart as a PNG of less than `LIMIT` bytes; equal charts give equal bytes.

    Args:
        chart: with its data inside it; an address in it is not fetched.
    """
    spec = chart.to_dict(validate=False)  # the tests validate; it costs as much as rendering
    for image in _smaller_and_smaller(spec):
        for colours in _COLOURS:
            content = _quantised(image, colours)
            if len(content) < LIMIT:
                return content
    raise AssertionError("a picture of one pixel fits")


def _smaller_and_smaller(spec: dict[str, Any]) -> Iterator[Image.Image]:
    """The chart at each scale, then the smallest of them with fewer and fewer pixels."""
    for scale in _SCALES:
        image = _rendered(spec, scale)
        yield image
    while image.width > 1 or image.height > 1:
        size = (max(image.width * 3 // 4, 1), max(image.height * 3 // 4, 1))
        image = image.resize(size, Image.Resampling.LANCZOS)
        yield image


def _rendered(spec: dict[str, Any], scale: float) -> Image.Image:
    version = ".".join(alt.SCHEMA_VERSION.lstrip("v").split(".")[:2])
    content = vl_convert.vegalite_to_png(
        spec, vl_version=version, scale=scale, allowed_base_urls=[]
    )
    return Image.open(io.BytesIO(content)).convert("RGB")


def _quantised(image: Image.Image, colours: int) -> bytes:
    """A palette of the colours that matter: those of areas exactly, then the rare ones.

    Quantising alone loses either a pale band or the few pixels of a short gap, and rounds: white
    comes out as a pale grey.
    """
    counts = image.getcolors(image.width * image.height) or []
    found = np.array([rgb for _, rgb in sorted(counts, reverse=True)], dtype=np.int32)
    areas = found[: colours // 2]
    rare = image.quantize(colours - len(areas), method=Image.Quantize.MAXCOVERAGE).getpalette()
    palette = np.concatenate([areas, np.array(rare, dtype=np.int32).reshape(-1, 3)])[:colours]
    place = np.zeros(1 << 24, dtype=np.uint8)
    for part in np.array_split(found, len(found) // 20_000 + 1):
        place[part @ [1, 1 << 8, 1 << 16]] = _nearest(part, palette)
    pixels = np.frombuffer(image.convert("RGBX").tobytes(), dtype="<u4") & 0xFFFFFF
    small = Image.frombytes("P", image.size, place[pixels].tobytes())
    small.putpalette(palette.astype(np.uint8).tobytes())
    sink = io.BytesIO()
    small.save(sink, "PNG", optimize=True)
    return sink.getvalue()


def _nearest(
    found: Int[np.ndarray, "found 3"], palette: Int[np.ndarray, "colours 3"]
) -> Int[np.ndarray, " found"]:
    """Of each colour the place of the nearest one; a colour of the palette is its own."""
    far = ((found[:, None, :] - palette[None, :, :]) ** 2).sum(axis=2)
    return far.argmin(axis=1)
