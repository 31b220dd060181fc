#!/usr/bin/env python3
"""How long each route of the API takes with many engines and many streams that play.

    python tests/bench/api.py --engine-sim FILE --engines 50 --streams 500 --requests 200

All engines are one simulated engine under many addresses. Each route is asked again and again over
one kept connection, one request after the other. Then: how late the loop is while /metrics is read
each second, and what 20 followers by WebSocket and 20 by server-sent events cost.
"""

import argparse
import base64
import contextlib
import http.client
import json
import os
import pathlib
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator

import load

ROUTES = (
    "/orchestrator/status",
    "/engines",
    "/streams",
    "/streams?container_id={engine}&status=started",
    "/streams?status=ended",
    "/streams/{stream}/stats",
    "/streams/{stream}/livepos",
    "/streams/{stream}/extended-stats",
    "/engines/{engine}",
    "/engines/{engine}/stats",
    "/engines/stats/all",
    "/engines/stats/total",
    "/containers/{engine}",
    "/events?limit=100",
    "/events/stats",
    "/health/status",
    "/health/ready",
    "/vpn/status",
    "/acexy/status",
    "/version",
    "/looping-streams",
    "/metrics",
    "/api/v2/streams",
    "/api/v2/streams/{stream}",
    "/api/v2/streams/{stream}/history",
    "/api/v2/diagnosis",
    "/api/v2/engines",
    "/api/v2/engines/{engine}",
    "/api/v2/events?since=0",
    "/api/v2/snapshot",
    "/openapi.json",
    "/docs",
    "/webui/api/service?method=get_version",
)
MOST_MS = 10.0
MOST_FOLLOWERS_CPU = 2.0
FOLLOWERS = 20


class Client:
    """One kept connection."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def ask(self, path: str) -> tuple[int, bytes]:
        """Return the status and the body."""
        self._connection.request("GET", path)
        response = self._connection.getresponse()
        return response.status, response.read()


def measure(client: Client, path: str, requests: int, pause: float) -> float:
    """Ask one route again and again, print how long it took, and return the p99 in ms.

    The first request is told apart: it may import what only this route needs, and lets the memory
    of what was imported be looked through.
    """
    took, size, status = [], 0, 0
    for _ in range(requests + 1):
        before = time.perf_counter()
        status, data = client.ask(path)
        size = len(data)
        took.append((time.perf_counter() - before) * 1000)
        time.sleep(pause)
    first = took.pop(0)
    p99 = statistics.quantiles(took, n=100)[98]
    print(
        f"{path[:60]:62} {status} {statistics.median(took):7.2f} {p99:7.2f} {max(took):7.2f} ms"
        f" {first:7.2f} {size:9} bytes",
        flush=True,
    )
    return p99


def cpu_of(process: subprocess.Popen[bytes]) -> float:
    """Return the seconds of CPU a process has used."""
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def cpu_share(process: subprocess.Popen[bytes], seconds: float) -> float:
    """Return the percent of one core it uses now."""
    before = cpu_of(process)
    time.sleep(seconds)
    return (cpu_of(process) - before) / seconds * 100


def lag_of(port: int) -> float:
    """Return how late calls to the loop were, p99 of the last minute, ms."""
    return float(str(load.snapshot(port)["loop_lag"])) * 1000


def scrape(client: Client, seconds: float) -> None:
    """Read the metrics each second as Prometheus does."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        client.ask("/metrics")
        time.sleep(1.0)


@contextlib.contextmanager
def following(port: int, path: str, count: int) -> Iterator[None]:
    """Let so many follow changes; a program of its own reads and forgets what comes."""
    with load.running(
        [sys.executable, __file__, "--follow", path, str(port), str(count)], dict(os.environ)
    ):
        time.sleep(3.0)
        yield


