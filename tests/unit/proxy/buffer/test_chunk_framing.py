"""Framing gives whole packets in valid chunks, however the bytes were cut."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.errors import EngineAnswerInvalid
from acedesk.formats.http_head import ChunkedBody
from acedesk.mpegts.packets import PACKET
from acedesk.proxy.buffer.chunk_framing import MOST_UNUSED, TAIL, Block, Framer, SlabWriter, frame
from acedesk.proxy.buffer.slabs import SLAB
from tests import transport

PROGRAMME = transport.programme(12)


def push(framer: Framer, data: bytes) -> list[Block]:
    """Let a framer have `data`, in as many steps as its slabs need."""
    blocks: list[Block] = []
    while data:
        free = framer.space()
        count = min(len(free), len(data))
        free[:count] = data[:count]
        data = data[count:]
        block = framer.push(count)
        if block is not None:
            blocks.append(block)
    return blocks


def packets_of(block: Block) -> bytes:
    slab, _, start, end = block
    return slab.map[start:end]


def push_all(pieces: list[bytes]) -> tuple[bytes, bytes]:
    framer, wire, payload = Framer(), b"", b""
    for piece in pieces:
        for block in push(framer, piece):
            slab, at, start, end = block
            assert (end - start) % PACKET == 0
            assert slab.base <= at < end + TAIL <= slab.base + SLAB
            wire += slab.map[at : end + TAIL]
            payload += slab.map[start:end]
    return wire, payload


@given(st.lists(st.integers(0, len(PROGRAMME)), max_size=20))
def test_any_cut_gives_the_same_packets(cuts: list[int]) -> None:
    borders = [0, *sorted(cuts), len(PROGRAMME)]
    pieces = [PROGRAMME[a:b] for a, b in itertools.pairwise(borders) if b > a]

    wire, payload = push_all(pieces)

    assert payload == PROGRAMME
    assert b"".join(ChunkedBody().feed(memoryview(wire))) == PROGRAMME


@given(st.integers(500, 60_000))
def test_chunks_go_on_over_the_end_of_a_slab(size: int) -> None:
    data = PROGRAMME * (2 * SLAB // len(PROGRAMME) + 1)
    pieces = [data[at : at + size] for at in range(0, len(data), size)]

    wire, payload = push_all(pieces)

    assert payload == data
    assert b"".join(ChunkedBody().feed(memoryview(wire))) == data


def test_what_comes_in_a_tick_is_not_cut_at_the_end_of_a_slab() -> None:
    framer, size = Framer(), MOST_UNUSED - MOST_UNUSED % PACKET
    data = (PROGRAMME * (size // len(PROGRAMME) + 1))[:size]

    blocks = [push(framer, data) for _ in range(50)]

    assert [len(pieces) for pieces in blocks] == [1] * 50
    assert len({id(slab) for (slab, *_), *_ in blocks}) < 50 * size / (SLAB - MOST_UNUSED) + 1


def test_packets_that_are_put_are_framed_as_those_that_came() -> None:
    slab, at, _, end = SlabWriter().put(PROGRAMME)

    assert slab.map[at : end + TAIL] == frame(PROGRAMME)


def test_garbage_is_dropped_and_counted() -> None:
    framer = Framer()
    (block,) = push(framer, b"\x00" * 100 + PROGRAMME + b"\x00" * 88)

    assert packets_of(block) == PROGRAMME
    assert framer.dropped >= 100


def test_a_body_that_is_no_transport_stream_is_refused() -> None:
    framer = Framer()

    with pytest.raises(EngineAnswerInvalid):
        for _ in range(100):
            push(framer, b"<html>" * 10_000)


def test_less_than_a_packet_waits() -> None:
    framer = Framer()

    assert push(framer, PROGRAMME[:100]) == []
    (block,) = push(framer, PROGRAMME[100:188])

    assert packets_of(block) == PROGRAMME[:188]
