"""A client of the orchestrator's contract that decodes as strictly as a Go program.

Its types are written down here from what clients of acestream-orchestrator read, not taken from
AceDesk: whole numbers have no fraction, a bool is no number, times have a zone, nothing is missing.
"""

import contextlib
import dataclasses
import http.client
import json
import re
import types
import typing
import urllib.parse
from typing import Any, NewType

Time = NewType("Time", str)
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII)
CONTENT = "ace0dec000000000000000000000000000000001"  # the first channel of the demo


@dataclasses.dataclass(frozen=True)
class Engine:
    container_id: str
    container_name: str
    host: str
    port: int
    labels: dict[str, str]
    forwarded: bool
    first_seen: Time
    last_seen: Time
    streams: list[str]
    health_status: str
    last_health_check: Time | None
    last_stream_usage: Time | None
    last_cache_cleanup: Time | None
    cache_size_bytes: int
    vpn_container: str | None
    engine_variant: str | None
    version: str | None


@dataclasses.dataclass(frozen=True)
class Stream:
    id: str
    key_type: str
    key: str
    container_id: str
    playback_session_id: str
    stat_url: str
    command_url: str
    is_live: bool
    started_at: Time
    ended_at: Time | None
    status: str


@dataclasses.dataclass(frozen=True)
class OneEngine:
    engine: Engine
    streams: list[Stream]


@dataclasses.dataclass(frozen=True)
class Vpn:
    enabled: bool
    connected: bool


@dataclasses.dataclass(frozen=True)
class Details:
    error: str
    code: str
    message: str
    recovery_eta_seconds: int
    can_retry: bool
    should_wait: bool


@dataclasses.dataclass(frozen=True)
class Provisioning:
    can_provision: bool
    circuit_breaker_state: str
    blocked_reason: str | None
    blocked_reason_details: Details | None


@dataclasses.dataclass(frozen=True)
class Capacity:
    total: int
    used: int
    available: int
    max_replicas: int
    min_replicas: int


@dataclasses.dataclass(frozen=True)
class Counts:
    total: int
    running: int
    healthy: int
    unhealthy: int


@dataclasses.dataclass(frozen=True)
class Status:
    status: str
    engines: Counts
    vpn: Vpn
    provisioning: Provisioning
    capacity: Capacity
    timestamp: Time


@dataclasses.dataclass(frozen=True)
class Made:
    container_id: str
    container_name: str
    host_http_port: int
    container_http_port: int
    container_https_port: int


@dataclasses.dataclass(frozen=True)
class Ended:
    updated: bool
    stream: Stream | None


@dataclasses.dataclass(frozen=True)
class Batch:
    started: list[Stream]
    ended: list[Ended]


@dataclasses.dataclass(frozen=True)
class Breaker:
    state: str
    failure_count: int


@dataclasses.dataclass(frozen=True)
class Breakers:
    general: Breaker
    replacement: Breaker


@dataclasses.dataclass(frozen=True)
class Health:
    total_engines: int
    healthy_engines: int
    unhealthy_engines: int
    marked_for_replacement: int
    minimum_required: int
    health_check_interval: int
    circuit_breakers: Breakers


@dataclasses.dataclass(frozen=True)
class LogEntry:
    id: int
    timestamp: Time
    event_type: str
    category: str
    message: str
    details: dict[str, Any]
    container_id: str | None
    stream_id: str | None


@dataclasses.dataclass(frozen=True)
class LogStats:
    total: int
    by_type: dict[str, int]
    oldest: Time | None
    newest: Time | None


@dataclasses.dataclass(frozen=True)
class TotalStats:
    total_cpu_percent: float
    total_memory_usage: int
    container_count: int


@dataclasses.dataclass(frozen=True)
class Refusal:
    error: str
    detail: Any


@dataclasses.dataclass(frozen=True)
class VpnStatus:
    mode: str
    enabled: bool
    status: str
    connected: bool
    forwarded_port: int | None
    last_check_at: Time | None


@dataclasses.dataclass(frozen=True)
class Position:
    has_livepos: bool
    is_live: bool


def decode(kind: Any, value: Any, at: str = "") -> Any:
    """Return `value` as Go would decode it; raise AssertionError where Go would fail."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if kind is Any:
        return value
    if origin in (typing.Union, types.UnionType):
        return None if value is None else decode(arguments[0], value, at)
    if origin is list:
        assert isinstance(value, list), at
        return [decode(arguments[0], one, f"{at}[{n}]") for n, one in enumerate(value)]
    if origin is dict:
        assert isinstance(value, dict), at
        return {key: decode(arguments[1], one, f"{at}.{key}") for key, one in value.items()}
    if kind is Time:
        assert isinstance(value, str), at
        assert RFC_3339.fullmatch(value), at
        return value
    if dataclasses.is_dataclass(kind):
        assert isinstance(value, dict), at
        hints = typing.get_type_hints(kind)
        return kind(  # type: ignore[operator] # a class: it was looked
            **{name: decode(hints[name], value[name], f"{at}.{name}") for name in hints}
        )
    if kind is float:
        assert type(value) in (int, float), at
        return value
    assert type(value) is kind, f"{at}: {value!r} is no {kind.__name__}"
    return value


class Client:
    """Asks as acexy does: three seconds at most for anything."""

    def __init__(self, base_url: str) -> None:
        address = urllib.parse.urlsplit(base_url)
        self.host, self.port = address.hostname or "", address.port or 80
        self.prefix = address.path

    def ask(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        connection = http.client.HTTPConnection(self.host, self.port, timeout=3)
        headers = {} if body is None else {"Content-Type": "application/json"}
        sent = None if body is None else json.dumps(body)
        with contextlib.closing(connection):
            connection.request(method, self.prefix + path, body=sent, headers=headers)
            response = connection.getresponse()
            return response.status, json.loads(response.read())

    def get(self, kind: Any, path: str) -> Any:
        status, value = self.ask("GET", path)
        assert status == 200, (path, value)
        return decode(kind, value, path)

    def post(self, kind: Any, path: str, body: object = None) -> Any:
        status, value = self.ask("POST", path, body)
        assert status == 200, (path, value)
        return decode(kind, value, path)

    def refused(self, method: str, path: str, body: object = None) -> tuple[int, Refusal]:
        status, value = self.ask(method, path, body)
        assert status >= 400, (path, value)
        return status, decode(Refusal, value, path)
