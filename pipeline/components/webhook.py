"""What is told when a run fails: one POST of JSON to the address in HINDCAST_WEBHOOK.

The address is a secret: it comes from the environment alone, and no message, log or event holds it.
"""

import http.client
import json
import os
import urllib.error
import urllib.request
from typing import Any

import dagster as dg

VARIABLE = "HINDCAST_WEBHOOK"
"""Of the environment in which the code location runs: http:// or https://."""

_TIMEOUT = 10
"""Seconds for one attempt."""

_ATTEMPTS = 3

_LONGEST = 1500
"""Characters of an error's sentence."""


def webhook_sensor(location: str) -> dg.SensorDefinition:
    """Tells of every failed run of a code location, and of those that the command line started."""

    @dg.run_failure_sensor(
        name="failed_runs_to_webhook",
        monitor_all_code_locations=True,  # runs of the command line belong to none
        minimum_interval_seconds=30,
        default_status=dg.DefaultSensorStatus.STOPPED,
        description=f"Posts JSON to the address in the environment variable {VARIABLE} when a "
        "run fails: text for people (Slack and Mattermost show it), data_set, run_id, "
        "status, error (the sentence that says what to do) and url (the run's page, below "
        "the address of this UI). What cannot be posted is tried three times; the tick then fails "
        "and tells why.",
    )
    def failed_runs_to_webhook(context: dg.RunFailureSensorContext) -> None:
        # No SkipReason: one tick may hear of several runs, and Dagster takes no mixture.
        if _is_of(context.dagster_run, location):
            post(os.environ.get(VARIABLE, ""), message_of(context))

    return failed_runs_to_webhook


def message_of(context: dg.RunFailureSensorContext) -> dict[str, Any]:
    """The body: a failed run in words and in parts."""
    run = context.dagster_run
    names = {key.path[0] for key in run.asset_selection or ()} or {run.job_name}
    data_set, error = ", ".join(sorted(names)), _sentence_of(context)
    url = f"/runs/{run.run_id}"
    return {
        "text": f"{data_set}: a run failed: {error} ({url})",
        "data_set": data_set,
        "run_id": run.run_id,
        "status": run.status.value,
        "error": error,
        "url": url,
    }


def post(address: str, body: dict[str, Any]) -> None:
    """Send JSON; a few times where it fails.

    Raises:
        RuntimeError: there is no address, it refused, or nobody answered; without the address. It
            fails the tick, never a run.
    """
    problem = f"set {VARIABLE} to an address, as https://..., where `hindcast ui` is started"
    if address.startswith(("http://", "https://")):
        for _ in range(_ATTEMPTS):
            found = _problem_of_post(address, json.dumps(body).encode())
            if found is None:
                return
            problem = f"{found}; correct {VARIABLE}, or see to the server that it names"
    raise RuntimeError(
        f"the run of {body['data_set']} failed ({body['url']}) and nobody was told: {problem}"
    )


def _problem_of_post(address: str, content: bytes) -> str | None:
    """What went wrong in one attempt; None where it was taken."""
    try:
        request = urllib.request.Request(
            address, content, {"Content-Type": "application/json"}, method="POST"
        )
        with urllib.request.urlopen(request, timeout=_TIMEOUT):
            return None
    except urllib.error.HTTPError as refused:
        with refused:  # its body is left unread
            return f"it answered {refused.code}"
    except (OSError, ValueError, http.client.HTTPException) as failed:
        return f"nobody answered ({type(failed).__name__})"


def _is_of(run: dg.DagsterRun, location: str) -> bool:
    origin = run.remote_job_origin
    return origin is None or origin.location_name == location


def _sentence_of(context: dg.RunFailureSensorContext) -> str:
    """What the first failed step said to people, else its error, else what Dagster says."""
    for event in context.get_step_failure_events():
        data = event.step_failure_data
        if data.user_failure_data is not None and data.user_failure_data.description:
            return _short(data.user_failure_data.description)
        if data.error is not None:
            return _short(data.error.message)
    return _short(context.failure_event.message or "no reason was recorded")


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."
