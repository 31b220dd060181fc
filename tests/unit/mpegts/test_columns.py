"""Columns tell what a look at each packet would tell."""

from hypothesis import given
from hypothesis import strategies as st

from acedesk.mpegts import columns
from acedesk.mpegts.packets import NULL_PID, PACKET, pcr_of, pid_of
from tests import transport

PROGRAMME = transport.broadcast(25, nulls=1)

packets = st.lists(st.binary(min_size=PACKET, max_size=PACKET), max_size=8).map(b"".join)


def each(block: bytes) -> range:
    return range(0, len(block), PACKET)


@given(packets)
def test_a_mask_has_a_byte_for_each_packet_of_the_pid(noise: bytes) -> None:
    block = PROGRAMME + noise
    found = columns.columns_of(block, 0, len(block))

    for pid in (transport.VIDEO_PID, 0, pid_of(block, len(block) - PACKET)):
        mask = columns.pid_mask(found, pid).to_bytes(len(block) // PACKET, "big")
        assert [at // PACKET for at in each(block) if pid_of(block, at) == pid] == [
            number for number, byte in enumerate(mask) if byte
        ]


@given(packets)
def test_counters_are_those_of_the_first_and_the_last_packet(noise: bytes) -> None:
    block = PROGRAMME + noise
    last = {pid_of(block, at): block[at + 3] for at in each(block)}
    first = {pid_of(block, at): block[at + 3] for at in reversed(each(block))}
    found = columns.columns_of(block, 0, len(block))

    assert columns.counters(found) == {p: c for p, c in last.items() if p != NULL_PID}
    assert columns.first_counters(found) == {p: c for p, c in first.items() if p != NULL_PID}


@given(packets)
def test_every_clock_is_found(noise: bytes) -> None:
    block = PROGRAMME + noise
    expected = [
        (at, pid_of(block, at), pcr_of(block, at))
        for at in each(block)
        if pcr_of(block, at) is not None
    ]

    assert list(columns.clocks(block, 0, len(block))) == expected
    assert [at for at, pid, _ in expected if pid == 256] == [
        at for at, _, _ in columns.clocks(block, 0, len(block), 256)
    ]


def test_null_packets_are_found() -> None:
    found = columns.nulls(columns.columns_of(PROGRAMME, 0, len(PROGRAMME)))

    assert found == [at // PACKET for at in each(PROGRAMME) if pid_of(PROGRAMME, at) == NULL_PID]
    assert len(found) == 25
