"""Which way imports go, what loads what, and what is never used: laws that lint cannot say."""

import ast
import importlib
import os
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.strategies import SmallProject

REPOSITORY = Path(__file__).parents[1]
PACKAGE = REPOSITORY / "pipeline"
FILES = sorted(path for path in PACKAGE.rglob("*.py"))
NAMES = {path: str(path.relative_to(PACKAGE)) for path in FILES}

EVERYONE = {"board_tables", "calendar", "errors", "mean_test", "tables"}
"""Nouns that any part may use."""

STAGES = (
    "raw",
    "clean",
    "windows",
    "baselines",
    "rnn",
    "imported",
    "served",
    "scores",
    "leaderboard",
    "report",
)
"""In the order of the drawing: a stage may import those on its left."""

SETTINGS = {
    "raw.settings",
    "baselines.settings",
    "rnn.settings",
    "rnn.presets",
    "imported.settings",
    "served.settings",
}
"""What a declaration is put together from."""

DAGSTER_HALF = {"components", "definitions", "cli", "commands"}

MAY_IMPORT: dict[str, set[str]] = {
    "": set(),
    "board_tables": {"tables"},
    "calendar": set(),
    "errors": set(),
    "mean_test": set(),
    "strict": set(),
    "packs": {"tables"},
    "tables": set(),
    "declaration": {
        "calendar",
        "declaration_names",
        "declaration_rules",
        "declaration_scope",
        "strict",
    }
    | SETTINGS,
    "declaration_rules": SETTINGS,
    "declaration_names": {"tables"} | SETTINGS,
    "declaration_scope": {"rnn.settings"},
    "declaration_file": {"declaration", "declaration_words", "errors", "folds"} | SETTINGS,
    "declaration_words": {"declaration"} | SETTINGS,
    "folds": {"calendar", "declaration", "errors"},
    "store": {"errors", "tables"},
    **{stage: EVERYONE | {"strict"} | set(STAGES[:at]) for at, stage in enumerate(STAGES)},
    "plots": EVERYONE,
    "report": EVERYONE | {"plots", "strict"} | set(STAGES),
    "chain": EVERYONE
    | {"declaration", "declaration_file", "folds", "plots", "store"}
    | set(STAGES),
    "components": {"calendar", "chain", "declaration", "errors", "folds", "store"}
    | {"board_tables", "packs", "tables", "scaffold.template"},
    "definitions": {"chain", "components", "errors"},
    "scaffold": EVERYONE
    | {"chain", "declaration", "declaration_file", "folds", "raw", "clean", "baselines", "store"},
    "commands": {"chain", "components", "declaration", "definitions", "errors", "scaffold"},
    "cli": {"commands", "errors"},
}
"""By part of the package the other parts that it may import; a part may import itself."""

HEAVY = (
    "pandas",
    "pyarrow",
    "torch",
    "statsmodels",
    "sklearn",
    "altair",
    "utilsforecast",
    "scoringrules",
)


def imports_of(path: Path) -> Iterator[str]:
    """Every module a file imports, wherever in the file, with the names taken from it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def part_of(path: Path) -> str:
    """The folder or file of the package's top level that a file belongs to."""
    first = path.relative_to(PACKAGE).parts[0]
    return "" if first == "__init__.py" else first.removesuffix(".py")


def own_imports_of(path: Path) -> set[str]:
    """What a file imports of this package, without the package's own name."""
    return {name.removeprefix("pipeline.") for name in imports_of(path) if is_own(name)}


def is_own(name: str) -> bool:
    return name.split(".")[0] == "pipeline"


def is_in(name: str, allowed: set[str]) -> bool:
    return any(name == a or name.startswith(f"{a}.") for a in allowed)


