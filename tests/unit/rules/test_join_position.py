"""Where clients begin."""

import pytest

from acedesk.rules.join_position import (
    KEYFRAME_WAIT,
    MEASURED_BY_PLAYERS,
    TABLES_WAIT_BYTES,
    Join,
    choose_join,
    seconds_back,
)


def choose(
    *,
    entry: bool = False,
    tables: bool = False,
    video: bool = False,
    waited: float = 0,
    received: int = 0,
    live: bool = False,
) -> Join:
    return choose_join(
        has_entry=entry,
        has_tables=tables,
        has_video=video,
        waited=waited,
        received=received,
        live=live,
    )


def test_a_known_keyframe_wins() -> None:
    assert choose(entry=True) is Join.AT_ENTRY


def test_video_without_a_keyframe_is_waited_for() -> None:
    assert choose(tables=True, video=True, received=10 * TABLES_WAIT_BYTES) is Join.WAIT


def test_the_live_edge_needs_no_keyframe_but_the_tables() -> None:
    assert choose(entry=True, tables=True, video=True, live=True) is Join.AT_EDGE
    assert choose(tables=True, video=True, live=True) is Join.AT_EDGE
    assert choose(received=100, live=True) is Join.WAIT


def test_waiting_has_an_end() -> None:
    assert choose(tables=True, video=True, waited=KEYFRAME_WAIT) is Join.ANYWHERE


def test_a_stream_that_has_no_tables_is_passed_on_as_it_is() -> None:
    assert choose(received=100) is Join.WAIT
    assert choose(received=TABLES_WAIT_BYTES) is Join.ANYWHERE


@pytest.mark.parametrize("wished", [None, 0.0, 1.0, 20.0])
def test_a_client_begins_where_it_wishes(wished: float | None) -> None:
    assert seconds_back(wished, video_absent=False) == wished


@pytest.mark.parametrize(
    ("wished", "back"), [(None, None), (1.0, MEASURED_BY_PLAYERS), (20.0, 20.0)]
)
def test_without_the_declared_video_it_begins_with_what_players_measure(
    wished: float | None, back: float | None
) -> None:
    assert seconds_back(wished, video_absent=True) == back
