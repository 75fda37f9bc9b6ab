"""What is wrong with a declaration, as sentences that say what to write."""

import difflib
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from pipeline.baselines.settings import BaselineSettings
from pipeline.declaration import Cutoffs, DataSet
from pipeline.imported.settings import ImportedSettings
from pipeline.raw.settings import Columns
from pipeline.rnn.settings import NetworkSettings

_MODELS: dict[str, type[BaseModel]] = {
    "columns": Columns,
    "cutoffs": Cutoffs,
    "baselines": BaselineSettings,
    "networks": NetworkSettings,
    "imported": ImportedSettings,
}
"""The model behind each nested part, for the names of its keys."""

_INSTEAD = {
    "int_type": "write a whole number, as 12",
    "float_type": "write a number, as 0.001 or 1.0e-3",
    "string_type": "write a text, in quotes where it looks like a number or a date, "
    'as "1990-01-01"',
    "bool_type": "write true or false",
    "list_type": "write a list, as [a, b]",
    "dict_type": "write keys with values below it",
    "model_type": "write keys with values below it",
    "model_attributes_type": "write keys with values below it",
    "missing": "add it",
}


def sentence_for(error: ErrorDetails, path: list[str], value: Any) -> str:  # noqa: ANN401
    """What is wrong and what to write, without the place.

    Args:
        error: what pydantic says.
        path: the keys that lead to it.
        value: what stands there, as it is written.
    """
    name = ".".join(path) or "attributes"
    kind = error["type"]
    if kind == "extra_forbidden":
        return _unknown_key(path)
    if kind == "missing":
        return f"{'.'.join([*path, str(error['loc'][-1])])} is missing; add it"
    if kind == "value_error":
        return str(error["ctx"]["error"])
    if kind == "literal_error":
        return f"{name}: {value!r} is none of {error['ctx']['expected']}; write one of these"
    instead = _INSTEAD.get(kind, "write another value")
    said = error["msg"].removeprefix("Input ")
    return f"{name}: {shown(value)} {said}; {instead}"


def shown(value: Any) -> str:  # noqa: ANN401 - whatever the file holds
    """A value as it may stand in a sentence: cut where it is long."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _unknown_key(path: list[str]) -> str:
    *parents, key = path
    model = _MODELS.get(parents[0], DataSet) if parents else DataSet
    known = list(model.model_fields)
    return f"{'.'.join(path)} is no key of a data set; {hint(key, known)}"


def hint(key: str, known: Sequence[str]) -> str:
    """The known key that was probably meant, or all of them."""
    close = difflib.get_close_matches(key, known, n=1)
    return f"did you mean {close[0]}?" if close else f"known here are {', '.join(known)}"