def run_python(code: str, **environment: str) -> str:
    """What a fresh interpreter prints."""
    done = subprocess.run(
        [sys.executable, "-W", "error::RuntimeWarning", "-c", textwrap.dedent(code)],
        env=os.environ | environment,
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("path", FILES, ids=NAMES.get)
def test_imports_go_down_and_to_the_left(path):
    part = part_of(path)
    assert part in MAY_IMPORT, f"say in this test what pipeline/{part} may import"
    wrong = {n for n in own_imports_of(path) if not is_in(n, MAY_IMPORT[part] | {part})}
    assert wrong == set()


@pytest.mark.parametrize("path", FILES, ids=NAMES.get)
def test_only_the_dagster_half_imports_dagster(path):
    found = {name for name in imports_of(path) if name.split(".")[0].startswith("dagster")}
    assert not found or part_of(path) in DAGSTER_HALF


@pytest.mark.parametrize(
    "path", [path for path in FILES if path.name == "settings.py"], ids=NAMES.get
)
def test_settings_import_pydantic_and_little_else(path):
    allowed = {"typing", "pydantic", "pipeline.strict", "pipeline.calendar"}
    assert {name for name in imports_of(path) if not is_in(name, allowed)} == set()


def test_every_stage_has_settings_with_a_version():
    for stage in STAGES:
        settings = importlib.import_module(f"pipeline.{stage}.settings")
        assert hasattr(settings, "VERSION") or hasattr(settings, "VERSIONS"), stage


@pytest.mark.parametrize("path", FILES, ids=NAMES.get)
def test_nothing_is_pickled_or_evaluated(path):
    banned = {"pickle", "cPickle", "cloudpickle", "dill", "joblib", "marshal", "shelve"}
    assert {name for name in imports_of(path) if name.split(".")[0] in banned} == set()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    calls = {
        ast.unparse(node.func)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute)
    }
    assert calls & {
        "torch.load",
        "torch.save",
        "eval",
        "exec",
        "yaml.load",
        "yaml.unsafe_load",
    } == (set())
    assert not any(call.endswith((".read_pickle", ".to_pickle")) for call in calls)
    unpickling = {
        keyword.value.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == "allow_pickle" and isinstance(keyword.value, ast.Constant)
    }
    assert unpickling <= {False}


@pytest.mark.parametrize("path", FILES, ids=NAMES.get)
def test_a_module_is_named_after_what_it_is(path):
    empty = {"utils", "util", "helpers", "helper", "common", "core", "manager", "base", "misc"}
    assert not {part.removesuffix(".py") for part in path.relative_to(PACKAGE).parts} & empty


@pytest.mark.parametrize("folder", sorted({path.parent for path in FILES}), ids=lambda p: p.name)
def test_a_folder_begins_with_a_docstring_that_names_each_of_its_files(folder):
    tree = ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))
    said = ast.get_docstring(tree) or ""
    named = set(re.findall(r"`([\w/.]+)`", said))
    files = {p.name for p in folder.glob("*.py")} - {"__init__.py", "settings.py", "__main__.py"}
    folders = {f"{p.parent.name}/" for p in folder.glob("*/__init__.py")}
    assert (files | folders) - named == set()
    there = {name.rstrip("/") for name in named if name.endswith((".py", "/"))}
    assert {name for name in there if not (folder / name).exists()} == set()


@pytest.mark.parametrize("path", FILES, ids=NAMES.get)
def test_a_module_says_in_its_first_lines_what_belongs_there(path):
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


def test_definitions_load_none_of_the_heavy_libraries():
    loaded = run_python(
        f"""
        import sys
        from pathlib import Path
        from pipeline.chain.project import Project
        from pipeline.definitions import definitions_of_project
        repository = definitions_of_project(Project(Path({str(REPOSITORY)!r}))).get_repository_def()
        assert len(repository.assets_defs_by_key) >= 16
        print(*sorted(set({HEAVY!r}) & set(sys.modules)))
        """
    )
    assert loaded.split() == []


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["plan", "--help"]])
def test_help_of_the_command_line_loads_no_dagster_and_nothing_heavy(arguments):
    said = run_python(
        f"""
        import sys
        from pipeline.cli import main
        try:
            main({arguments!r})
        except SystemExit as end:
            assert end.code == 0, end.code
        heavy = set(("dagster", *{HEAVY!r})) & set(sys.modules)
        assert not heavy, heavy
        """
    )
    assert "Usage" in said


