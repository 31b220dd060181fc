"""Whether a stream plays: the real proxy with a demo engine, read as players read it."""

import asyncio
import contextlib
import http.client
import pathlib
import urllib.parse
from collections.abc import Callable
from typing import Final

from acedesk.commands.self_test.running import own_app
from acedesk.doctor.finding import Finding, Level
from acedesk.errors import AceDeskError
from acedesk.formats import m3u8
from acedesk.mpegts.packets import PACKET, PAT_PID, SYNC, pid_of
from acedesk.mpegts.psi import parse_pat, parse_pmt
from acedesk.mpegts.sections import SectionReader
from acedesk.words.errors import explain

PACKETS_NAME: Final = "Stream"
HLS_NAME: Final = "HLS"
WANTED_BYTES: Final = 1024 * 1024 // PACKET * PACKET
# Seconds of broadcast the engine sends at once: more than what is wanted, and two HLS pieces.
BURST: Final = 9.0
READ_SECONDS: Final = 8.0


async def check_playing(folder: pathlib.Path) -> tuple[Finding, ...]:
    """Play the test channel through the whole program, and one piece of it over HLS.

    Args:
        folder: An empty one, where this AceDesk keeps its files.
    """
    app = own_app(folder, burst=BURST)
    try:
        await app.start()
        key = app.streams.test_link.key
        stream, playlist = app.streams.player_url(key), app.streams.player_url(key, hls=True)
        reading = asyncio.to_thread(_judged, PACKETS_NAME, lambda: read_stream(stream))
        looking = asyncio.to_thread(_judged, HLS_NAME, lambda: read_piece(playlist))
        return tuple(await asyncio.gather(reading, looking))
    except AceDeskError as exc:
        return (Finding(PACKETS_NAME, Level.FAIL, explain(exc).line),)
    finally:
        await app.stop()


def _judged(name: str, read: Callable[[], str]) -> Finding:
    """Return what reading told, or why it failed."""
    try:
        return Finding(name, Level.PASS, read())
    except (OSError, ValueError, http.client.HTTPException) as exc:
        return Finding(name, Level.FAIL, str(exc) or type(exc).__name__)


def read_stream(url: str) -> str:
    """Read a megabyte of a stream; return what it is.

    Raises:
        OSError, ValueError, HTTPException: It does not come, or is no transport stream.
    """
    data = fetch(url, WANTED_BYTES)
    if len(data) < WANTED_BYTES:
        raise ValueError(f"it ended after {len(data)} bytes")
    return f"{len(data) // PACKET} packets, {describe_packets(data)}."


def read_piece(url: str) -> str:
    """Read the playlist and the first piece that it names; return what it is.

    Raises:
        OSError, ValueError, HTTPException: It does not come, or is no transport stream.
    """
    playlist = m3u8.parse(fetch(url).decode())
    if not playlist.segments:
        raise ValueError("the playlist names no piece")
    piece = playlist.segments[0]
    data = fetch(urllib.parse.urljoin(url, piece.uri))
    return f"a piece of {piece.duration:.1f} s, {describe_packets(data)}."


def describe_packets(data: bytes) -> str:
    """Return the codecs of a transport stream: "H.264 · AAC".

    Raises:
        ValueError: It is none, or its tables are not in it.
    """
    if not data or len(data) % PACKET or set(data[::PACKET]) != {SYNC}:
        raise ValueError("it is no row of whole packets")
    lists = _sections(data, PAT_PID)
    programs = [pid for section in lists for _number, pid in parse_pat(section)]
    if not programs:
        raise ValueError("there is no list of programs (PAT)")
    for pid in programs:
        for section in _sections(data, pid):
            program = parse_pmt(section)
            if program is not None and program.video is not None:
                return program.codecs
    raise ValueError("there is no program with a picture (PMT)")


def _sections(data: bytes, pid: int) -> list[bytes]:
    reader = SectionReader()
    return [
        section.data
        for at in range(0, len(data), PACKET)
        if pid_of(data, at) == pid
        for section in reader.push(data[at : at + PACKET])
    ]


def fetch(url: str, most: int | None = None) -> bytes:
    """Return what is at an address, or its first bytes.

    Raises:
        OSError, ValueError, HTTPException: Nothing is, or it does not come.
    """
    place = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=READ_SECONDS)
    with contextlib.closing(connection):
        connection.request("GET", f"{place.path}?{place.query}")
        answer = connection.getresponse()
        body = answer.read(most) if answer.status == http.HTTPStatus.OK else answer.read(2000)
        if answer.status != http.HTTPStatus.OK:
            raise ValueError(f"{answer.status}: {' '.join(body.decode(errors='replace').split())}")
        return body
