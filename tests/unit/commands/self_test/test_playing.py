"""The self-test reads the real proxy, and notices what is no stream."""

import http.server
import pathlib
import threading
from collections.abc import Callable, Iterator

import pytest

from acedesk.commands.self_test import playing
from acedesk.commands.self_test.playing import (
    WANTED_BYTES,
    check_playing,
    describe_packets,
    fetch,
    read_piece,
    read_stream,
)
from acedesk.demo.broadcast_clock import load_card
from acedesk.doctor.finding import Level
from acedesk.errors import PortInUse
from acedesk.mpegts.packets import PACKET, pid_of

pytestmark = pytest.mark.usefixtures("own_logging")

CARD = load_card("bars")
LOOP = CARD.read(0, CARD.packets)


async def test_a_megabyte_and_a_piece_of_hls_come_through_the_proxy(
    tmp_path: pathlib.Path,
) -> None:
    findings = await check_playing(tmp_path)

    assert [(one.name, one.level) for one in findings] == [
        ("Stream", Level.PASS),
        ("HLS", Level.PASS),
    ]
    assert all("H.264 · AAC" in one.text for one in findings)
    assert str(WANTED_BYTES // PACKET) in findings[0].text


async def test_an_acedesk_that_does_not_start_is_told(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class _Refusing:
        async def start(self) -> None:
            raise PortInUse("127.0.0.1", 8080)

        async def stop(self) -> None:
            """Nothing runs."""

    monkeypatch.setattr(playing, "own_app", lambda _folder, **_facts: _Refusing())

    (finding,) = await check_playing(tmp_path)

    assert finding.level is Level.FAIL
    assert "8080" in finding.text


def _without(pids: set[int]) -> bytes:
    packets = (LOOP[at : at + PACKET] for at in range(0, len(LOOP), PACKET))
    return b"".join(packet for packet in packets if pid_of(packet, 0) not in pids)


def test_the_test_card_has_its_tables() -> None:
    assert describe_packets(LOOP) == "H.264 · AAC"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "whole packets"),
        (LOOP[:-1], "whole packets"),
        (b"x" * PACKET, "whole packets"),
        (_without({0}), "PAT"),
        (_without(set(range(1, 0x1F00)) - {0x100}), "PMT"),
    ],
)
def test_what_lacks_something_is_no_stream(data: bytes, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        describe_packets(data)


@pytest.fixture
def answers() -> Iterator[Callable[[int, bytes], str]]:
    """Serve one answer for every address; return where."""
    servers = []

    def serve(status: int, body: bytes) -> str:
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_facts: object) -> None:
                """Nobody reads it."""

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_address[1]}/x?id=1"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


def test_a_refusal_is_told_with_its_words(answers: Callable[[int, bytes], str]) -> None:
    with pytest.raises(ValueError, match="503: no engine"):
        fetch(answers(503, b"no\nengine"))


def test_a_stream_that_ends_too_soon_is_told(answers: Callable[[int, bytes], str]) -> None:
    with pytest.raises(ValueError, match=f"ended after {len(LOOP)} bytes"):
        read_stream(answers(200, LOOP))


def test_a_playlist_without_a_piece_is_told(answers: Callable[[int, bytes], str]) -> None:
    with pytest.raises(ValueError, match="no piece"):
        read_piece(answers(200, b"#EXTM3U\n#EXT-X-TARGETDURATION:2\n"))