@pytest.mark.parametrize("arguments", [["plan"], ["run", "toy"]])
def test_where_nothing_is_due_neither_dagster_nor_pandas_is_loaded(arguments, tmp_path):
    small = SmallProject.write(
        tmp_path / "p", cutoffs={"first": "2003-09-01", "last": "2003-12-01"}
    )
    small.run()
    said = run_python(
        f"""
        import sys
        from pipeline.cli import main
        try:
            main(["--project", {str(small.root)!r}, *{arguments!r}])
        except SystemExit as end:
            assert end.code == 0, end.code
        loaded = set(("dagster", *{HEAVY!r})) & set(sys.modules)
        assert not loaded, loaded
        """
    )
    assert "nothing is due" in said


WITHOUT_DAGSTER = """
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0].startswith("dagster"):
            raise ImportError(f"{name} is blocked")

sys.meta_path.insert(0, Blocked())
try:
    import dagster
except ImportError:
    pass
else:
    raise AssertionError("dagster is not blocked")
"""


IMPORT_ALL = """
import importlib
for name in modules:
    try:
        importlib.import_module(name.removesuffix(".__init__"))
    except ModuleNotFoundError as error:  # Triton comes with torch for CUDA alone
        if error.name != "triton":
            raise
"""


@pytest.mark.slow
def test_every_module_of_the_computing_half_imports_without_dagster():
    modules = [
        ".".join(("pipeline", *path.relative_to(PACKAGE).with_suffix("").parts))
        for path in FILES
        if part_of(path) not in DAGSTER_HALF
    ]
    run_python(f"{WITHOUT_DAGSTER}\nmodules = {modules!r}\n{IMPORT_ALL}")


TOY = """\
type: pipeline.components.HindcastComponent
attributes:
  files: data/toy/*.csv
  columns: {ds: date, y: value}
  freq: MS
  horizon: 2
  cutoffs: {first: "2003-09-01", last: "2003-12-01"}
  baselines: {naive: , seasonal_naive: , climatology: , ar: {lags: 2}}
  networks:
    rnn: {input_size: 4, hidden_size: 4, steps: 2, seeds: 2, refit: 2, device: cpu}
"""

RUN_CHAIN = """
import datetime as dt
from pathlib import Path
from pipeline.chain.plan import known_of_store, plan
from pipeline.chain.project import Project
from pipeline.chain.results import leaderboard_rows
from pipeline.chain.run import Work, run_stage
from pipeline.chain.stages import stages_of

project = Project(Path("."))
data_set = project.data_set("toy")
now = dt.datetime(2004, 2, 1, tzinfo=dt.UTC)
assert plan(project, data_set, now=now)
for stage in stages_of(data_set):
    known = known_of_store(project, data_set, now=now)
    run_stage(stage, Work(known, project.store), known.cutoffs if stage.per_cutoff else (None,))
assert plan(project, data_set, now=now) == []
means = [row for row in leaderboard_rows(project, data_set) if row["unique_id"] is None]
print(*(row["model"] for row in means))
"""


def test_the_chain_runs_from_csv_to_leaderboard_without_dagster(tmp_path):
    folder = tmp_path / "pipeline" / "defs" / "toy"
    folder.mkdir(parents=True)
    (folder / "defs.yaml").write_text(TOY)
    (tmp_path / "workspace.yaml").write_text("")
    data = tmp_path / "data" / "toy"
    data.mkdir(parents=True)
    for name, level in {"a": 3, "b": 40}.items():
        rows = [
            f"{2000 + month // 12}-{month % 12 + 1:02}-01,{level + month * 7 % 12 + month % 5}"
            for month in range(48)
        ]
        (data / f"{name}.csv").write_text("\n".join(["date,value", *rows, ""]))
    code = f"{WITHOUT_DAGSTER}\nimport os\nos.chdir({str(tmp_path)!r})\n{RUN_CHAIN}"
    models = run_python(code, HINDCAST_STORE=str(tmp_path / "storage")).split()
    served = ["served", "served_without_networks"]
    assert sorted(models) == ["ar", "climatology", "naive", "rnn", "seasonal_naive", *served]
