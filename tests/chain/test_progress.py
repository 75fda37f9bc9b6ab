"""What a log says of how far a stage is; a clock that the test holds."""

import pytest

from pipeline.chain import progress
from tests.strategies import SmallProject


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def test_a_line_says_how_many_of_what_how_much_of_it_and_how_long_it_takes(clock):
    said = []
    say = progress.progress("toy/scores", said.append)
    clock[0] += 4
    say(10, 120, "folds")  # libraries were loaded too
    clock[0] += 2
    say(30, 120, "folds")
    assert said == ["toy/scores: 30 of 120 folds, 25%, about 9 s left"]


def test_neither_the_first_item_nor_an_instant_says_how_long_it_takes(clock):
    said = []
    say = progress.progress("toy/scores", said.append)
    clock[0] += 60
    say(1, 120, "folds")
    clock[0] += 1.9
    say(2, 120, "folds")
    clock[0] += 5
    say(3, 120, "folds")
    assert said == [
        "toy/scores: 1 of 120 folds, 1%",
        "toy/scores: 3 of 120 folds, 2%, about 404 s left",
    ]


def test_lines_come_at_most_every_five_seconds(clock):
    said = []
    say = progress.progress("toy/scores", said.append)
    for done in range(1, 101):
        clock[0] += 0.3
        say(done, 100, "folds")
    assert len(said) == 5


def test_the_first_of_few_networks_need_not_be_done_before_a_line_comes(clock):
    said = []
    say = progress.progress("toy/rnn_model", said.append)
    clock[0] += 10
    say(0.5, 4, "networks")
    clock[0] += 10
    say(1.0, 4, "networks")
    assert said == [
        "toy/rnn_model: 0 of 4 networks, 12%",
        "toy/rnn_model: 1 of 4 networks, 25%, about 60 s left",
    ]


def test_the_time_of_training_is_not_that_of_what_follows(clock):
    said = []
    say = progress.progress("toy/rnn_model", said.append)
    clock[0] += 1000
    say(4, 4, "networks")
    clock[0] += 6
    say(10, 20, "folds")
    assert said[-1] == "toy/rnn_model: 10 of 20 folds, 50%"
    clock[0] += 6
    say(15, 20, "folds")
    assert said[-1] == "toy/rnn_model: 15 of 20 folds, 75%, about 6 s left"


def test_every_stage_tells_of_all_its_folds(finished: SmallProject):
    from pipeline.chain.run import Work, run_stage
    from pipeline.chain.stages import BY_NAME

    finished.set_network(hidden_size=16)
    known = finished.known
    said: list[tuple[float, int, str]] = []
    work = Work(known, finished.project.store, lambda *args: said.append(args))
    run_stage(BY_NAME["rnn_model"], work, known.cutoffs)
    folds = [(done, total) for done, total, what in said if what == "folds"]
    networks = [(done, total) for done, total, what in said if what == "networks"]
    assert folds == [(2 * k, 26) for k in range(1, 14)]
    assert networks[-1][0] == networks[-1][1] == 20
    assert [done for done, _ in networks] == sorted(done for done, _ in networks)


def test_what_is_made_as_a_whole_is_no_fold(finished: SmallProject):
    finished.correct("a", "2003-06-01", 33.3)
    said: list[tuple[float, int, str]] = []
    stages = ["raw_observations", "clean_observations", "windows"]
    finished.run(stages=stages, say=lambda *args: said.append(args))
    assert said[:2] == [(1, 1, "assets")] * 2
    # One series of two changed, at the seven cutoffs from June on.
    assert said[2:] == [(k, 7, "folds") for k in range(1, 8)]
