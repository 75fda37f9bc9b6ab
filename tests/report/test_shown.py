import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from pipeline.report.shown import MOST, said, shown_series


def board(skills: dict[str, float], *, models=("served", "ar")) -> pd.DataFrame:
    rows = [(name, None, model, skill - k) for name, skill in skills.items()
            for k, model in enumerate(models)]  # fmt: skip
    rows += [(None, None, model, 0.0) for model in models]
    return pd.DataFrame(rows, columns=["unique_id", "step", "model", "skill"])


@given(st.dictionaries(st.text(min_size=1), st.floats(-9, 1), min_size=1, max_size=30))
def test_of_many_series_the_worst_and_the_best_are_shown_and_of_few_all(skills):
    found = shown_series(board(skills))
    assert len(found) == len(set(found)) == min(len(skills), MOST)
    if len(skills) <= MOST:
        assert found == sorted(skills)
        assert said(board(skills), len(found)) == ""
    else:
        others = [skills[name] for name in set(skills) - set(found)]
        assert max(skills[name] for name in found[:3]) <= min(others)
        assert min(skills[name] for name in found[3:]) >= max(others)
        assert said(board(skills), len(found)).startswith(f"Of {len(skills)} series the 3 on which")


def test_series_are_judged_by_the_served_forecast_where_there_is_one():
    skills = {str(k): k / 10 for k in range(9)}
    assert "served" in said(board(skills), 6)
    assert "served" not in said(board(skills, models=("rnn", "ar")), 6)
