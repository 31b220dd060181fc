"""Ask the running AceDesk something over its HTTP API."""

import contextlib
import http.client
import json
import pathlib
import urllib.parse
from collections.abc import Iterator
from typing import Any

from acedesk.errors import BadRequest, NotAnswering, NotRunning
from acedesk.store.lock import Running, find_running

# A snapshot takes milliseconds; a process that does not answer in this time hangs.
ANSWER_SECONDS = 5.0


def fetch_snapshot(data_dir: pathlib.Path) -> dict[str, Any]:
    """Return the snapshot of the AceDesk that works in `data_dir`.

    Raises:
        NotRunning: None runs there.
        NotAnswering: It runs, but its address is gone or it hangs.
    """
    with _running(data_dir) as running:
        return _get(running, "/api/v2/snapshot")


def ask(
    data_dir: pathlib.Path,
    path: str,
    *,
    method: str = "GET",
    body: object = None,
    timeout: float = ANSWER_SECONDS,
) -> Any:
    """Ask the AceDesk that works in `data_dir`; return its JSON, or its text where that is none.

    Args:
        body: Sent as JSON.

    Raises:
        NotRunning: None runs there.
        NotAnswering: It runs, but its address is gone or it hangs.
        BadRequest: It refused; the reason is its own sentence.
    """
    with _running(data_dir) as running:
        response, data = _exchange(running, method, path, body, timeout)
        is_json = "json" in (response.headers.get("Content-Type") or "")
        told = json.loads(data) if is_json else data.decode("utf-8", "replace")
    if response.status != http.client.OK:
        said = told.get("error") if isinstance(told, dict) else None
        raise BadRequest(str(said or f"AceDesk answered {response.status} {response.reason}."))
    return told


@contextlib.contextmanager
def _running(data_dir: pathlib.Path) -> Iterator[Running]:
    """Give the AceDesk that works in `data_dir`; see `ask` for what is raised."""
    running = find_running(data_dir)
    if running is None:
        raise NotRunning()
    try:
        yield running
    except (OSError, http.client.HTTPException, ValueError, RecursionError) as exc:
        raise NotAnswering(
            f"nothing answers at {running.local_url} ({exc}), where process "
            f"{running.process_id} listened when it started. If this computer has another address "
            "now, restart AceDesk."
        ) from exc


def _exchange(
    running: Running, method: str, path: str, body: object, timeout: float
) -> tuple[http.client.HTTPResponse, bytes]:
    address = urllib.parse.urlsplit(running.local_url)
    # Not urllib.request: it would go through a proxy of the environment.
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=timeout)
    sent = None if body is None else json.dumps(body).encode()
    headers = {"Accept": "application/json"}
    if running.secret:
        headers["X-API-Key"] = running.secret
    if sent is not None:
        headers["Content-Type"] = "application/json"
    with contextlib.closing(connection):
        connection.request(method, path, body=sent, headers=headers)
        response = connection.getresponse()
        return response, response.read()


def _get(running: Running, path: str) -> dict[str, Any]:
    response, body = _exchange(running, "GET", path, None, ANSWER_SECONDS)
    if response.status != http.client.OK:
        raise ValueError(f"it answered {response.status} {response.reason}")
    answer = json.loads(body)
    if not isinstance(answer, dict):
        raise ValueError("it answered something else than a snapshot")  # noqa: TRY004 - its data
    return answer
