"""AceDesk at the port where engines usually answer: found there, and never in an engine's way."""

import contextlib
import select
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from acedesk.store import ports
from tests.e2e.program import Server, get_json
from tests.needs import need

PORT = 6878
ASKED = "/webui/api/service?method=get_version"
WANTED = {"ACEDESK_ENGINE_PORT_TOO": "1"}
# There is one such port.
pytestmark = pytest.mark.xdist_group("engine port")


def take() -> socket.socket | None:
    """Listen at the port; None where a program keeps it. What is ending now does not count."""
    for _ in range(100):
        with contextlib.suppress(OSError):
            return socket.create_server(("127.0.0.1", PORT))
        select.select([], [], [], 0.05)
    return None


@contextlib.contextmanager
def taken() -> Iterator[None]:
    """Let this program have the port, or one that keeps it."""
    with take() or contextlib.nullcontext():
        yield


def trouble(server: Server) -> dict[str, Any]:
    """Wait until AceDesk has told why it cannot have the port; return the event."""

    def told(page: dict[str, Any]) -> bool:
        return any(one["kind"] == "port_trouble" for one in page["events"])

    page = server.wait_until("/api/v2/events", told, "the word about the port")
    (event,) = [one for one in page["events"] if one["kind"] == "port_trouble"]
    found: dict[str, Any] = event
    return found


def test_a_program_that_looks_for_an_engine_finds_acedesk(
    serve: Callable[..., Server], channels: list[dict[str, str]]
) -> None:
    own = take()
    need(own, f"port {PORT} is free, and {ports.holder_of('127.0.0.1', PORT)} has it")
    assert own is not None
    own.close()
    server = serve(environ=WANTED)
    assert "is in use" not in server.stderr, server.stderr
    server.wait_until("/health/ready", lambda told: told["ready"], "an engine")
    place = f"http://127.0.0.1:{PORT}"

    status, started = get_json(place, f"/ace/getstream?format=json&id={channels[0]['id']}")

    assert (status, started["error"]) == (200, None)
    assert started["response"]["stat_url"].startswith(f"{place}/")
    assert get_json(place, ASKED) == server.get(ASKED)


def test_a_port_that_is_taken_is_told_and_acedesk_goes_on(serve: Callable[..., Server]) -> None:
    with taken():
        server = serve(environ=WANTED)

        event = trouble(server)

        assert event["data"]["why"].startswith(f"Port {PORT} on 127.0.0.1 is in use")
        assert "AceDesk answers at its own port only" in server.stderr
        server.wait_until("/health/ready", lambda answer: answer["ready"], "an engine")


def test_acedesk_is_never_its_own_engine(serve: Callable[..., Server]) -> None:
    server = serve("--engine", f"127.0.0.1:{PORT}", demo=False, environ=WANTED)

    event = trouble(server)

    assert event["data"]["why"].startswith(f"Port {PORT} belongs to the engine ")
    assert server.get("/health/ready")[1]["ready"] is False
