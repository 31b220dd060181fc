from acedesk.demo.channels import channels
from acedesk.demo.sessions import BodyReader, DemoSession, DemoSessions, End, Output

NORMAL, SECOND, NEVER, *_ = channels()


def sessions() -> DemoSessions:
    return DemoSessions(timeout=60)


def opened(among: DemoSessions, player: str = "a", now: float = 0.0) -> DemoSession:
    return among.open(NORMAL, player, Output.STREAM, now)[0]


def test_the_same_player_joins_its_session() -> None:
    some = sessions()
    first = opened(some)

    again, is_new = some.open(NORMAL, "a", Output.STREAM, 1)

    assert again is first
    assert not is_new


def test_another_player_of_the_same_content_supersedes_the_first() -> None:
    some = sessions()
    first = opened(some)
    reader = BodyReader(first)
    first.readers.append(reader)

    second = opened(some, "b")

    assert first.ended is End.SUPERSEDED
    assert reader.stopped
    assert some.find_living(first.token) is second
    assert list(some) == [second]


def test_a_stop_through_a_superseded_session_ends_its_heir() -> None:
    some = sessions()
    first, second = opened(some), opened(some, "b")

    living = some.find_living(first.token)
    assert living is not None
    some.end(living, End.STOP)

    assert second.ended is End.STOP
    assert some.find_living(first.token) is None


def test_a_player_that_starts_something_else_ends_what_it_played() -> None:
    some = sessions()
    first = opened(some)

    some.open(SECOND, "a", Output.STREAM, 1)

    assert first.ended is End.PLAYER


def test_different_players_play_different_contents_side_by_side() -> None:
    some = sessions()

    first = opened(some)
    second, _ = some.open(SECOND, "b", Output.STREAM, 1)

    assert list(some) == [first, second]


def test_asking_for_a_list_replaces_a_session_that_is_one_body() -> None:
    some = sessions()
    first = opened(some)

    second, is_new = some.open(NORMAL, "a", Output.HLS, 1)

    assert is_new
    assert first.ended is End.SUPERSEDED
    assert second.output is Output.HLS


def test_a_session_nobody_touches_ends_by_itself() -> None:
    some = sessions()
    session = opened(some)

    assert some.expire(59) == []
    assert some.expire(60) == [session]
    assert session.ended is End.INACTIVITY
    assert some.find_living(session.token) is None


def test_a_reader_keeps_its_session_alive() -> None:
    some = sessions()
    session = opened(some)
    session.readers.append(BodyReader(session))

    assert some.expire(1000) == []
    session.readers.clear()
    assert some.expire(1059) == []
    assert some.expire(1060) == [session]


def test_ends_are_counted_once() -> None:
    some = sessions()
    session = opened(some)

    some.end(session, End.STOP)
    some.end_all(End.CLOSED)

    assert some.ends == {End.STOP: 1}


def test_sessions_that_are_over_are_forgotten_some_day() -> None:
    some = sessions()
    first = opened(some, "0")

    last = [opened(some, str(number)) for number in range(1, 400)][-1]

    assert some.find(first.token) is None
    assert some.find(last.token) is last
    assert some.opened == 400


def test_only_media_that_flowed_is_counted() -> None:
    session = opened(sessions())
    ready = session.ready_at

    assert session.downloaded(ready, 1000) == 0
    assert session.downloaded(ready + 2, 1000) == 2000
    session.flow = 0.0
    assert session.downloaded(ready + 9, 1000) == 2000


def test_a_channel_without_peers_never_gets_ready() -> None:
    session, _ = sessions().open(NEVER, "a", Output.STREAM, 0)

    assert not session.is_ready(1e9)
