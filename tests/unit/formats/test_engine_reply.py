import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.errors import EngineAnswerInvalid, EngineRefused
from acedesk.formats.engine_reply import (
    EngineStatus,
    EngineVersion,
    Session,
    is_unknown_session,
    is_warming_up,
    parse_media_name,
    parse_session,
    parse_stat,
    parse_status,
    parse_version,
    payload,
    refusal_text,
)
from acedesk.model.content import Infohash

HASH = "0a4848271c91ce2d8965ce416267c25047dc8141"
TOKEN = "f528764d624db129b32c21fbca0cb8d6"
CONTROL = {
    "playback_url": f"http://127.0.0.1:6878/ace/r/{HASH}/{TOKEN}",
    "stat_url": f"http://127.0.0.1:6878/ace/stat/{HASH}/{TOKEN}",
    "command_url": f"http://127.0.0.1:6878/ace/cmd/{HASH}/{TOKEN}?a=1",
    "event_url": "",
    "infohash": HASH.upper(),
    "playback_session_id": "e0d10c40465de696c0222ffa815edace0635b86a",
    "is_live": 1,
    "is_encrypted": 0,
    "client_session_id": -1,
}
STAT = {
    "status": "dl",
    "peers": 4,
    "speed_down": 257,
    "speed_up": 29,
    "downloaded": 3276800,
    "uploaded": 491520,
    "total_progress": 0,
    "is_live": 1,
    "livepos": {
        "live_first": "1639984904",
        "live_last": "1639986704",
        "pos": "1639986700",
        "buffer_pieces": "30",
    },
}


def answer(response: object, error: object = None) -> bytes:
    return json.dumps({"response": response, "error": error}).encode()


def session(**changes: object) -> Session:
    return parse_session(answer(CONTROL | changes), host="10.0.0.5", port=7000, player_id="p1")


@pytest.mark.parametrize(
    "data",
    [b'{"response": 1, "error": null}', b'{"result": 1, "error": null}', b'{"result": 1}'],
)
def test_each_envelope_gives_its_content(data: bytes) -> None:
    assert payload(data) == 1


@pytest.mark.parametrize(
    ("data", "detail"),
    [
        (b'{"response": null, "error": "failed to load content"}', "failed to load content"),
        (b'{"error": {"code": 0, "message": "access denied"}}', "access denied"),
        (b'{"error": {"code": 7}}', "7"),
        (b'{"error": "<[Errno 111] Connection refused>"}', "Connection refused"),
        (b'{"error": "<b>bold</b>\\u0000\\n\\u202e"}', "b bold /b"),
        (b'{"error": [1]}', "the engine gave no reason"),
        (
            b'{"error": "stopped", "extra_data": {"reason": "missing_option", "option": "proxy"}}',
            "stopped (missing_option: proxy)",
        ),
    ],
)
def test_a_refusal_carries_the_engines_text_cleaned(data: bytes, detail: str) -> None:
    with pytest.raises(EngineRefused) as caught:
        payload(data)

    assert caught.value.detail == detail


def test_a_long_refusal_is_cut() -> None:
    with pytest.raises(EngineRefused) as caught:
        payload(answer(None, "x" * 10_000))

    assert len(caught.value.detail) == 300


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"<html>",
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b'{"response":' * 100_000,
        b'{"response": ' + b"9" * 10_000 + b"}",
        b'{"response": "' + b"x" * (1024 * 1024) + b'"}',
    ],
)
def test_what_is_no_envelope_is_an_invalid_answer(data: bytes) -> None:
    with pytest.raises(EngineAnswerInvalid):
        payload(data)


def test_the_urls_of_a_session_lead_to_the_address_that_was_asked() -> None:
    assert session() == Session(
        playback_url=f"http://10.0.0.5:7000/ace/r/{HASH}/{TOKEN}",
        stat_url=f"http://10.0.0.5:7000/ace/stat/{HASH}/{TOKEN}",
        command_url=f"http://10.0.0.5:7000/ace/cmd/{HASH}/{TOKEN}?a=1",
        event_url="",
        infohash=Infohash(HASH),
        playback_session_id="e0d10c40465de696c0222ffa815edace0635b86a",
        is_live=True,
        is_encrypted=False,
        player_id="p1",
    )


