"""Least squares by orthogonal triangles: each fold adds only its last equations to a shared one.

The equations up to some row are reduced once to a triangle (R of a QR decomposition, Golub and Van
Loan 2013, section 5.3), and a fold goes on from there. Where that row is depends on the number of a
fold's equations alone, and nothing is summed across folds: a fold has one result in any company.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from pipeline.baselines.ar_equations import Equations

_COLLINEAR = 1e5
"""How far rounding may grow, relative to each column, before statsmodels is asked instead."""

_BLOCK, _STRIDE = 256, 32
"""Equations from one triangle that others begin from to the next."""

_AT_ONCE = 2**24
"""Bytes of equations that are worked on at a time."""


class Solved(NamedTuple):
    """The solutions of some folds.

    Attributes:
        coefficients: one per term.
        sound: whether they are numbers, and the terms far enough from collinear.
    """

    coefficients: Float[np.ndarray, "folds terms"]
    sound: Bool[np.ndarray, " folds"]


class _Triangles(NamedTuple):
    """What some equations of a series are reduced to: R of their QR decomposition.

    Attributes:
        rows: zeros below the diagonal.
        ends: number of the first equation behind those of each triangle.
    """

    rows: Float[np.ndarray, "triangles width width"]
    ends: Int[np.ndarray, " triangles"]


def solve(
    equations: Equations, of: Int[np.ndarray, " folds"], counts: Int[np.ndarray, " folds"]
) -> Solved:
    """The least squares solution of each fold, some of them at a time.

    Solved for the distances from a level of the series: a high level beside a small variance would
    cost digits. The constant is then put back to where the values lie.
    """
    found = Solved(np.empty((len(of), equations.width - 1)), np.empty(len(of), dtype=bool))
    size = 8 * equations.width**2
    for some in _in_parts(np.arange(len(of)), 2 * size + 8 * equations.width * _STRIDE):
        triangles = _triangles(equations, equations.begins[of[some]], counts[some])
        # Fewer at a time: the processor's cache holds them.
        for few in _in_parts(np.arange(len(some)), 32 * size):
            across = np.ascontiguousarray(np.moveaxis(triangles[few], 0, -1))
            solution, growth = _substitute_back(across)
            found.coefficients[some[few]] = solution[equations.terms_in_order].T
            found.sound[some[few]] = (growth <= _COLLINEAR) & np.isfinite(solution).all(axis=0)
    found.coefficients[:, 0] += _constants_of(equations, of, found.coefficients)
    return found


def _constants_of(
    equations: Equations,
    of: Int[np.ndarray, " folds"],
    coefficients: Float[np.ndarray, "folds terms"],
) -> Float[np.ndarray, " folds"]:
    """What the level of its series adds to a fold's constant: level (1 - phi_1 - phi_2 - ...)."""
    left = np.ones(len(of))
    with np.errstate(all="ignore"):
        # Lag by lag: the order of adding must not depend on the number of folds.
        for phi in coefficients[:, -equations.terms.lags :].T:
            left = left - phi
        return equations.levels[of] * left


