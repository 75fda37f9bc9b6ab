"""The coefficients of an autoregression at all refit cutoffs of all series, in one pass.

Which folds can be fitted, and what is said about those that cannot or hardly. Least squares is in
`ar_triangles.py`; where the terms are nearly collinear, statsmodels solves it and a note says so.
"""

import warnings
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int

from pipeline.baselines.ar import ArFits, ArTerms
from pipeline.baselines.ar_equations import Equations, equations_of
from pipeline.baselines.ar_triangles import neighbours, solve
from pipeline.clean.observations import Series

ILL_CONDITIONED = "ill-conditioned: its terms are nearly collinear, solved by statsmodels"
"""The note of a fold whose coefficients hardly differ in what they explain."""


def fit_at_all_cutoffs(
    series: Sequence[Series], refit_rows: Sequence[Int[np.ndarray, " _"]], terms: ArTerms
) -> ArFits:
    """Least squares on the complete rows up to each refit cutoff of each series.

    Where there is no note each coefficient is the exact solution to 1e-9 of its size, however high
    above its variance the target lies. So is that of statsmodels' `AutoReg` where nothing is
    missing, up to a level of some hundreds beside a variance of 1. It loses digits with the level:
    about 1e-8 at 1e4 and 1e-6 at 1e6, and at 1e7 its coefficients are others. Another unit of the
    target changes no digit here; `AutoReg` loses some where values of 1e7 stand beside season
    dummies or a trend.

    Args:
        series: their targets in their own units, NaN where nothing was observed.
        refit_rows: of each series its refit cutoffs, inclusive; they may lie outside the series.
        terms: what is fitted.

    Returns:
        The folds of the first series, then those of the next. A reason stands where there are
        fewer complete rows than one more than the coefficients, where a position of the season has
        none, and where values are too large to solve for.
    """
    equations = equations_of(series, terms)
    of = np.repeat(np.arange(len(series)), [len(rows) for rows in refit_rows])
    counts = equations.known(of, np.concatenate([np.empty(0, dtype=np.int64), *refit_rows]))
    # Neighbours that see the same equations share one regression.
    first, place = neighbours(of * (len(equations.ends) + 1) + counts)
    of, counts = of[first], counts[first]
    coefficients = np.full((len(of), terms.count), np.nan)
    reasons, notes = _unfitted(equations, of, counts), [""] * len(of)
    fitted = np.flatnonzero([not reason for reason in reasons])
    found = solve(equations, of[fitted], counts[fitted])
    coefficients[fitted] = found.coefficients
    for fold in fitted[~found.sound].tolist():
        own = equations.begins[of[fold]] + np.arange(counts[fold])
        coefficients[fold], reasons[fold] = _by_statsmodels(equations, own)
        notes[fold] = "" if reasons[fold] else ILL_CONDITIONED
    return ArFits(
        terms,
        coefficients[place],
        counts[place],
        [reasons[k] for k in place.tolist()],
        [notes[k] for k in place.tolist()],
    )


def _unfitted(
    equations: Equations, of: Int[np.ndarray, " folds"], counts: Int[np.ndarray, " folds"]
) -> list[str]:
    """Why the equations do not determine the coefficients; empty where they may."""
    terms = equations.terms
    needed, reasons = terms.count, [""] * len(of)
    # An unseen position would silently be forecast as if it were the first one.
    unseen = equations.seen_after[of] > counts[:, None]
    for fold in np.flatnonzero(unseen.any(axis=1)).tolist():
        reasons[fold] = (
            f"AR({terms.lags}) has no complete row at position {np.argmax(unseen[fold]) + 1} of "
            f"the season of {terms.seasons}"
        )
    for fold in np.flatnonzero(counts < needed + 1).tolist():
        reasons[fold] = (
            f"AR({terms.lags}) has {counts[fold]} complete rows for {needed} coefficients"
        )
    return reasons


def _by_statsmodels(
    equations: Equations, own: Int[np.ndarray, " equations"]
) -> tuple[Float[np.ndarray, " terms"], str]:
    """The coefficients by the estimator of `AutoReg`; of collinear ones the shortest solution."""
    from statsmodels.regression.linear_model import OLS
    from statsmodels.tools.sm_exceptions import MissingDataError

    columns = equations.columns(own, equations.values)
    regressors = columns[:, equations.terms_in_order]
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            found = OLS(columns[:, -1], regressors).fit().params
        why = "" if np.isfinite(found).all() else "its values are too large"
    except (np.linalg.LinAlgError, MissingDataError) as error:
        found, why = np.full(regressors.shape[1], np.nan), str(error)
    return found, f"AR({equations.terms.lags}) cannot be solved: {why}" if why else ""
