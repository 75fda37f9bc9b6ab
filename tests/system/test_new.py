"""`hindcast new` as people use it: at a terminal, from a script, and on to the first forecast."""

import os
import pty
import re
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.components.conftest import DAGSTER_WARNS
from tests.scaffold.conftest import days, everything_in, monthly, table, wave
from tests.strategies import REPOSITORY, SmallProject
from tests.system.conftest import command, environment

pytestmark = DAGSTER_WARNS

TWO = table(
    ["date", "sold", "price"],
    list(zip(days("2024-01-01", 400), wave(400), wave(400)[::-1], strict=True)),
)


@pytest.fixture
def empty(tmp_path: Path) -> SmallProject:
    """A project without any data set."""
    root = tmp_path / "project"
    root.mkdir()
    for name in ("workspace.yaml", "dagster.yaml"):
        (root / name).write_bytes((REPOSITORY / name).read_bytes())
    return SmallProject(root, name="shop")


def own_file(small: SmallProject, text: str) -> str:
    path = small.root.parent / "sales.csv"
    path.write_text(text)
    return str(path)


def test_without_a_terminal_an_open_question_is_an_error_that_names_the_option(empty, hindcast):
    before = everything_in(empty.root)
    done = hindcast(empty, "new", "shop", own_file(empty, TWO))
    assert done.exit_code == 2
    assert done.output == (
        "hindcast: which column is to be forecast? Say it with --y: sold (20 to 78.33), "
        "price (20 to 78.33)\n"
    )
    assert everything_in(empty.root) == before


def test_what_was_understood_and_what_comes_next_are_told(empty, hindcast):
    done = hindcast(empty, "new", "shop", own_file(empty, TWO), "--y", "sold", "--horizon", "14")
    assert done.exit_code == 0, done.output
    said = dict(re.findall(r"^  (\w+(?: \w+)?)  +(\S.*)$", done.output, re.MULTILINE))
    assert said["time"] == "date, written %Y-%m-%d"
    assert said["series"] == "1, named by the file: sales"
    assert said["not used"] == "price (switch on under hist_exog)"
    assert said["grid"] == "D, a row a day, 2024-01-01 to 2025-02-03"
    assert said["forecasts"].startswith("14 days ahead, once a week: 28 cutoffs, 2024-07-21 to ")
    for words in ("run shop", "leaderboard shop", "report shop", "export shop forecasts.csv", "ui"):
        assert f"  hindcast {words} " in done.output


def test_what_comes_next_stands_in_line_however_long_the_name_is(empty, hindcast):
    done = hindcast(empty, "new", "greenhouse_of_the_east", own_file(empty, monthly()))
    lines = [line for line in done.output.splitlines() if line.startswith("  hindcast ")]
    assert len(lines) == 5
    assert {line.rindex("  ") for line in lines} == {lines[0].rindex("  ")}


def test_a_name_that_is_taken_is_refused_the_second_time(empty, hindcast):
    arguments = ("new", "shop", own_file(empty, monthly()))
    assert hindcast(empty, *arguments).exit_code == 0
    before = everything_in(empty.root)
    again = hindcast(empty, *arguments)
    assert (again.exit_code, everything_in(empty.root)) == (2, before)
    assert "is there already, and nothing is overwritten" in again.output


class Terminal:
    """`hindcast new` in a terminal of its own."""

    def __init__(self, small: SmallProject, *arguments: str) -> None:
        self._hand, far = pty.openpty()
        program = Path(sys.executable).parent / "hindcast"
        self.process = subprocess.Popen(
            [str(program), "new", *arguments],
            cwd=small.root,
            env=environment(small),
            stdin=far,
            stdout=far,
            stderr=far,
            start_new_session=True,
        )
        os.close(far)
        self.seen = ""

    def wait_for(self, text: str) -> None:
        end = time.monotonic() + 60
        while text not in self.seen:
            assert time.monotonic() < end, self.seen
            if select.select([self._hand], [], [], 1)[0]:
                try:
                    self.seen += os.read(self._hand, 4096).decode()
                except OSError:  # the other side is closed
                    assert text in self.seen, self.seen

    def type(self, line: str) -> None:
        os.write(self._hand, f"{line}\n".encode())

    def close(self) -> int:
        code = self.process.wait(timeout=60)
        os.close(self._hand)
        return code


def test_at_a_terminal_questions_are_put_and_wrong_answers_asked_again(empty):
    terminal = Terminal(empty, "shop", own_file(empty, TWO))
    terminal.wait_for("2  price  20 to 78.33")
    terminal.type("3")
    terminal.wait_for("3 is none of them")
    terminal.type("2")
    terminal.wait_for("Write it? [Y/n]")
    assert not (empty.root / "data").exists()
    terminal.type("")
    terminal.wait_for("hindcast run shop")
    assert terminal.close() == 0
    assert empty.project.data_set("shop").columns.y == "price"


def test_at_a_terminal_a_no_writes_nothing(empty):
    before = everything_in(empty.root)
    terminal = Terminal(empty, "shop", own_file(empty, monthly()))
    terminal.wait_for("Write it? [Y/n]")
    terminal.type("n")
    terminal.wait_for("nothing is written")
    assert terminal.close() == 0
    assert everything_in(empty.root) == before


def test_nothing_of_it_loads_dagster_or_torch(empty):
    code = f"""
import sys
from pipeline.cli import main
try:
    main(["new", "shop", {own_file(empty, monthly())!r}])
except SystemExit as end:
    assert end.code == 0, end.code
print(sorted({{"dagster", "torch", "statsmodels", "sklearn", "altair"}} & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=empty.root,
        env=environment(empty),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.slow
def test_from_a_file_of_ones_own_to_the_first_forecast(empty):
    path = own_file(empty, table(["when", "shop", "sold"], [
        (f"{day:%d.%m.%Y}", shop, v + 9 * number)
        for number, shop in enumerate(("north #1", "süd: b"))
        for day, v in zip(days("2024-01-01", 200), wave(200), strict=True)
    ]))  # fmt: skip
    for arguments in (
        ("new", "shop", path),
        ("run", "shop"),
        ("leaderboard", "shop"),
        ("export", "shop", "forecasts.csv"),
    ):
        done = command(empty, "hindcast", *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
    lines = (empty.root / "forecasts.csv").read_text().splitlines()
    assert lines[0].startswith("unique_id,ds,cutoff,y,naive,")
    cells = [line.split(",") for line in lines[1:]]
    newest = [line for line in cells if line[2] == "2024-07-13"]
    assert len(newest) == 14  # two series, seven days
    assert all(cell for line in newest for cell in line[4:])
    assert command(empty, "hindcast", "run", "shop").stdout.startswith("shop: nothing is due")
