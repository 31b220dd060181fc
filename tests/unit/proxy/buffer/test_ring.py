"""The ring keeps what its limits allow and finds places by media time."""

import pytest

from acedesk.mpegts.packets import PACKET, PCR_WRAP
from acedesk.mpegts.scan import Entry
from acedesk.proxy.buffer.chunk_framing import SlabWriter, frame
from acedesk.proxy.buffer.ring import MemoryBudget, Ring
from acedesk.proxy.buffer.slabs import SLAB


def make_ring(
    *, limit: int = 10**7, seconds: float = 30.0, budget: int = 10**9, rewind: float | None = None
) -> Ring:
    return Ring(limit=limit, seconds=seconds, budget=MemoryBudget(budget), rewind=rewind)


def put(
    ring: Ring, now: float, *, size: int = 188, entry: bool = False, pcr: int | None = None
) -> None:
    block = SlabWriter().put(bytes(size))
    ring.append(block, now, (Entry(0, b"T"),) if entry else (), pcr)


def test_old_chunks_fall_out_by_age() -> None:
    ring = make_ring(seconds=5)
    for second in range(100):
        put(ring, second / 10)

    assert 45 <= ring.first <= 49  # a few at a time
    assert ring.next == 100


def test_what_a_client_still_needs_grows_older() -> None:
    ring = make_ring(seconds=5, rewind=1)
    for second in range(100):
        put(ring, second / 10)
        ring.wanted = 30

    assert 45 <= ring.first <= 49
    ring.wanted = 60
    put(ring, 10.0)
    assert 57 <= ring.first <= 60
    ring.wanted = 101
    for second in range(101, 120):
        put(ring, second / 10)
        ring.wanted = ring.next
    assert 104 <= ring.first <= 108


def test_the_newest_entry_grows_older_too() -> None:
    ring = make_ring(seconds=5, rewind=1)
    put(ring, 0.0, entry=True)
    for second in range(1, 40):
        put(ring, second / 10)
        ring.wanted = ring.next
    assert ring.first == 0

    put(ring, 4.0, entry=True)
    for second in range(41, 60):
        put(ring, second / 10)
        ring.wanted = ring.next
    assert 36 <= ring.first <= 40


def test_chunks_stay_what_they_are_while_others_come_and_go() -> None:
    ring = make_ring(seconds=30)
    writer, kept = SlabWriter(), {}
    for number in range(2000):
        packet = number.to_bytes(4, "big") * 47
        ring.append(writer.put(packet * (1 + number % 40)), number / 10, (), None)
        kept[number] = packet * (1 + number % 40)

    assert 1696 <= ring.first <= 1700
    total = sum(map(len, kept.values()))
    for number in range(ring.first, ring.next):
        assert ring.payload(number) == kept[number]
        assert ring.framed(number) == frame(kept[number])
        assert ring[number].size == len(kept[number])
        assert ring[number].start + ring.bytes_behind(number) == total
    chunks = sum(len(frame(kept[n])) for n in range(ring.first, ring.next))
    slabs = chunks // SLAB + 1
    # What does not fit is not cut: nearly the largest chunk is left unused at the end of a slab.
    assert chunks < ring.size < chunks + slabs * len(frame(bytes(40 * PACKET)))
    assert ring.budget.used == ring.size


def test_old_chunks_fall_out_by_size() -> None:
    ring = make_ring(limit=10_000)
    for _ in range(100):
        put(ring, 0.0, size=940)

    assert ring.size <= 10_000
    assert ring.total == 94_000


def test_all_rings_share_one_budget() -> None:
    budget = MemoryBudget(20_000)
    rings = [Ring(limit=10**6, seconds=60, budget=budget) for _ in range(2)]
    for number in range(60):
        put(rings[number % 2], 0.0, size=940)

    assert budget.used == sum(ring.size for ring in rings) <= 20_000


def test_a_stream_goes_on_when_the_budget_is_used_up_by_others() -> None:
    ring = make_ring(budget=0)
    for _ in range(10):
        put(ring, 0.0)

    assert ring.next - ring.first == Ring.FLOOR


def test_clearing_gives_the_memory_back() -> None:
    budget = MemoryBudget(10**6)
    ring = Ring(limit=10**6, seconds=60, budget=budget)
    put(ring, 0.0)

    ring.clear()

    assert budget.used == 0
    assert ring.entry(1.0) is None


def test_the_clock_of_the_stream_counts_not_the_time_of_arrival() -> None:
    ring = make_ring()
    for number in range(11):  # ten seconds of media in a tenth of a second
        put(ring, number / 100, pcr=number * 27_000_000)

    assert ring.duration == 10.0
    assert ring.behind(5) == 5.0


def test_the_clock_goes_on_over_its_wrap_and_over_a_jump() -> None:
    ring = make_ring()
    for number, pcr in enumerate((PCR_WRAP - 27_000_000, 0, 10**12, 10**12 + 27_000_000)):
        put(ring, float(number), pcr=pcr)

    assert ring.duration == 3.0