def test_an_ipv6_engine_gets_brackets() -> None:
    found = parse_session(answer(CONTROL), host="::1", port=1, player_id="")

    assert found.playback_url.startswith("http://[::1]:1/ace/r/")


@pytest.mark.parametrize(
    "url",
    [
        None,
        5,
        "",
        "x",
        "/ace/r/x",
        "ftp://h/x",
        "http://h",
        "http://h/",
        "http://[/x",
        "file:///x",
        "javascript:alert(1)",
        "http://h/a\r\nb",
        "http://h/a b",
        "http://h/\ud800",
        "http://h/" + "x" * 5000,
    ],
)
def test_without_a_usable_playback_url_there_is_no_session(url: object) -> None:
    with pytest.raises(EngineAnswerInvalid, match="playback"):
        session(playback_url=url)
    assert session(stat_url=url, command_url=url, event_url=url).stat_url == ""


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1, True),
        ("1", True),
        (True, True),
        (0, False),
        ("false", False),
        (-1, None),
        (None, None),
        ("x", None),
        ([], None),
    ],
)
def test_is_live_is_unknown_until_the_engine_knows(value: object, expected: bool | None) -> None:
    assert session(is_live=value).is_live is expected


@pytest.mark.parametrize("value", [None, 1, "short", {"a": 1}])
def test_a_missing_infohash_is_that_of_the_playback_address(value: object) -> None:
    assert session(infohash=value).infohash == HASH


@pytest.mark.parametrize("path", ["ace/m", "content", "ace/r"])
def test_every_playback_address_has_it_in_the_same_place(path: str) -> None:
    url = f"http://127.0.0.1:6878/{path}/{HASH.upper()}/0.5"

    assert session(infohash=None, playback_url=url).infohash == HASH


@pytest.mark.parametrize("path", ["ace/r/7", f"x/{HASH}/1", f"ace/r/{HASH}0/1", f"ace/r/1/{HASH}"])
def test_an_address_of_another_form_tells_no_infohash(path: str) -> None:
    url = f"http://127.0.0.1:6878/{path}"

    assert session(infohash=None, playback_url=url).infohash is None


def test_a_stat_is_read_with_its_units() -> None:
    stat = parse_stat(answer(STAT))

    assert (stat.status, stat.peers, stat.is_live) == ("dl", 4, True)
    assert stat.speed_down == 257 * 1024 * 8
    assert stat.speed_up == 29 * 1024 * 8
    assert (stat.live_last, stat.pos, stat.progress) == (1639986704, 1639986700, 0)


def test_the_progress_of_a_stat_may_be_text() -> None:
    assert parse_stat(answer({"status": "check", "progress": "40"})).progress == 40


@pytest.mark.parametrize("value", [None, -1, True, "x", "nan", 1e400, 10**400, "9" * 400, [], {}])
def test_a_number_that_makes_no_sense_is_unknown(value: object) -> None:
    stat = parse_stat(answer(STAT | {"peers": value, "speed_down": value, "livepos": value}))

    assert (stat.peers, stat.speed_down, stat.pos) == (None, None, None)


def test_an_empty_stat_knows_nothing() -> None:
    stat = parse_stat(answer({}))

    assert (stat.status, stat.peers, stat.is_live) == ("", None, None)


def test_the_version_is_read() -> None:
    data = b'{"result": {"platform": "linux", "version": "3.2.11", "code": 3021100}, "error": null}'

    assert parse_version(data) == EngineVersion(version="3.2.11", code=3021100, platform="linux")


@pytest.mark.parametrize("data", [b'{"result": {}}', b'{"result": "3.2"}', b'{"result": null}'])
def test_an_answer_without_a_version_is_invalid(data: bytes) -> None:
    with pytest.raises(EngineAnswerInvalid):
        parse_version(data)


def test_the_status_is_read_with_its_version() -> None:
    data = (
        b'{"result": {"playlist_loaded": true, "version": '
        b'{"code": 3017000, "platform": "linux", "version": "3.1.70"}}}'
    )

    assert parse_status(data) == EngineStatus(
        playlist_loaded=True,
        version=EngineVersion(version="3.1.70", code=3017000, platform="linux"),
    )