def _triangles(
    equations: Equations, begins: Int[np.ndarray, " folds"], counts: Int[np.ndarray, " folds"]
) -> Float[np.ndarray, "folds width width"]:
    """The triangle of each fold's equations, the target as its last column.

    Those up to a multiple of 256, under it those up to a multiple of 32, under it the fold's own.
    """
    in_blocks = (counts - 1) // _BLOCK * _BLOCK
    in_strides = (counts - 1) // _STRIDE * _STRIDE
    # Folds that begin from the same triangle stand together.
    one, block = neighbours(begins + in_blocks)
    blocks = _blocks(equations, begins[one], in_blocks[one] // _BLOCK)
    above = _Triangles(blocks, (begins + in_blocks)[one])
    one, stride = neighbours(begins + in_strides)
    strides = _extend(equations, above, block[one], (in_strides - in_blocks)[one])
    above = _Triangles(strides, (begins + in_strides)[one])
    return _extend(equations, above, stride, counts - in_strides)


def _blocks(
    equations: Equations, begins: Int[np.ndarray, " wanted"], blocks: Int[np.ndarray, " wanted"]
) -> Float[np.ndarray, "wanted width width"]:
    """The triangles of so many blocks from each of these equations on; zeros for none."""
    first, series = neighbours(begins)
    last = np.zeros(len(first), dtype=np.int64)
    np.maximum.at(last, series, blocks)
    reached = np.zeros((len(first), equations.width, equations.width))
    found = reached[series]
    for block in range(int(last.max(initial=0))):
        going = np.flatnonzero(last > block)
        for some in _in_parts(going, 8 * equations.width * (equations.width + _BLOCK)):
            above = _Triangles(reached[some], begins[first][some] + block * _BLOCK)
            counts = np.full(len(some), _BLOCK)
            reached[some] = _extend(equations, above, np.arange(len(some)), counts)
        here = blocks == block + 1
        found[here] = reached[series[here]]
    return found


def _extend(
    equations: Equations,
    above: _Triangles,
    place: Int[np.ndarray, " folds"],
    counts: Int[np.ndarray, " folds"],
) -> Float[np.ndarray, "folds width width"]:
    """The triangle of each fold: that which it begins from, with some equations more under it.

    Args:
        equations: of all series.
        above: what folds begin from.
        place: which of these each fold begins from.
        counts: how many equations more.
    """
    found = np.empty((len(counts), equations.width, equations.width))
    numbers = above.ends[:, None] + np.arange(counts.max(initial=0))
    behind = equations.columns(np.minimum(numbers, len(equations.ends) - 1), equations.from_levels)
    stacked = np.concatenate([above.rows, behind], axis=1)
    for count in np.unique(counts).tolist():
        some = np.flatnonzero(counts == count)
        found[some] = _triangle(stacked[place[some], : equations.width + count])
    return found


def neighbours(
    numbers: Int[np.ndarray, " folds"],
) -> tuple[Int[np.ndarray, " distinct"], Int[np.ndarray, " folds"]]:
    """Where a number differs from the one before it, and for each number which of these it is."""
    new = np.append(True, numbers[1:] != numbers[:-1])[: len(numbers)]
    return np.flatnonzero(new), np.cumsum(new) - 1


def _triangle(
    rows: Float[np.ndarray, "folds equations width"],
) -> Float[np.ndarray, "folds width width"]:
    """R of the QR decomposition of a triangle with equations under it, by Householder reflections.

    A reflection leaves alone every row where its column is zero: those of the triangle below the
    diagonal. The zeros there stay zeros.
    """
    packed, _ = np.linalg.qr(rows, mode="raw")
    return packed.swapaxes(1, 2)[:, : rows.shape[2]]


def _substitute_back(
    triangles: Float[np.ndarray, "width width folds"],
) -> tuple[Float[np.ndarray, "terms folds"], Float[np.ndarray, " folds"]]:
    """The solution of each triangle, and how far rounding grows in it.

    Beside the solution stands the inverse: the largest of its entries, in units of the column that
    it belongs to, is what a rounding error of 1 in such a column does to a coefficient.
    """
    terms, folds = triangles.shape[0] - 1, triangles.shape[2]
    found = np.zeros((terms, terms + 1, folds))
    with np.errstate(all="ignore"):
        for j in reversed(range(terms)):
            right = found[j, j + 1 :]
            right[-1] = triangles[j, -1]
            # Along the first axis numpy adds row after row, whatever the number of folds.
            right -= (triangles[j, j + 1 : terms, None] * found[j + 1 :, j + 1 :]).sum(axis=0)
            found[j, j] = 1.0
            found[j, j:] /= triangles[j, j]
        sizes = np.abs(triangles[:-1, :-1]).max(axis=0)
        growth = (np.abs(found[:, :-1]).max(axis=1) * sizes).max(axis=0)
    return found[:, -1], growth


def _in_parts(folds: Int[np.ndarray, " folds"], size: int) -> Iterator[Int[np.ndarray, " part"]]:
    """These folds, as many at a time as fit into memory at so many bytes each."""
    step = max(1, _AT_ONCE // size)
    for start in range(0, len(folds), step):
        yield folds[start : start + step]