def test_the_clock_goes_on_by_arrival_where_its_references_went_away() -> None:
    ring = make_ring(seconds=100)
    put(ring, 0.0, pcr=0)
    for number in range(1, 201):  # ten seconds
        put(ring, number / 20)

    assert 8.5 <= ring.duration <= 10.0
    put(ring, 10.05, pcr=round(10.05 * 27_000_000))
    assert ring.duration == pytest.approx(10.05)


def test_a_silence_before_a_chunk_without_a_reference_is_no_media() -> None:
    ring = make_ring(seconds=1000)
    for number in range(10):  # bursts of a second, each ten seconds
        put(ring, number * 10.0)
        put(ring, number * 10.0, pcr=(number + 1) * 27_000_000)

    assert ring.duration == pytest.approx(9.0)


def test_references_that_are_far_apart_count_once() -> None:
    ring = make_ring(seconds=100)
    for number in range(201):
        put(ring, number / 10, pcr=number * 2_700_000 if number % 40 == 0 else None)

    assert ring.duration == pytest.approx(20.0)


def test_an_entry_is_chosen_by_its_distance_to_the_live_edge() -> None:
    ring = make_ring()
    for number in range(10):
        put(ring, number / 2, entry=number % 2 == 0)

    found = ring.entry(1.2)
    assert found is not None
    assert found[0] == 6  # chunk 8 begins one second behind the live edge


def test_the_oldest_entry_serves_when_none_is_old_enough() -> None:
    ring = make_ring()
    put(ring, 0.0)
    put(ring, 0.1, entry=True)

    found = ring.entry(5.0)
    assert found is not None
    assert found[0] == 1


def test_entries_leave_with_their_chunks() -> None:
    ring = make_ring(seconds=1)
    put(ring, 0.0, entry=True)
    for number in range(8):
        put(ring, 10.0 + number)

    assert ring.newest_entry() is None


def test_an_entry_may_be_known_with_a_later_chunk() -> None:
    ring = make_ring()
    for number in range(6):
        block = SlabWriter().put(bytes(2 * PACKET))
        undecided = {2: PACKET, 3: -PACKET, 4: -3 * PACKET}.get(number)
        entries = (Entry(-5 * PACKET, b"T"),) if number == 5 else ()
        ring.append(block, number / 2, entries, None, undecided)
        assert ring.settled == {2: 2, 3: 2, 4: 2}.get(number, number + 1)

    found = ring.entry(0.0)
    assert found == (2, Entry(PACKET, b"T"))
    assert ring.access_points(0)[0].clock == pytest.approx(0.75)


def test_an_entry_whose_chunk_is_gone_is_none() -> None:
    ring = make_ring(seconds=1)
    for number in range(9):
        put(ring, 5.0 * number)
    ring.append(SlabWriter().put(bytes(PACKET)), 50.0, (Entry(-8 * PACKET, b"T"),), None)

    assert ring.newest_entry() is None


def put_tables(ring: Ring, now: float) -> None:
    ring.append(SlabWriter().put(bytes(188)), now, (Entry(0, b""),), None)


def test_tables_that_follow_each_other_closely_are_not_all_remembered() -> None:
    ring = make_ring()
    for number in range(100):  # as broadcasters send them
        put_tables(ring, number / 10)

    access_points = ring.access_points(0)
    assert 17 <= len(access_points) <= 20
    assert ring.behind(access_points[-1].number) < 0.6


def test_keyframes_are_remembered_however_close() -> None:
    ring = make_ring()
    for number in range(10):
        put(ring, number / 100, entry=True)

    assert len(ring.access_points(0)) == 10


def test_the_first_tables_of_another_feed_are_remembered() -> None:
    ring = make_ring()
    put_tables(ring, 0.0)
    ring.mark_splice()
    put_tables(ring, 0.1)
    put_tables(ring, 0.2)

    assert [access_point.number for access_point in ring.access_points(0)] == [0, 1]


def test_bytes_behind_are_counted_from_the_chunk_on() -> None:
    ring = make_ring()
    for _ in range(5):
        put(ring, 0.0)

    assert ring.bytes_behind(3) == 2 * 188
    assert ring.bytes_behind(5) == 0


def test_the_media_rate_is_bytes_by_the_streams_clock() -> None:
    ring = make_ring()
    for number in range(5):
        put(ring, 0.0, size=18_800, pcr=number * 13_500_000)

    assert ring.media_rate == 18_800 * 2 * 8


def test_a_stream_that_stalled_gives_way_to_one_that_runs() -> None:
    budget = MemoryBudget(20_000)
    stalled, running = (Ring(limit=10**6, seconds=60, budget=budget) for _ in range(2))
    for _ in range(30):
        put(stalled, 0.0, size=940)

    for _ in range(30):
        put(running, 0.0, size=940)
        assert budget.used <= 20_000

    assert running.size > 8_000
    assert stalled.size > 8_000


def test_a_ring_that_was_cleared_is_asked_for_nothing() -> None:
    budget = MemoryBudget(3_000)
    gone, ring = (Ring(limit=10**6, seconds=60, budget=budget) for _ in range(2))
    put(gone, 0.0)
    gone.clear()

    for _ in range(20):
        put(ring, 0.0, size=940)

    assert budget.used == ring.size
    assert gone.first == gone.next == 1
