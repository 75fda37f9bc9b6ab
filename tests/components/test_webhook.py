"""What is told when a run fails: real runs, a real server that listens, real ticks of the hook."""

import http.server
import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import dagster as dg
import pytest
from dagster._core.remote_origin import (
    InProcessCodeLocationOrigin,
    RemoteJobOrigin,
    RemoteRepositoryOrigin,
)
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin

from pipeline.components.launch import materialize
from pipeline.components.webhook import VARIABLE, post
from pipeline.definitions import LOCATION, definitions_of_project
from pipeline.errors import InputError
from tests.components.conftest import DAGSTER_WARNS

pytestmark = [*DAGSTER_WARNS, pytest.mark.slow]

HOOK = "failed_runs_to_webhook"
SECRET = "/services/T0/very-secret"


@dataclass
class Listener:
    """A server that takes posts: what it got, and what it answers."""

    answers: list[int] = field(default_factory=list)
    got: list[dict] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    address: str = ""

    def take(self, body: bytes, headers: dict[str, str]) -> int:
        self.got.append(json.loads(body))
        self.headers.append(headers)
        return self.answers.pop(0) if self.answers else 200


@pytest.fixture
def listener() -> Iterator[Listener]:
    found = Listener()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(found.take(body, dict(self.headers) | {"path": self.path}))
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    found.address = f"http://127.0.0.1:{server.server_port}{SECRET}"
    yield found
    server.shutdown()
    server.server_close()
    thread.join()


class Hook:
    """The hook of a project, its ticks one after the other, and runs that fail."""

    def __init__(self, small, instance: dg.DagsterInstance) -> None:
        self.small = small
        self.instance = instance
        self.repository = definitions_of_project(small.project).get_repository_def()
        self.cursor: str | None = None
        self.tick()  # the first one only notes where the history ends

    def tick(self):
        context = dg.build_sensor_context(
            self.instance, self.cursor, repository_def=self.repository
        )
        data = self.repository.get_sensor_def(HOOK).evaluate_tick(context)
        self.cursor = data.cursor
        return data

    def fail(self) -> str:
        """A run of the chain over a broken file; its id."""
        self.small.correct("a", "2003-05-01", "lots")
        with pytest.raises(InputError):
            materialize(
                self.repository, self.small.data_set, ["raw_observations"], first=None, last=None
            )
        return self.instance.get_runs(limit=1)[0].run_id


@pytest.fixture
def hook(small, instance: dg.DagsterInstance) -> Hook:
    return Hook(small, instance)


def error_of(data) -> str:
    (reaction,) = data.dagster_run_reactions
    return "" if reaction.error is None else str(reaction.error.to_string())


def test_the_hook_is_off_until_somebody_switches_it_on(hook):
    found = hook.repository.get_sensor_def(HOOK)
    assert found.default_status == dg.DefaultSensorStatus.STOPPED
    assert VARIABLE in found.description


def test_a_failed_run_is_posted_with_the_sentence_that_says_what_to_do(hook, listener, monkeypatch):
    monkeypatch.setenv(VARIABLE, listener.address)
    run_id = hook.fail()
    assert error_of(hook.tick()) == ""
    (body,) = listener.got
    sentence = 'data/toy/a.csv line 42, column value: "lots" is not a number'
    assert body["error"].startswith(sentence)
    assert body == {
        "text": f"toy: a run failed: {body['error']} (/runs/{run_id})",
        "data_set": "toy",
        "run_id": run_id,
        "status": "FAILURE",
        "error": body["error"],
        "url": f"/runs/{run_id}",
    }
    assert listener.headers[0]["Content-Type"] == "application/json"
    assert listener.headers[0]["path"] == SECRET


def test_each_failure_is_told_once(hook, listener, monkeypatch):
    monkeypatch.setenv(VARIABLE, listener.address)
    ids = [hook.fail(), hook.fail()]
    for _ in range(4):
        hook.tick()
    assert [body["run_id"] for body in listener.got] == ids


