"""A declaration from its YAML file, strictly: a mistake is told with file, line and what to write.

Read before Dagster reads it: Dagster's loader lets the last of doubled keys win and takes 12:30 for
750. The values here come from the same text, so both see the same declaration.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from pipeline.declaration import DataSet
from pipeline.declaration_words import hint, sentence_for, shown
from pipeline.errors import InputError
from pipeline.folds.cutoffs import declared_periods

TYPE = "pipeline.components.HindcastComponent"
"""What stands under `type`: the component that makes a data set of the attributes."""

_TOP = ("type", "attributes", "post_processing", "requirements")
"""Keys of the file itself; the last two are Dagster's own, their values are its concern."""

_ODD = re.compile(r"[-+]?(0[0-9_xXbB].*|.*:.*)")
"""How a number is written that YAML does not take as decimal."""

_NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")


def read_declaration(path: Path, *, shown_as: str | None = None) -> DataSet:
    """The data set that a defs.yaml declares under `attributes`.

    Args:
        path: the file.
        shown_as: what messages call it.

    Raises:
        InputError: it is no YAML, a key is doubled or unknown, a value has the wrong type or does
            not fit the others; the message names file and line.
    """
    where = shown_as or str(path)
    document = _compose(path, where)
    doubled = next(_doubled(document), None)
    if doubled is not None:
        first, second = doubled
        raise InputError(
            f"{where} line {_line(second)}: {second.value} is declared twice (first on line "
            f"{_line(first)}); remove one"
        )
    attributes = _attributes_of(document, where)
    values = _values_of(attributes, where)
    try:
        data_set = DataSet.model_validate(values)
    except ValidationError as wrong:
        raise InputError(_first_of(wrong, attributes, where)) from None
    try:
        declared_periods(data_set)
    except InputError as wrong:
        line, _ = _place(attributes, tuple(str(wrong).split(":")[0].split(".")))
        raise InputError(f"{where} line {line}: {wrong}") from None
    return data_set


def _compose(path: Path, where: str) -> yaml.Node:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{where} cannot be read: {error}") from error
    try:
        document = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise InputError(_no_yaml(error, where)) from error
    if not isinstance(document, yaml.MappingNode):
        raise InputError(f"{where}: empty; it needs `type:` and `attributes:`")
    return document


def _attributes_of(document: yaml.Node, where: str) -> yaml.Node:
    """What lies below `attributes`, in a file with no other keys than it may have."""
    for key, _ in document.value:
        if key.value not in _TOP:
            raise InputError(
                f"{where} line {_line(key)}: {_written(key)} is no key of a declaration; "
                f"{hint(str(key.value), _TOP)}"
            )
    kind, attributes = (_child(document, name) for name in _TOP[:2])
    if kind is None:
        raise InputError(f"{where}: there is no `type:`; write `type: {TYPE}` above the attributes")
    if kind.value != TYPE:
        raise InputError(
            f"{where} line {_line(kind)}: type: {_written(kind)} is not known; write {TYPE}"
        )
    if attributes is None:
        raise InputError(f"{where}: there is no `attributes:`; see the data sets that are shipped")
    return attributes


def _written(node: yaml.Node) -> str:
    return shown(node.value).strip("'") if isinstance(node, yaml.ScalarNode) else "this"


def _values_of(attributes: yaml.Node, where: str) -> Any:  # noqa: ANN401 - whatever the file holds
    """What is written below `attributes`, with numbers only where people see the same number."""
    odd = next(_odd_numbers(attributes), None)
    if odd is not None:
        raise InputError(
            f"{where} line {_line(odd)}: YAML reads {odd.value} as another number than it looks "
            "like; write it with digits only, or in quotes where it is a text"
        )
    try:
        return yaml.constructor.SafeConstructor().construct_document(attributes)
    except yaml.YAMLError as error:
        raise InputError(_no_yaml(error, where)) from error
    except ValueError as error:
        raise InputError(
            f"{where}: a value looks like a date and is none ({error}); correct it, in quotes"
        ) from error


def _no_yaml(error: yaml.YAMLError, where: str) -> str:
    if isinstance(error, yaml.MarkedYAMLError):
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        return f"{where} line {line}: this is no YAML: {error.problem}"
    return f"{where}: this is no YAML: {str(error).splitlines()[0]}"


def _odd_numbers(node: yaml.Node) -> Iterator[yaml.Node]:
    """Numbers in base 60, 8, 16 or 2: 12:30 would be 750, and 012 would be 10."""
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _odd_numbers(item)
    if isinstance(node, yaml.MappingNode):
        for pair in node.value:
            for part in pair:
                yield from _odd_numbers(part)
    if node.tag in _NUMBERS and _ODD.fullmatch(str(node.value)):
        yield node


def _doubled(node: yaml.Node) -> Iterator[tuple[yaml.Node, yaml.Node]]:
    """Pairs of key nodes of one mapping that say the same."""
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _doubled(item)
    if isinstance(node, yaml.MappingNode):
        seen: dict[str, yaml.Node] = {}
        for key, value in node.value:
            if str(key.value) in seen:
                yield seen[str(key.value)], key
            seen[str(key.value)] = key
            yield from _doubled(value)


def _line(node: yaml.Node) -> int:
    return node.start_mark.line + 1


def _child(node: yaml.Node, key: object) -> yaml.Node | None:
    """What lies below a node under a key or a place in a list."""
    if isinstance(node, yaml.MappingNode):
        return next((v for k, v in node.value if k.value == str(key)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
        return node.value[key]
    return None


def _key_line(node: yaml.Node, key: object) -> int | None:
    """The line of a key itself: its value may begin lines below it."""
    if isinstance(node, yaml.MappingNode):
        return next((_line(k) for k, _ in node.value if k.value == str(key)), None)
    child = _child(node, key)
    return _line(child) if child is not None else None


def _place(node: yaml.Node, loc: tuple[object, ...]) -> tuple[int, list[str]]:
    """Line and path of an error; steps of `loc` that name a member of a union are left out."""
    line, path = _line(node), []
    for step in loc:
        child = _child(node, step)
        if child is None:
            continue
        line, node = _key_line(node, step) or line, child
        path.append(str(step))
    return line, path


def _first_of(wrong: ValidationError, attributes: yaml.Node, where: str) -> str:
    """The sentence for the first error in the file's order; a missing key may be a typo below."""
    placed = [(_place(attributes, _loc(error)), error) for error in wrong.errors()]
    (line, path), error = min(
        placed, key=lambda pair: (pair[1]["type"] == "missing", pair[0][0], -len(pair[0][1]))
    )
    node: yaml.Node | None = attributes
    for step in path:
        node = _child(node, int(step) if step.isdigit() else step) if node else None
    written = node.value if isinstance(node, yaml.ScalarNode) else error["input"]
    return f"{where} line {line}: {sentence_for(error, path, written)}"


def _loc(error: ErrorDetails) -> tuple[object, ...]:
    """Where an error lies; one between parts begins with the name of the part to change."""
    if error["type"] == "value_error" and not error["loc"]:
        return tuple(str(error["ctx"]["error"]).split(":")[0].split("."))
    return error["loc"]
