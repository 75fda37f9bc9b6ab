"""From what is due to the runs that make it: one per contiguous stretch, never an empty cutoff."""

import datetime as dt
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.chain.launches import Asked, Launch, ask, launches_of
from pipeline.chain.plan import Due
from pipeline.chain.stages import WHOLE, stages_of
from pipeline.errors import InputError
from tests.strategies import SmallProject, months

CUTOFFS = months("2003-01", "2003-12")


def asked(small: SmallProject) -> Asked:
    return ask(small.project, small.data_set, None, now=small.now)


def run_all(small: SmallProject, launches: list[Launch]) -> None:
    for launch in launches:
        small.run(launch.cutoffs, launch.stages)


def names(small: SmallProject, first: str = "raw_observations") -> list[str]:
    found = [stage.name for stage in stages_of(small.data_set)]
    return found[found.index(first) :]


def test_the_first_run_is_one_over_everything(write):
    small = write()
    (launch,) = launches_of(asked(small))
    assert launch == Launch(names(small), months("2002-12", "2003-12"))
    run_all(small, [launch])
    assert launches_of(asked(small)) == []


def test_an_appended_month_is_one_run_from_the_first_cutoff_that_it_scores(finished):
    finished.append_month("a", "b")
    launches = launches_of(asked(finished))
    assert launches == [Launch(names(finished), months("2003-11", "2004-01"))]
    run_all(finished, launches)
    assert finished.plan() == []


def test_a_corrected_month_is_one_run_from_there_to_the_end(finished):
    finished.correct("a", "2003-06-01", 33.3)
    (launch,) = launches_of(asked(finished))
    # horizon 2: the cutoffs of April and May are scored on June
    assert launch == Launch(names(finished), months("2003-04", "2003-12"))
    run_all(finished, [launch])
    assert finished.plan() == []


def damage(small: SmallProject, stage: str, *keys: str) -> None:
    """The forecasts of these cutoffs."""
    for key in keys:
        (path,) = small.project.store.folder(small.name, stage, key).glob("forecasts*.parquet")
        path.write_bytes(b"")


def test_two_damaged_cutoffs_are_two_runs_and_nothing_between_them_runs(finished):
    damage(finished, "served_forecasts", "2003-02-01", "2003-09-01")
    launches = launches_of(asked(finished))
    assert [launch.cutoffs for launch in launches] == [["2003-02-01"], ["2003-09-01"]]
    assert all(launch.stages == names(finished, "served_forecasts") for launch in launches)
    run_all(finished, launches)
    assert finished.plan() == []


def test_damaged_forecasts_are_one_run_to_the_end_that_makes_them_alone(finished):
    """What is served later may be of them; since they are what they were, it is not made anew."""
    damage(finished, "baseline_forecasts", "2003-02-01", "2003-09-01")
    (launch,) = launches_of(asked(finished))
    assert launch == Launch(names(finished, "baseline_forecasts"), months("2003-02", "2003-12"))
    ran = finished.run(launch.cutoffs, launch.stages)
    assert {s: set(made) for s, made in ran.made.items()} == {
        "baseline_forecasts": {"2003-02-01", "2003-09-01"}
    }
    assert finished.plan() == []


def test_runs_of_two_stretches_may_go_in_any_order(finished):
    for key in ("2003-02-01", "2003-09-01"):
        (path,) = finished.project.store.folder("toy", "scores", key).glob("scores*.parquet")
        path.write_bytes(b"")
    launches = launches_of(asked(finished))
    run_all(finished, launches[::-1])
    assert finished.plan() == []


def test_a_changed_network_leaves_files_and_baselines_alone(finished):
    finished.set_network(hidden_size=16)
    (launch,) = launches_of(asked(finished))
    assert launch.stages == names(finished, "rnn_model")


def test_files_in_another_order_are_recorded_with_the_windows_of_one_cutoff(finished):
    lines = finished.lines("a")
    finished.write_lines("a", [lines[0], *lines[:0:-1]])
    (launch,) = launches_of(asked(finished))
    stages = ["raw_observations", "clean_observations", "windows", "report"]
    assert launch == Launch(stages, ["2003-12-01"])
    run_all(finished, [launch])
    assert finished.plan() == []


def test_a_board_alone_has_no_cutoff(finished):
    (path,) = finished.project.store.folder("toy", "leaderboard").glob("leaderboard*.parquet")
    path.unlink()
    assert launches_of(asked(finished)) == [Launch(["leaderboard", "report"], [])]


def test_a_cutoff_without_a_ready_fold_is_in_no_run(write):
    small = write()
    for stem in "ab":  # nothing is observed in May: no fold is ready there
        small.correct(stem, "2003-05-01", "")
    launches = launches_of(asked(small))
    assert [launch.cutoffs for launch in launches] == [
        months("2002-12", "2003-04"),
        months("2003-06", "2003-12"),
    ]


def test_a_cutoff_after_the_data_is_in_no_run(finished):
    finished.now += dt.timedelta(days=90)
    assert launches_of(asked(finished)) == []


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("2003-09..2003-10", "; write 2003-09-01..2003-10-01"),
        ("2003-09", "; write 2003-09-01"),
        ("2003..2003-10-01", "; write 2003-01-01..2003-10-01"),
        ("2003-04-01..2003", "; write 2003-04-01..2003-12-01"),
        ("2003-05-02...2003-05-31", "; write 2003-05-01..2003-05-01"),
        ("2003-1..2003-10", ""),
        ("1999-01..2003-10", ""),
        ("2003-10-01..2004-01-01", ""),
        ("May", ""),
    ],
)
def test_a_cutoff_that_there_is_not_is_told_with_the_one_that_was_meant(write, said, told):
    small = write()
    with pytest.raises(InputError) as refused:
        ask(small.project, small.data_set, said, now=small.now)
    assert str(refused.value).endswith(f"they run from 2002-12-01 to 2003-12-01, one per MS{told}")


@given(due=st.sets(st.sampled_from(CUTOFFS), min_size=1))
def test_the_stretches_are_what_is_due_and_are_contiguous(due, declare):
    data_set = declare(cutoffs={"first": "2003-01-01"})
    rows = [Due("toy", "scores", key, frozenset({WHOLE}), 1, "") for key in due]
    launches = launches_of(Asked(data_set, CUTOFFS, rows))
    assert [key for launch in launches for key in launch.cutoffs] == sorted(due)
    for launch in launches:
        start = CUTOFFS.index(launch.cutoffs[0])
        assert launch.cutoffs == CUTOFFS[start : start + len(launch.cutoffs)]
    borders = pairwise(launches)
    assert all(CUTOFFS.index(b.cutoffs[0]) > CUTOFFS.index(a.cutoffs[-1]) + 1 for a, b in borders)