def test_a_run_that_succeeds_is_not_told(hook, listener, monkeypatch):
    monkeypatch.setenv(VARIABLE, listener.address)
    materialize(hook.repository, hook.small.data_set, ["raw_observations"], first=None, last=None)
    hook.tick()
    assert listener.got == []


def test_a_failure_in_our_own_code_is_told_with_its_error(hook, listener, monkeypatch):
    monkeypatch.setenv(VARIABLE, listener.address)
    folder = hook.small.project.store.root
    folder.mkdir(parents=True)
    (folder / "toy").write_text("a file where the folder belongs")
    with pytest.raises((InputError, RuntimeError)):
        materialize(
            hook.repository, hook.small.data_set, ["raw_observations"], first=None, last=None
        )
    hook.tick()
    assert listener.got[0]["error"]


def test_without_an_address_the_tick_says_what_to_set(hook, monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    run_id = hook.fail()
    said = error_of(hook.tick())
    assert f"the run of toy failed (/runs/{run_id}) and nobody was told: set {VARIABLE}" in said


def test_a_refused_post_is_tried_again(hook, listener, monkeypatch):
    monkeypatch.setenv(VARIABLE, listener.address)
    listener.answers = [503, 503, 200]
    hook.fail()
    assert error_of(hook.tick()) == ""
    assert len(listener.got) == 3


def test_a_post_that_fails_is_told_in_the_tick_without_the_address(hook, listener, monkeypatch):
    monkeypatch.setenv(VARIABLE, listener.address)
    listener.answers = [500] * 9
    run_id = hook.fail()
    said = error_of(hook.tick())
    assert f"the run of toy failed (/runs/{run_id}) and nobody was told" in said
    assert "it answered 500" in said
    assert SECRET not in said
    assert hook.instance.get_run_by_id(run_id).status == dg.DagsterRunStatus.FAILURE


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("http://127.0.0.1:{port}" + SECRET, r"nobody answered \(URLError\)"),
        ("http://exa mple" + SECRET, r"nobody answered \("),
        ("http://[" + SECRET, r"nobody answered \("),
        ("ftp://example.org" + SECRET, f"set {VARIABLE} to an address"),
        ("file:///etc/passwd", f"set {VARIABLE} to an address"),
        ("", f"set {VARIABLE} to an address"),
    ],
)
def test_no_address_gets_into_a_message(address, said):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    body = {"data_set": "toy", "url": "/runs/1"}
    with pytest.raises(RuntimeError, match=said) as error:
        post(address.format(port=port), body)
    assert SECRET not in str(error.value)
    assert "passwd" not in str(error.value)
    assert (error.value.__cause__, error.value.__context__) == (None, None)


def test_runs_of_the_ui_are_told_and_those_of_other_locations_are_not(hook, listener, monkeypatch):
    monkeypatch.setenv(VARIABLE, listener.address)
    for location in (LOCATION, "another"):
        origin = InProcessCodeLocationOrigin(
            LoadableTargetOrigin(python_file="any.py"), location_name=location
        )
        job = RemoteJobOrigin(RemoteRepositoryOrigin(origin, "__repository__"), "toy")
        run = dg.DagsterRun(job_name="toy", remote_job_origin=job, tags={"where": location})
        hook.instance.add_run(run)
        hook.instance.report_run_failed(run, "The worker was killed.")
    for _ in range(3):
        hook.tick()
    assert [body["error"] for body in listener.got] == ["The worker was killed."]


def test_the_address_is_in_nothing_that_dagster_keeps(hook, listener, monkeypatch, tmp_path):
    monkeypatch.setenv(VARIABLE, listener.address)
    listener.answers = [500] * 3
    hook.fail()
    hook.tick()
    kept = [path.read_bytes() for path in (tmp_path / "history").rglob("*") if path.is_file()]
    assert kept
    assert not any(SECRET.encode() in content for content in kept)
