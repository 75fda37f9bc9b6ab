"""Which series a page shows by themselves: all of a few; of many the worst and the best."""

import pandas as pd

from pipeline.report.words import count
from pipeline.served.settings import SERVED

MOST = 6
"""Series that have charts of their own."""


def shown_series(board: pd.DataFrame, *, most: int = MOST) -> list[str]:
    """The series to be shown, those on which the first model of the board fares worst first.

    Args:
        board: columns of `board_tables.LEADERBOARD`.
        most: how many.

    Returns:
        All of a few, in the order of their names; else half of them the worst, half the best.
    """
    names = sorted(map(str, board["unique_id"].dropna().unique()))
    if len(names) <= most:
        return names
    skills = skill_by_series(board)
    order = sorted(names, key=lambda name: (skills.get(name, 0.0), name))
    return [*order[: most - most // 2], *order[len(order) - most // 2 :]]


def skill_by_series(board: pd.DataFrame) -> dict[str, float]:
    """Skill of the judged model by series, where it has one."""
    rows = board[(board["model"] == judged(board)) & board["step"].isna()]
    known = rows.dropna(subset=["unique_id", "skill"])
    return {str(n): float(s) for n, s in zip(known["unique_id"], known["skill"], strict=True)}


def judged(board: pd.DataFrame) -> str:
    """The model by which series are judged: the served one, else the first of the board."""
    whole = board[board["step"].isna() & board["unique_id"].isna()]
    models = whole["model"].tolist()
    return SERVED if SERVED in models else (models[0] if models else "")


def said(board: pd.DataFrame, shown: int) -> str:
    """Which series are shown, as a sentence; empty where all are."""
    total = board["unique_id"].nunique()
    if shown >= total:
        return ""
    best = shown // 2
    return (
        f"Of {count(total)} series the {shown - best} on which {judged(board)} has the smallest "
        f"skill, and the {best} on which it has the largest."
    )
