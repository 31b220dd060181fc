"""What is refused, and why."""

import pytest

from acedesk.errors import BusyReason
from acedesk.rules.admission_limits import (
    LEAST_RING,
    RETRY,
    refuse_client,
    refuse_file,
    refuse_stream,
    rings,
)

PLENTY = 10**9


@pytest.mark.parametrize(
    ("streams", "max_streams", "memory", "reason"),
    [
        (0, 0, PLENTY, None),
        (400, 0, PLENTY, None),
        (2, 3, PLENTY, None),
        (3, 3, PLENTY, BusyReason.MAX_STREAMS),
        (9, 3, PLENTY, BusyReason.MAX_STREAMS),
        (3, 0, 4 * LEAST_RING, None),
        (4, 0, 4 * LEAST_RING, BusyReason.MEMORY),
        (4, 9, 4 * LEAST_RING, BusyReason.MEMORY),
    ],
)
def test_a_stream_is_refused_for_the_limit_it_meets(
    streams: int, max_streams: int, memory: int, reason: BusyReason | None
) -> None:
    assert refuse_stream(streams=streams, max_streams=max_streams, memory=memory) is reason


@pytest.mark.parametrize(
    ("streams", "files", "reason"),
    [(1, 1, None), (1, 2, BusyReason.MAX_STREAMS), (0, 3, BusyReason.MAX_STREAMS)],
)
def test_files_count_as_streams_but_need_no_memory(
    streams: int, files: int, reason: BusyReason | None
) -> None:
    memory = 2 * LEAST_RING

    assert refuse_stream(streams=streams, files=files, max_streams=3, memory=memory) is reason


@pytest.mark.parametrize(
    ("others", "limit", "refused"), [(9, 0, False), (2, 3, False), (3, 3, True)]
)
def test_files_are_refused_at_the_limit_of_streams(others: int, limit: int, refused: bool) -> None:
    found = refuse_file(others, max_streams=limit)

    assert found is (BusyReason.MAX_STREAMS if refused else None)


def test_memory_has_room_for_so_many_least_buffers() -> None:
    assert rings(5 * LEAST_RING + 1) == 5


@pytest.mark.parametrize(
    ("clients", "limit", "refused"), [(5, 0, False), (4, 5, False), (5, 5, True)]
)
def test_viewers_are_refused_at_their_limit(clients: int, limit: int, refused: bool) -> None:
    found = refuse_client(clients=clients, max_clients=limit)

    assert found is (BusyReason.MAX_VIEWERS if refused else None)


def test_every_refusal_says_when_to_come_back() -> None:
    assert set(RETRY) == {BusyReason.MAX_STREAMS, BusyReason.MAX_VIEWERS, BusyReason.MEMORY}
