"""How long each route of the API takes with many engines and streams.

    python -m tests.bench.api --engines 50 --streams 500 --requests 300

The engines are demo engines of one AceDesk; the streams are reported to it by events, as a proxy
does that plays them itself, and `--players` of its own play beside them.
"""

import argparse
import contextlib
import http.client
import json
import pathlib
import statistics
import tempfile
import threading
import time
import urllib.parse

from tests.e2e.program import Server

CHANNEL = "ace0dec000000000000000000000000000000001"
ROUTES = (
    "/orchestrator/status",
    "/engines",
    "/streams",
    "/streams?container_id={engine}&status=started",
    "/engines/{engine}",
    "/engines/stats/all",
    "/events?limit=100",
    "/events/stats",
    "/health/status",
    "/health/ready",
    "/vpn/status",
    "/api/v2/streams",
    "/api/v2/engines",
    "/api/v2/snapshot",
    "/openapi.json",
)


class Client:
    """One kept connection."""

    def __init__(self, base_url: str) -> None:
        address = urllib.parse.urlsplit(base_url)
        self._connection = http.client.HTTPConnection(address.netloc, timeout=30)

    def ask(self, method: str, path: str, body: object = None) -> bytes:
        self._connection.request(method, path, body=None if body is None else json.dumps(body))
        response = self._connection.getresponse()
        data = response.read()
        assert response.status == 200, (path, data[:300])
        return data


def prepare(client: Client, server: Server, options: argparse.Namespace) -> str:
    """Make the engines and report the streams; return an engine's id."""
    for number in range(options.engines - 1):
        client.ask("POST", "/provision/acestream", {"labels": {"number": str(number)}})
        server.wait_until("/health/ready", lambda told: not told["provisioning"], "an engine")
    engines = json.loads(client.ask("GET", "/engines"))
    for number in range(options.streams):
        engine = engines[number % len(engines)]
        client.ask(
            "POST",
            "/events/stream_started",
            {
                "engine": {"host": engine["host"], "port": engine["port"]},
                "stream": {"key_type": "content_id", "key": f"{number:040x}"},
                "session": {"playback_session_id": f"{number}", "is_live": 1},
                "labels": {"stream_id": f"{number:040x}|{number}"},
            },
        )
    return str(engines[0]["container_id"])


def play(base_url: str) -> None:
    """Read a stream until the server ends."""
    address = urllib.parse.urlsplit(base_url)
    connection = http.client.HTTPConnection(address.netloc, timeout=30)
    connection.request("GET", f"/ace/getstream?id={CHANNEL}")
    response = connection.getresponse()
    with contextlib.suppress(http.client.HTTPException, OSError):
        while response.read(65536):
            pass


def main() -> None:
    """Print milliseconds: median, p99 and most, and the size of an answer."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engines", type=int, default=50)
    parser.add_argument("--streams", type=int, default=500)
    parser.add_argument("--players", type=int, default=5)
    parser.add_argument("--requests", type=int, default=300)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = pathlib.Path(folder)
        server = Server(
            *("serve", "--demo", "--port", "0", "--data-dir", str(home / "data")),
            home=home,
            environ={"ACEDESK_MAX_ENGINES": str(options.engines + 5)},
        )
        try:
            server.ready()
            client = Client(server.base_url)
            engine = prepare(client, server, options)
            for _ in range(options.players):
                threading.Thread(target=play, args=(server.base_url,), daemon=True).start()
            for route in ROUTES:
                measure(client, route.format(engine=engine), options.requests)
        finally:
            server.end()


def measure(client: Client, path: str, requests: int) -> None:
    """Ask one route again and again."""
    took, size = [], 0
    for _ in range(requests):
        before = time.perf_counter()
        size = len(client.ask("GET", path))
        took.append((time.perf_counter() - before) * 1000)
    p99 = statistics.quantiles(took, n=100)[98]
    print(
        f"{path[:50]:52} {statistics.median(took):7.2f} {p99:7.2f} {max(took):7.2f} ms"
        f" {size:9} bytes",
        flush=True,
    )


if __name__ == "__main__":
    main()
