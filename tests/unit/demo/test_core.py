"""What the parts of a demo engine share, and how queries are read."""

import re

import hypothesis
import hypothesis.strategies as st
import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from acedesk.demo.channels import channels
from acedesk.demo.core import Core, flag, own_address, whole
from acedesk.demo.fault_injection.fault_orders import FaultOrders
from acedesk.demo.fault_injection.faults import Fault, FaultKind, FaultPlace
from acedesk.demo.sessions import BodyReader, DemoSession, End, Output

NORMAL, SECOND, *_ = channels()


@pytest.fixture
async def core() -> Core:
    return Core(
        channels(), speed=1.0, inactivity_timeout=60, burst=2.0, tick=0.04, faults=FaultOrders()
    )


def _open(core: Core, player: str = "a", output: Output = Output.STREAM) -> DemoSession:
    return core.sessions.open(NORMAL, player, output, core.now())[0]


@pytest.mark.parametrize("text", ["1", "true", "YES", " on "])
def test_these_words_set_a_flag(text: str) -> None:
    assert flag({"x": text}, "x")


@pytest.mark.parametrize("text", ["0", "", "no", "2", "maybe"])
def test_any_other_word_does_not(text: str) -> None:
    assert not flag({"x": text}, "x")
    assert not flag({}, "x")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("7", 7),
        (" -7 ", -7),
        ("", 9),
        ("-", 9),
        ("--7", 9),
        ("+7", 9),
        ("7.0", 9),
        ("1e3", 9),
        ("²", 9),
        ("9" * 20, 9),
        ("9" * 19, int("9" * 19)),
    ],
)
def test_a_whole_number_is_read_and_all_else_is_the_default(text: str, value: int) -> None:
    assert whole({"x": text}, "x", 9) == value
    assert whole({}, "x", 9) == 9


@hypothesis.given(text=st.text())
def test_any_text_is_a_number_or_the_default(text: str) -> None:
    found = whole({"x": text}, "x", 9)

    assert found == 9 or int(text) == found


def test_our_address_is_what_the_caller_called_us() -> None:
    named = make_mocked_request("GET", "/", headers={"Host": "tv.lan:99"})
    nameless = make_mocked_request("GET", "/")

    assert own_address(named) == "tv.lan:99"
    assert re.fullmatch(r"[\w.]+:\d+", own_address(_with_socket(nameless)))


def _with_socket(request: web.Request) -> web.Request:
    """Let a request have come over a connection whose own name is known."""
    assert request.transport is not None
    request.transport.get_extra_info.side_effect = {"sockname": ("127.0.0.1", 6878)}.get  # type: ignore[attr-defined]
    return request


async def test_a_line_of_the_log_looks_like_the_engines_own(core: Core) -> None:
    core.log("session", "start")

    (line,) = core.lines
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}\|acestream\.session\|start", line)


async def test_the_log_does_not_grow_without_end(core: Core) -> None:
    for number in range(2100):
        core.log("core", str(number))

    assert len(core.lines) == 2000
    assert core.lines[-1].endswith("|2099")


async def test_an_ordered_fault_is_written_down_and_waits(core: Core) -> None:
    core.order(Fault(kind=FaultKind.HTML, where=FaultPlace.API))

    assert core.lines[-1].endswith("|acestream.demo|fault ordered: html at api")
    assert core.state()["faults"] == [
        {"kind": "html", "where": "api", "infohash": "", "times": 1, "struck": 0}
    ]


async def test_a_player_that_rewound_is_behind_the_broadcast(core: Core) -> None:
    session = _open(core)
    live = core.air_time(session)

    session.behind = 300.0

    assert 299 < live - core.air_time(session) <= 300


async def test_each_channel_has_the_rate_of_its_own_picture(core: Core) -> None:
    first = _open(core)
    second = core.sessions.open(SECOND, "b", Output.STREAM, core.now())[0]

    assert core.card(first) is not core.card(second)
    assert core.byte_rate(first) == core.card(first).byte_rate > 50_000


async def test_the_state_counts_sessions_readers_and_ends(core: Core) -> None:
    first = _open(core, "a")
    second = _open(core, "b", Output.HLS)
    second.readers.append(BodyReader(second))
    core.requests["getstream"] += 2

    state = core.state()

    assert (state["opened"], state["stopped"], state["readers"]) == (2, 1, 1)
    assert state["ended"] == {"superseded": 1}
    assert state["requests"] == {"getstream": 2}
    assert state["sessions"] == [
        {
            "id": NORMAL.id,
            "infohash": NORMAL.infohash,
            "player": "b",
            "output": "hls",
            "token": second.token,
            "playback_session_id": second.playback_session_id,
            "readers": 1,
        }
    ]
    assert first.ended is End.SUPERSEDED