def test_a_status_needs_something_of_a_status() -> None:
    assert parse_status(b'{"result": {"playlist_loaded": false}}').version is None
    with pytest.raises(EngineAnswerInvalid):
        parse_status(b'{"result": {"hello": 1}}')


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"failed to load content", "failed to load content"),
        (b"<html><head><title>x</title></head><body><h1>500</h1><p>no</p></body>", "500 no"),
        (b"\xff\x00\n", ""),
        (b"", ""),
    ],
)
def test_an_error_page_becomes_one_line(data: bytes, text: str) -> None:
    assert refusal_text(data) == text


@pytest.mark.parametrize("data", [b"\x47\x40\x00\x10\xff" * 80, b"\xff\xfe\xfd" * 40, b"a\0b"])
def test_what_nobody_can_read_says_nothing(data: bytes) -> None:
    assert refusal_text(data) == ""


def test_the_phrases_of_the_engine_are_known() -> None:
    assert is_unknown_session(EngineRefused("Unknown playback session id"))
    assert not is_unknown_session(EngineRefused("failed to load content"))
    assert is_warming_up("Download not found")
    assert is_warming_up("error: start timeout")
    assert not is_warming_up("failed to start")


PARSERS: list[Callable[[bytes], object]] = [
    payload,
    parse_stat,
    parse_version,
    parse_status,
    lambda data: parse_session(data, host="h", port=1, player_id=""),
]
FIELDS = st.sampled_from(
    [
        *CONTROL,
        *STAT,
        *STAT["livepos"],
        "response",
        "result",
        "error",
        "message",
        "version",
        "code",
        "name",
        "params",
        "connected",
        "extra_data",
        "reason",
    ]  # type: ignore[misc]  # a dict of str
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=10**300, max_value=10**310),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(["http://h/p", "-1", "1e999", "http://[", "infinity", "0x1", "1_0"]),
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.one_of(FIELDS, st.text(max_size=5)), inner)
    ),
    max_leaves=20,
)


@given(data=st.one_of(st.binary(), JSON.map(lambda value: json.dumps(value).encode())))
def test_no_bytes_raise_anything_but_our_errors(data: bytes) -> None:
    for parse in PARSERS:
        try:
            parse(data)
        except (EngineRefused, EngineAnswerInvalid) as error:
            assert len(error.detail) <= 300  # noqa: PT017 - whether it raises is not the question


@given(inner=st.dictionaries(FIELDS, JSON))
def test_no_content_of_an_envelope_raises_anything_but_our_errors(inner: dict[str, object]) -> None:
    for parse in PARSERS:
        try:
            parse(answer(inner))
        except (EngineRefused, EngineAnswerInvalid):
            continue
    refusal_text(answer(inner))


@pytest.mark.parametrize(
    ("reply", "name"),
    [
        (b'{"result": {"name": "Promo  Channel\\u0007", "files": []}}', "Promo Channel"),
        (b'{"result": {"files": []}}', ""),
        (b'{"result": {"name": 5}}', ""),
    ],
)
def test_the_name_of_a_content_is_cleaned(reply: bytes, name: str) -> None:
    assert parse_media_name(reply) == name


@pytest.mark.parametrize("name", ["last_ts", "last"])
def test_the_newest_moment_has_other_names_on_older_engines(name: str) -> None:
    stat = parse_stat(answer({"livepos": {name: "1639986704"}}))

    assert stat.live_last == 1639986704


@pytest.mark.parametrize(
    ("status", "failed"), [("err", True), ("ERROR", True), ("dl", False), ("prebuf", False)]
)
def test_a_session_that_the_engine_gave_up_is_known_by_its_status(
    status: str, *, failed: bool
) -> None:
    reply = json.dumps({"response": {"status": status, "error_message": "no <b>manifest</b>"}})

    stat = parse_stat(reply.encode())

    assert (stat.has_failed, stat.error) == (failed, "no b manifest /b")


def test_speeds_are_read_under_both_names_and_a_zero_is_a_zero() -> None:
    def speeds(**told: int) -> tuple[float | None, float | None]:
        body = json.dumps({"response": {"status": "dl", **told}, "error": None})
        stat = parse_stat(body.encode())
        return stat.speed_down, stat.speed_up

    assert speeds(speedDown=2, speedUp=1) == (16384.0, 8192.0)
    assert speeds(speed_down=1, speedDown=7, speed_up=0, speedUp=7) == (8192.0, 0.0)
    assert speeds(speedDown=0) == (0.0, None)