def follow(path: str, port: int, count: int) -> None:
    """Open so many connections and read them until ended."""
    key = base64.b64encode(os.urandom(16)).decode()
    upgrade = (
        f"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: {key}\r\n"
        "Sec-WebSocket-Version: 13\r\n"
        if "/ws/" in path
        else ""
    )
    sockets = []
    for _ in range(count):
        sock = socket.create_connection(("127.0.0.1", port))
        sock.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{upgrade}\r\n".encode())
        sock.setblocking(False)
        sockets.append(sock)
    while True:
        time.sleep(0.2)
        for sock in sockets:
            with contextlib.suppress(BlockingIOError):
                while sock.recv(1 << 20):
                    pass


def wait_playing(port: int, count: int, seconds: float) -> None:
    """Wait until so many streams play."""
    end = time.monotonic() + seconds
    client, playing = Client(port), 0
    while time.monotonic() < end:
        streams = json.loads(client.ask("/api/v2/streams")[1])
        playing = sum(stream["state"] in ("playing", "slow") for stream in streams)
        if playing >= count:
            break
        time.sleep(2.0)
    print(f"{playing} streams play")


def measure_followers(port: int, program: subprocess.Popen[bytes], seconds: float) -> list[float]:
    """Print and return what followers cost beside what is used without them, percent of a core."""
    found = []
    for path in ("/ws/engines", "/api/v2/stream"):
        before = cpu_share(program, seconds)
        with following(port, path, FOLLOWERS):
            during = cpu_share(program, seconds)
        after = cpu_share(program, seconds)
        found.append(during - (before + after) / 2)
        print(
            f"{FOLLOWERS} at {path}: {found[-1]:.2f} % of a core (without {before:.1f} {after:.1f})"
        )
    return found


def measure_all(options: argparse.Namespace, port: int, program: subprocess.Popen[bytes]) -> bool:
    """Measure everything with the streams that play; tell whether all is within the limits."""
    client, late = Client(port), False
    engine = json.loads(client.ask("/engines")[1])[0]["container_id"]
    stream = load.content_id(0)
    for route in ROUTES:
        if options.only and options.only not in route:
            continue
        path = route.format(engine=engine, stream=stream)
        p99 = measure(client, path, options.requests, options.pause)
        late |= p99 > MOST_MS
    if options.lag:
        time.sleep(options.lag)
        before = lag_of(port)
        scrape(client, options.lag)
        during = lag_of(port)
        time.sleep(options.lag)
        print(
            f"loop lag p99: {before:.1f} ms, while scraped each second {during:.1f} ms,"
            f" after that {lag_of(port):.1f} ms"
        )
    return not late


def main() -> int:
    """Print ms: median, p99, most, the first, and the size of an answer; 1 over a limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine-sim", required=True, help="engine_sim.py of the streaming bench")
    parser.add_argument("--engines", type=int, default=50)
    parser.add_argument("--streams", type=int, default=500)
    parser.add_argument("--rate", type=int, default=200_000, help="bit/s of each")
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--pause", type=float, default=0.0, help="seconds between two requests")
    parser.add_argument("--only", default="", help="routes with this in them")
    parser.add_argument("--lag", type=float, default=0.0, help="seconds of each part; 0 for none")
    parser.add_argument("--followers", type=float, default=0.0, help="seconds of each part")
    options = parser.parse_args()
    passed = True
    with load.engine(options.engine_sim, options.rate, host="0.0.0.0") as engine_port:
        hosts = [f"127.0.0.{number + 1}" for number in range(options.engines)]
        settings = {"MAX_STREAMS": "0", "MAX_STREAMS_PER_ENGINE": "0"}
        with load.serve(engine_port, hosts=hosts, **settings) as (port, program):
            if options.followers:
                rest = measure_followers(port, program, options.followers)
                passed &= max(rest) <= MOST_FOLLOWERS_CPU
            with load.viewers(port, options.streams):
                wait_playing(port, options.streams, 120)
                passed &= measure_all(options, port, program)
    return 0 if passed else 1


if __name__ == "__main__":
    if sys.argv[1:2] == ["--follow"]:
        follow(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
    sys.exit(main())
