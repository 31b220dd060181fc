from acedesk.demo.channels import DemoChannel, channels
from acedesk.demo.engine_api.replies import ace_reply
from acedesk.demo.engine_api.stat_reply import build_stat
from acedesk.demo.sessions import DemoSession, DemoSessions, Output
from acedesk.formats.engine_reply import parse_stat

NORMAL, _, NEVER, _, LATE = channels()
RATE = 211_000.0
TIME = 1_800_000_000.0


def session_of(channel: DemoChannel = NORMAL) -> DemoSession:
    return DemoSessions(60).open(channel, "a", Output.STREAM, 0)[0]


def test_our_own_reader_understands_the_answer() -> None:
    body = ace_reply(build_stat(session_of(), 20, TIME, RATE)).body
    assert isinstance(body, bytes)

    stat = parse_stat(body)

    assert stat.status == "dl"
    assert stat.peers
    assert stat.live_last == TIME
    assert stat.pos == TIME


def test_every_value_of_the_live_position_is_a_string() -> None:
    stat = build_stat(session_of(), 20, TIME, RATE)

    assert all(isinstance(value, str) for value in stat["livepos"].values())


def test_numbers_move_as_time_goes_by() -> None:
    session = session_of()
    stats = [build_stat(session, 10 + second, TIME + second, RATE) for second in range(30)]

    assert len({stat["speed_down"] for stat in stats}) > 10
    assert len({stat["peers"] for stat in stats}) > 3
    assert all(stat["peers"] > 5 for stat in stats)
    downloaded = [stat["downloaded"] for stat in stats]
    assert downloaded == sorted(downloaded)
    assert downloaded[-1] - downloaded[0] == 29 * RATE


def test_a_channel_without_peers_stays_in_prebuffering() -> None:
    stat = build_stat(session_of(NEVER), 1e6, TIME, RATE)

    assert (stat["status"], stat["peers"], stat["speed_down"], stat["progress"]) == (
        "prebuf",
        0,
        0,
        0,
    )
    assert "livepos" not in stat


def test_a_late_channel_gets_peers_and_progress_until_it_plays() -> None:
    session = session_of(LATE)
    stats = [build_stat(session, second, TIME, RATE) for second in (1, 6, 11)]

    assert [stat["status"] for stat in stats] == ["prebuf"] * 3
    assert stats[0]["progress"] < stats[1]["progress"] < stats[2]["progress"] < 100
    assert stats[0]["peers"] < stats[1]["peers"] < stats[2]["peers"]
    assert build_stat(session, 12.1, TIME, RATE)["status"] == "dl"


def test_a_stalled_body_shows_in_the_speed() -> None:
    session = session_of()
    session.flow = 0.0

    stat = build_stat(session, 20, TIME, RATE)

    assert stat["speed_down"] == 0


def test_a_rewound_player_is_behind_the_edge() -> None:
    session = session_of()
    session.behind = 300

    livepos = build_stat(session, 20, TIME, RATE)["livepos"]

    assert int(livepos["last"]) - int(livepos["pos"]) == 300
    assert livepos["is_live"] == "0"
