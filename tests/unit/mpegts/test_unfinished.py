"""What broke off is left out, and nothing else; counters still lead on."""

from hypothesis import given
from hypothesis import strategies as st

from acedesk.demo.broadcast_clock import load_card
from acedesk.mpegts.columns import columns_of, counters
from acedesk.mpegts.packets import NULL_PACKET, NULL_PID, PACKET, pid_of
from acedesk.mpegts.unfinished import breaks_before, split
from tests import transport
from tests.unit.mpegts.test_restamp import broken_counters

CARD = load_card("bars")
VIDEO, AUDIO = transport.VIDEO_PID, transport.AUDIO_PID


def sound(counter: int, *, announced: int, there: int) -> bytes:
    pes = b"\x00\x00\x01\xc0" + announced.to_bytes(2, "big") + bytes(there)
    return transport.packet(AUDIO, counter, pes, start=True)


def kinds(packets: bytes) -> list[tuple[int, bool]]:
    """Return the PID of each packet and whether it marks a break."""
    return [
        (pid_of(packets, at), packets[at + 3] & 0x30 == 0x20 and bool(packets[at + 5] & 0x80))
        for at in range(0, len(packets), PACKET)
    ]


def test_a_torn_picture_is_replaced_by_a_mark_of_the_break() -> None:
    begin = transport.picture(0, keyframe=True) + transport.packet(VIDEO, 1, bytes(184))
    torn = transport.picture(2, keyframe=False) + transport.packet(VIDEO, 3, bytes(184))

    kept, rest = split(begin + transport.pat() + torn)

    assert kept == len(begin) + PACKET
    assert kinds(rest) == [(VIDEO, True)]
    assert rest[3] & 15 == 3


def test_what_stands_between_the_halves_is_kept() -> None:
    whole = sound(5, announced=20, there=20)
    torn = transport.picture(2, keyframe=False) + whole + transport.packet(VIDEO, 3, bytes(184))

    kept, rest = split(torn)

    assert (kept, rest[:PACKET]) == (0, whole)
    assert kinds(rest) == [(AUDIO, False), (VIDEO, True)]


def test_sound_that_is_all_there_stays() -> None:
    whole = sound(5, announced=20, there=20)

    assert split(whole) == (len(whole), b"")


def test_torn_sound_is_left_out() -> None:
    assert kinds(split(sound(5, announced=2000, there=20))[1]) == [(AUDIO, True)]


def test_tables_are_no_halves() -> None:
    tables = transport.pat() + transport.pmt()

    assert split(tables) == (len(tables), b"")


@given(st.integers(1, CARD.packets))
def test_a_broadcast_cut_anywhere_leads_on(count: int) -> None:
    packets = CARD.read(0, count)

    kept, rest = split(packets)

    assert len(rest) % PACKET == 0
    assert kept + len(rest) <= len(packets)
    sent = packets[:kept] + rest
    assert counters(columns_of(sent, 0, len(sent))) == {
        **counters(columns_of(packets, 0, len(packets))),
        **{pid_of(rest, at): rest[at + 3] for at in range(0, len(rest), PACKET)},
    }
    following = CARD.read(count, count + 400)
    assert all((sent + following)[at + 5] & 0x80 for at in broken_counters(sent + following))


@given(st.lists(st.binary(min_size=187, max_size=187), max_size=8))
def test_nothing_in_a_packet_raises(rests: list[bytes]) -> None:
    packets = b"".join(b"\x47" + rest for rest in rests)

    kept, rest = split(packets)

    assert kept + len(rest) <= len(packets)


def test_where_packets_are_left_out_every_counter_begins_anew() -> None:
    media = transport.broadcast(40, nulls=2)
    went, missing = media[: 100 * PACKET], 177 * PACKET

    joined = breaks_before(media[missing:]) + media[missing:]

    assert missing < len(media)
    last = {pid_of(went, at): went[at + 3] & 15 for at in range(0, len(went), PACKET)}
    breaks = set()
    for at in range(0, len(joined), PACKET):
        pid, control, counter = pid_of(joined, at), joined[at + 3] >> 4, joined[at + 3] & 15
        if pid == NULL_PID:
            continue
        if control == 2 and joined[at + 4] and joined[at + 5] & 0x80:
            breaks.add(pid)
        else:
            assert counter == (last[pid] + (control & 1)) % 16
        last[pid] = counter
    assert breaks == {pid_of(media, at) for at in range(missing, len(media), PACKET)} - {NULL_PID}


def test_nothing_needs_no_break() -> None:
    assert breaks_before(b"") == breaks_before(NULL_PACKET * 3) == b""
