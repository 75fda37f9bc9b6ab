"""What may be declared of imported models, and what is refused with what to write instead."""

import pytest
from pydantic import ValidationError

from pipeline.chain.stages import stages_of
from pipeline.errors import InputError
from tests.strategies import SmallProject


def test_an_imported_model_stands_behind_ours_and_adds_a_stage(declare):
    plain = declare(networks={"rnn": None})
    data_set = declare(networks={"rnn": None}, imported={"autoets": {"files": "f.csv"}})
    assert data_set.models == [*plain.models, "autoets"]
    assert data_set.refit_of("autoets") is None
    assert data_set.needed_rows == plain.needed_rows
    names = [stage.name for stage in stages_of(data_set)]
    assert set(names) - {stage.name for stage in stages_of(plain)} == {"imported_forecasts"}
    assert names.index("imported_forecasts") < names.index("scores")


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"imported": {"naive": {"files": "f.csv"}}}, "a baseline has this name; .*column: naive"),
        ({"imported": {"holt_winters": {"files": "f.csv"}}}, "a baseline has this name"),
        (
            {"networks": {"rnn": None}, "imported": {"rnn": {"files": "f.csv", "column": "RNN"}}},
            "a network has this name; rename the model, and declare `column: RNN`",
        ),
        ({"imported": {"ds": {"files": "f.csv"}}}, "imported.ds: the name becomes a column"),
        ({"imported": {"m": {"files": "f.csv", "column": "y"}}}, "imported.m.column: y is no fore"),
        ({"imported": {"m-lo-80": {"files": "f.csv"}}}, "imported.m-lo-80: -lo- or -hi- before"),
        ({"networks": {"m-hi-9x": None}}, "networks.m-hi-9x: -lo- or -hi- before a number"),
        ({"imported": {"m": {}}}, "files"),
        ({"imported": {"m": {"files": []}}}, "files"),
    ],
)
def test_what_is_refused(declare, parts, said):
    with pytest.raises(ValidationError, match=said):
        declare(**parts)


@pytest.mark.parametrize(
    ("imported", "said"),
    [
        ({"m": {"file": "f.csv"}}, r"line \d+: imported.m.file is no key .*did you mean files"),
        ({"m": {"files": 3}}, r"line \d+: imported.m.files: '3' should be a valid string"),
        ({"naive": {"files": "f.csv"}}, r"line \d+: imported.naive: a baseline has this name"),
        ({"m": {"files": "data/toy"}}, r"imported.m.files: data/toy is a folder"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path, imported, said):
    small = SmallProject.write(tmp_path / "p", imported=imported)
    with pytest.raises(InputError, match=said):
        _ = small.data_set
