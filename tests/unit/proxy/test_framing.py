"""Framing gives whole packets in valid chunks, however the bytes were cut."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.errors import EngineAnswerInvalid
from acedesk.formats.http_head import ChunkedBody
from acedesk.mpegts.packets import PACKET
from acedesk.proxy.framing import Framer, frame
from tests import transport

PROGRAMME = transport.programme(12)


def push_all(pieces: list[bytes]) -> tuple[bytes, bytes]:
    framer, wire, payload = Framer(), b"", b""
    for piece in pieces:
        framed = framer.push([memoryview(piece)])
        if framed is not None:
            block, start, end = framed
            assert (end - start) % PACKET == 0
            wire += block
            payload += block[start:end]
    return wire, payload


@given(st.lists(st.integers(0, len(PROGRAMME)), max_size=20))
def test_any_cut_gives_the_same_packets(cuts: list[int]) -> None:
    borders = [0, *sorted(cuts), len(PROGRAMME)]
    pieces = [PROGRAMME[a:b] for a, b in itertools.pairwise(borders) if b > a]

    wire, payload = push_all(pieces)

    assert payload == PROGRAMME
    assert b"".join(ChunkedBody().feed(memoryview(wire))) == PROGRAMME


def test_several_parts_of_one_read_are_one_chunk() -> None:
    half = len(PROGRAMME) // 2
    framed = Framer().push([memoryview(PROGRAMME[:half]), memoryview(PROGRAMME[half:])])

    assert framed is not None
    assert framed[0] == frame(PROGRAMME)


def test_garbage_is_dropped_and_counted() -> None:
    framer = Framer()
    framed = framer.push([memoryview(b"\x00" * 100 + PROGRAMME + b"\x00" * 88)])

    assert framed is not None
    block, start, end = framed
    assert block[start:end] == PROGRAMME
    assert framer.dropped >= 100


def test_a_body_that_is_no_transport_stream_is_refused() -> None:
    framer = Framer()
    page = memoryview(b"<html>" * 10_000)

    with pytest.raises(EngineAnswerInvalid):
        for _ in range(100):
            framer.push([page])


def test_less_than_a_packet_waits() -> None:
    framer = Framer()

    assert framer.push([memoryview(PROGRAMME[:100])]) is None
    framed = framer.push([memoryview(PROGRAMME[100:188])])

    assert framed is not None
    assert framed[0][framed[1] : framed[2]] == PROGRAMME[:188]
