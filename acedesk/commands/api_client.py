"""Ask the running AceDesk something over its HTTP API."""

import contextlib
import http.client
import json
import pathlib
import urllib.parse
from typing import Any

from acedesk.errors import NotAnswering, NotRunning
from acedesk.store.lock import find_running

# A snapshot takes milliseconds; a process that does not answer in this time hangs.
ANSWER_SECONDS = 5.0


def fetch_snapshot(data_dir: pathlib.Path) -> dict[str, Any]:
    """Return the snapshot of the AceDesk that works in `data_dir`.

    Raises:
        NotRunning: None runs there.
        NotAnswering: It runs, but its address is gone or it hangs.
    """
    running = find_running(data_dir)
    if running is None:
        raise NotRunning()
    try:
        answer = _get(running.local_url, "/api/v2/snapshot")
    except (OSError, http.client.HTTPException, ValueError, RecursionError) as exc:
        raise NotAnswering(
            f"nothing answers at {running.local_url} ({exc}), where process "
            f"{running.process_id} listened when it started. If this computer has another address "
            "now, restart AceDesk."
        ) from exc
    return answer


def _get(base_url: str, path: str) -> dict[str, Any]:
    address = urllib.parse.urlsplit(base_url)
    # Not urllib.request: it would go through a proxy of the environment.
    connection = http.client.HTTPConnection(
        address.hostname or "", address.port, timeout=ANSWER_SECONDS
    )
    with contextlib.closing(connection):
        connection.request("GET", path, headers={"Accept": "application/json"})
        response = connection.getresponse()
        body = response.read()
    if response.status != http.client.OK:
        raise ValueError(f"it answered {response.status} {response.reason}")
    answer = json.loads(body)
    if not isinstance(answer, dict):
        raise ValueError("it answered something else than a snapshot")  # noqa: TRY004 - its data
    return answer
